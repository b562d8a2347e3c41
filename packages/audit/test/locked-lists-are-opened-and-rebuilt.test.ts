/** Of a locked list an auditor opens what they hold, and with the escrow writes the whole file again. Spec: docs/design/audit.md#list */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importList, initAllKeysHere, publish, suppressEntries, writeEscrow } from '@lodestone/authority';
import { createLocker, loadBlake3 } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { minimalScore, scoreOf } from '@lodestone/locked-list/score';
import { parseRelease, printRelease } from '@lodestone/protocol/list-file';
import { type Escrow, parseEscrow } from '@lodestone/protocol/locked-escrow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditList, type ListOptions, type Question } from '../src/index.ts';
import { checkRows } from '../src/commands/list/check-rows.ts';
import { listSections } from '../src/commands/list/report-sections.ts';

const NOW = Date.UTC(2026, 10, 24);
const row = (seed: number): Buffer => createHash('sha256').update(`row ${seed}`).digest();
const hex = (seed: number): string => row(seed).toString('hex');
/** The bit of the highest frequency is in no subset, so this copy has all tags of the row. */
const near = `${(row(1)[0]! ^ 0x80).toString(16).padStart(2, '0')}${hex(1).slice(2)}`;

let folder: string;
let root: Uint8Array;
let escrow: Escrow;
let other: Escrow;
const mirror = (): string => path.join(folder, 'authority/repository');
const audit = (options: Partial<ListOptions> = {}) =>
  auditList({ mirrors: [mirror()], root, list: 'demo', now: NOW, ...options });
const rebuiltClaim = ({ claims }: Awaited<ReturnType<typeof auditList>>) =>
  claims.find(({ id }) => id === 'list-is-rebuilt');
const about = (ask: 'listed' | 'absent', value: string): Question => ({
  ask,
  name: 'It',
  hashes: { sha256: value, pdq: [value] },
});

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lodestone-locked-'));
  const directory = path.join(folder, 'authority');
  const { rootFile } = await initAllKeysHere({ directory, name: 'lists', power: 'lists', now: NOW });
  root = await readFile(rootFile);
  const importRows = async (list: string, text: string): Promise<void> => {
    const source = path.join(folder, 'rows.csv');
    await writeFile(source, text);
    await importList({ directory, list, source, purpose: 'verified', form: 'locked', by: 'test', now: NOW });
  };
  await importRows(
    'demo',
    `type,hash,entry\npdq,${hex(1)},11\npdq,${hex(2)},12\nsha256,${hex(3)},11\npdq,${hex(4)},13\n`,
  );
  await importRows('other', `pdq,${hex(20)}\n`);
  await suppressEntries({ directory, list: 'demo', entries: [13], by: 'test', now: NOW });
  await publish({ directory, now: NOW });
  const read = async (list: string): Promise<Escrow> => {
    const file = path.join(folder, 'escrow');
    await writeEscrow({ directory, list, file });
    return parseEscrow(new Uint8Array(await readFile(file)));
  };
  [escrow, other] = [await read('demo'), await read('other')];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the mirror passes, and report and limits say that the list is locked', async () => {
  const report = await audit();
  expect(report.claims[0]).toMatchObject({ status: 'pass' });
  expect(report.claims[0]?.result).toContain('demo 1 (locked, 3 records)');
  expect(report.facts.mirrors[0]?.lists).toMatchObject([{ form: 'locked', counts: { pdq: 2, sha256: 1 } }]);
  expect(report.limits.at(-1)).toMatch(/^Nobody can read the PDQ rows of a locked list \(here: demo\)/);
  expect(listSections(report.facts)[0]?.title).toBe('Mirrors side by side');
});

test('a row that the auditor holds is proven by its locked record, and an entry by its records', async () => {
  const questions: Question[] = [about('listed', hex(1)), about('listed', hex(3)), { ask: 'entry', entry: 11 }];
  const report = await audit({ questions });
  expect(report.claims.slice(2).map(({ status }) => status)).toEqual(['pass', 'pass', 'pass']);
  expect(report.facts.answers.map(({ answers }) => answers[0])).toMatchObject([
    { found: 'record', proofs: [{ record: { type: 'locked', entry: 11 } }] },
    { found: 'record', proofs: [{ record: { type: 'sha256', entry: 11 } }] },
    { found: 'record', proofs: [{ record: { type: 'locked' } }, { record: { type: 'sha256' } }] },
  ]);
  expect(JSON.stringify(report.facts)).not.toContain(hex(2));
});

test('a hash near to a row opens it: it is not listed, and not absent', async () => {
  const report = await audit({ questions: [about('listed', near), about('absent', near)] });
  expect(report.claims.slice(2).map(({ status }) => status)).toEqual(['fail', 'fail']);
  expect(report.claims[2]?.result).toContain('differs in 1 of 256 bits');
  expect(report.facts.answers[0]?.answers[0]).toMatchObject({
    found: 'near',
    nearest: { entry: 11, distance: 1 },
    proofs: [{ record: { type: 'locked', entry: 11 } }],
  });
});

test('the margins of a picture find more, and are not in the report', async () => {
  const margins = [Float32Array.from({ length: 256 }, (_, bit) => bit + 1)];
  const question: Question = { ask: 'listed', name: 'It', hashes: { pdq: [hex(1)], margins } };
  const report = await audit({ questions: [question] });
  expect(report.claims[2]?.status).toBe('pass');
  expect(report.facts.answers[0]?.question).toEqual({ ask: 'listed', name: 'It', hashes: { pdq: [hex(1)] } });
});

test('absence from a locked list is not tested, and the report says what it cannot show', async () => {
  const report = await audit({ questions: [about('absent', hex(9)), about('listed', hex(9))] });
  expect(report.claims.slice(2).map(({ status }) => status)).toEqual(['not-tested', 'fail']);
  expect(report.claims[2]?.result).toContain('Whether a row near to it is listed cannot be shown');
  const exact = await audit({ questions: [{ ask: 'absent', name: 'It', hashes: { sha256: hex(9) } }] });
  expect(exact.claims[2]).toMatchObject({ status: 'pass', result: 'Proven absent between its two neighbours.' });
});

test('the escrow gives the signed file, without the suppressed entry', async () => {
  const report = await audit({ escrow });
  expect(rebuiltClaim(report)).toMatchObject({
    id: 'list-is-rebuilt',
    status: 'pass',
    title: 'The escrow gives list demo 1, byte for byte',
  });
  expect(report.facts.rebuilt).toMatchObject({
    rows: 2,
    entries: 2,
    sha256: report.facts.mirrors[0]?.lists[0]?.fileSha256,
  });
  expect(listSections(report.facts).map(({ title }) => title)).toContain('Rebuilt: demo 1');
});

const reversed = ({ slots, ...rest }: Escrow['rows'][number]) => ({ ...rest, slots: slots.slice().reverse() });

test.each([
  [
    'a missing row',
    (): Escrow => ({ ...escrow, rows: escrow.rows.slice(1) }),
    /row \d of the signed file \(entry 1[12]\) is not in the escrow/,
  ],
  [
    'an added row',
    (): Escrow => ({ ...escrow, rows: [...escrow.rows, { ...escrow.rows[0]!, pdq: row(30), entry: 14 }] }),
    /order of the seed|a row of entry 14 of the escrow is not in the signed file/,
  ],
  [
    'another entry',
    (): Escrow => ({ ...escrow, rows: escrow.rows.map((one) => ({ ...one, entry: 99 })) }),
    /has entry 1[12]; the escrow has 99/,
  ],
  [
    'another order of subsets',
    (): Escrow => ({ ...escrow, rows: escrow.rows.map(reversed) }),
    /not in the order of the seed/,
  ],
  ['another seed', (): Escrow => ({ ...escrow, seed: other.seed }), /order of the seed|not in the signed file/],
  [
    'other parameters',
    (): Escrow => ({ ...escrow, parameters: { ...escrow.parameters, tries: 9 } }),
    /tries is 9 in the escrow, and 8192 in the signed file/,
  ],
  ['the escrow of another list', () => other, /No list has the salt/],
])('%s fails with the first difference', async (_what, escrowOf, result) => {
  const report = await audit({ escrow: escrowOf() });
  expect(rebuiltClaim(report)).toMatchObject({ status: 'fail', result: expect.stringMatching(result) as unknown });
  expect(report.claims.slice(-2)).toMatchObject([{ status: 'not-tested' }, { status: 'not-tested' }]);
});

test('each row opens with its hash, and each entry is as strong as the escrow states', async () => {
  const report = await audit({ escrow });
  expect(report.claims.slice(-2)).toMatchObject([
    { id: 'rows-open', status: 'pass', result: 'All 2 rows opened, and no two have a tag in common.' },
    {
      id: 'strength-is-stated',
      status: 'pass',
      result: '2 entries: each is as strong as stated, and uses no weak subset.',
    },
  ]);
});

test('when the time is up, the report says how many rows were opened', async () => {
  const report = await audit({ escrow, openMs: -1 });
  expect(report.claims.at(-2)).toMatchObject({
    status: 'pass',
    result: expect.stringMatching(/^1 of 2 rows opened until the time was up, chosen at random/) as unknown,
  });
});

test('a strength that the tables do not give is named, with its entry', async () => {
  const rows = escrow.rows.map((one) => ({ ...one, log2Guesses: one.entry === 12 ? 95 : one.log2Guesses }));
  const report = await audit({ escrow: { ...escrow, rows } });
  expect(report.claims.slice(-3)).toMatchObject([
    { status: 'pass' },
    { status: 'pass' },
    {
      status: 'fail',
      result: expect.stringMatching(
        /^entry 12 opens after 2\^[\d.]+ guesses by the tables, and 2\^95\.0 are stated\.$/,
      ) as unknown,
    },
  ]);
});

test.each([
  ['a changed row', (payload: Uint8Array) => void (payload[10]! ^= 1), /^a row of entry 7 does not open/],
  ['a changed tag of another subset', (payload: Uint8Array) => void (payload[60]! ^= 1), /does not open: it is void$/],
  [
    'a tag that two slots share',
    (payload: Uint8Array) => payload.copyWithin(40, 36, 40),
    /^rows of entries 7 and 7 have a tag in common$/,
  ],
])('%s is found, and weak subsets and other tables are said', async (_what, change, closed) => {
  const { parameters, seed } = escrow;
  const locker = createLocker({ blake3: await loadBlake3(), slowHash: nodeArgon2id }, parameters, seed);
  const pdq = Array.from({ length: 1_000 }, (_, i) => row(i)).find((one) => scoreOf(one, 0, 96) < minimalScore(96))!;
  const payloads = await locker.lock(pdq, [0, 1, 2, 3]);
  change(payloads);
  const release = parseRelease(printRelease([{ type: 'locked', entry: 7, payload: payloads }], parameters));
  const rows = [{ pdq, entry: 7, log2Guesses: 0, slots: Uint8Array.of(0, 1, 2, 3) }];
  const checked = await checkRows(release.locked!, { seed, parameters, rows }, { openMs: 1_000, say: () => {} });
  expect(checked.closed).toMatch(closed);
  expect(checked.misstated).toContainEqual(
    expect.stringMatching(/^entry 7 uses a subset of [\d.]+ bits, and 90\.5 are/),
  );
  const other = { ...parameters, tablesDigest: new Uint8Array(32) };
  const unscored = await checkRows(release.locked!, { seed, parameters: other, rows }, { openMs: 0, say: () => {} });
  expect(unscored.scored).toBeUndefined();
});
