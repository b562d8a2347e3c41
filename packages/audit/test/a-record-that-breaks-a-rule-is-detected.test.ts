/** A record of review passes if people followed the rules. One that was changed, or whose entries break a rule, fails and names the entry. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromUtf8, utf8 } from '@lodestone/protocol/bytes';
import { inThisProcess } from '@lodestone/testkit/in-this-process';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../src/cli/program.ts';
import { RECORD_CLAIMS } from '../src/commands/record/claims.ts';
import { recordSections } from '../src/commands/record/report-sections.ts';
import { auditRecord } from '../src/index.ts';
import { html } from '../src/report/formats/html.ts';
import { type DataLine, exported, type Line, recordOf, type UserLine, USERS } from './fixture/record.ts';

const REVIEW: readonly Line[] = [
  ['lea', 'open', 'proposed', 'new'],
  ['ada', 'take', 'new', 'in-review'],
  ['ada', 'note', 'in-review', 'in-review'],
  ['ada', 'confirm', 'in-review', 'confirmed-once'],
  ['bo', 'take', 'confirmed-once', 'second-review'],
  ['bo', 'confirm', 'second-review', 'confirmed'],
  ['lea', 'report', 'confirmed', 'reported'],
  ['receiver', 'mark', 'reported', 'reported'],
  ['receiver', 'contest', 'reported', 'contested'],
  ['cy', 'overturn', 'contested', 'overturned'],
  ['receiver', 'tell', 'overturned', 'overturned'],
  ['cy', 'take', 'new', 'in-review', 2],
];
const DATA: readonly DataLine[] = [
  ['lea', 'hold', 2],
  ['lea', 'unhold', 2],
  ['lea', 'export'],
  ['lea', 'erase'],
  ['root', 'purge'],
];
const ENTRIES = recordOf([...USERS, ...REVIEW, ...DATA]);
const FILE = exported(ENTRIES);
const IDS = Object.keys(RECORD_CLAIMS).filter((id) => id !== 'record-has-known-entries');

/** Claim id → status. */
const statuses = (bytes: Uint8Array, known: Parameters<typeof auditRecord>[0]['known'] = []) =>
  Object.fromEntries(auditRecord({ name: 'record', bytes, known }).claims.map(({ id, status }) => [id, status]));
const all = (status: string, but: Record<string, string> = {}) => ({
  ...Object.fromEntries(IDS.map((id) => [id, status])),
  ...but,
});
const failures = (lines: readonly (Line | UserLine | DataLine)[]) =>
  auditRecord({ name: 'record', bytes: exported(recordOf(lines)) })
    .claims.filter(({ status }) => status === 'fail')
    .map(({ id, result }) => `${id} ${result}`)
    .join('\n');

test('a record of which every entry follows the rules passes, with the number of cases in each state', () => {
  const report = auditRecord({ name: 'record', bytes: FILE });
  expect(statuses(FILE)).toEqual(all('pass'));
  expect(report.facts.cases).toEqual({ overturned: 1, 'in-review': 1 });
  expect(report.caveat).toMatch(/^A record is the provider’s own account/);
  const page = html.render(report, { title: 'T', sections: recordSections(report.facts), commandLine: '' });
  expect(page).toContain('case 1: overturn (wrong-match), contested → overturned');
  for (const text of ['unhold case 2', 'erase: 2 cases']) expect(page).toContain(text);
});

test('a record that begins with an erasure by the receiver, before there is a user, passes', () => {
  const record = exported(recordOf([['receiver', 'erase', 'new', 'new', 9], ...USERS, ...REVIEW]));
  expect(statuses(record)).toEqual(all('pass'));
});

test('changing any one byte fails a claim', () => {
  fc.assert(
    fc.property(fc.nat({ max: FILE.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, difference) => {
      const changed = FILE.slice();
      changed[at] = ((changed[at] ?? 0) + difference) % 256;
      expect(Object.values(statuses(changed))).toContain('fail');
    }),
    { numRuns: 300 },
  );
});

const LINES = fromUtf8(FILE).split('\n').slice(0, -1);
const join = (lines: readonly string[]): Uint8Array => utf8(lines.map((line) => `${line}\n`).join(''));

test('a removed line, a repeated one and two swapped ones fail the chain', () => {
  for (let at = 1; at < LINES.length; at++) {
    const line = LINES[at] ?? '';
    const removed = statuses(join(LINES.toSpliced(at, 1)));
    expect(removed['record-ends-as-stated'], `line ${at}`).toBe('fail');
    if (at < LINES.length - 1) expect(removed['record-chain-is-intact'], `line ${at}`).toBe('fail');
    expect(statuses(join(LINES.toSpliced(at, 0, line)))['record-chain-is-intact']).toBe('fail');
    if (at > 1)
      expect(statuses(join(LINES.toSpliced(at - 1, 2, line, LINES[at - 1] ?? '')))['record-chain-is-intact']).toBe(
        'fail',
      );
  }
});

test('a file that is cut fails, wherever it is cut', () => {
  for (let length = 1; length < FILE.length; length += 97)
    expect(Object.values(statuses(FILE.slice(0, length))), `${length} bytes`).toContain('fail');
});

test('a record that was cut and got a new first line passes, unless a later entry was noted before', () => {
  const cut = exported(ENTRIES.slice(0, -1));
  const [earlier, last] = [ENTRIES.at(-2)?.digest, ENTRIES.at(-1)?.digest];
  if (!earlier || !last) throw new Error('no entries');
  expect(Object.values(statuses(cut))).not.toContain('fail');
  expect(statuses(cut, [last])['record-has-known-entries']).toBe('fail');
  expect(statuses(FILE, [earlier, last])['record-has-known-entries']).toBe('pass');
});

test.each([
  ['an empty file', new Uint8Array()],
  ['a record without entries', exported([])],
])('%s proves nothing: no claim passes', (_, bytes) => {
  expect(statuses(bytes)).toEqual(all('not-tested'));
});

test.each([
  ['no record', utf8('no record\n')],
  ['bytes that are not UTF-8', Uint8Array.of(0xff, 0xfe, 0x0a)],
  ['a ledger', utf8('{"seq":0}\n')],
  ['zeros', new Uint8Array(100)],
])('%s fails, and nothing else is tested', (_, bytes) => {
  expect(statuses(bytes)).toEqual(all('not-tested', { 'record-lines-are-canonical': 'fail' }));
});

const upTo = (action: string, by: string): Line[] =>
  REVIEW.slice(
    0,
    REVIEW.findIndex(([actor, what]) => actor === by && what === action),
  );

test.each<[string, readonly (Line | UserLine | DataLine)[], string[]]>([
  [
    'one user confirms twice',
    [
      ...USERS,
      ...upTo('take', 'bo'),
      ['ada', 'take', 'confirmed-once', 'second-review'],
      ['ada', 'confirm', 'second-review', 'confirmed'],
    ],
    [
      'record-actions-are-allowed',
      'record-two-people-confirmed',
      'confirmed by ada alone',
      'another user than the first',
    ],
  ],
  [
    'a case becomes confirmed by another action',
    [...USERS, ['ada', 'take', 'new', 'in-review'], ['ada', 'note', 'in-review', 'confirmed']],
    ['record-actions-are-allowed', 'record-two-people-confirmed', 'confirmed by nobody alone'],
  ],
  [
    'a user judges their own decision',
    [...USERS, ...upTo('overturn', 'cy'), ['bo', 'uphold', 'contested', 'upheld']],
    ['record-actions-are-allowed', 'record-contests-are-judged-by-others', 'bo took part in the decision'],
  ],
  [
    'an auditor acts',
    [...USERS, ['otto', 'take', 'new', 'in-review']],
    ['record-actions-are-allowed', 'the role does not allow this action'],
  ],
  [
    'a state is skipped',
    [...USERS, ...upTo('report', 'lea'), ['lea', 'report', 'new', 'reported']],
    ['record-actions-are-allowed', 'the entry goes from new to reported, but it was confirmed'],
  ],
  [
    'a case begins in the middle',
    [...USERS, ['lea', 'report', 'confirmed', 'reported']],
    ['record-actions-are-allowed', 'a case begins as proposed or new'],
  ],
  [
    'somebody acts whom nobody added',
    [...USERS, ['eve', 'take', 'new', 'in-review']],
    ['record-actors-are-users', 'eve is no user, not reviewer'],
  ],
  [
    'somebody acts after they were removed',
    [...USERS, ['root', 'remove', 'ada', 'reviewer'], ['ada', 'take', 'new', 'in-review']],
    ['record-actors-are-users', 'ada is removed, not reviewer'],
  ],
  [
    'a removed user is invited',
    [...USERS, ['root', 'remove', 'ada', 'reviewer'], ['root', 'invite', 'ada', 'reviewer']],
    ['record-actors-are-users', 'ada is not reviewer'],
  ],
  [
    'a lead invites a user',
    [...USERS, ['lea', 'invite', 'ada', 'reviewer']],
    ['record-actors-are-users', 'leads do not change users'],
  ],
  [
    'a lead adds a user',
    [...USERS, ['lea', 'add', 'eve', 'reviewer']],
    ['record-actors-are-users', 'leads do not change users'],
  ],
  [
    'a reviewer erases a subject',
    [...USERS, ['ada', 'erase']],
    ['record-actors-are-users', 'reviewers do not erase data'],
  ],
  [
    'an administrator holds a case',
    [...USERS, ['root', 'hold', 1]],
    ['record-actors-are-users', 'administrators do not hold data'],
  ],
  [
    'a name is used again',
    [...USERS, ['root', 'remove', 'ada', 'reviewer'], ['root', 'add', 'ada', 'lead']],
    ['record-actors-are-users', 'the name ada was used before'],
  ],
  [
    'the receiver itself adds a user',
    [...USERS, ['receiver', 'add', 'eve', 'reviewer']],
    ['record-actors-are-users', 'acts on cases alone'],
  ],
  [
    'the receiver itself decides',
    [...USERS, ['receiver', 'take', 'new', 'in-review']],
    ['record-actions-are-allowed', 'the role does not allow this action'],
  ],
  [
    'a second user adds themself',
    [...USERS, ['eve', 'add', 'eve', 'reviewer']],
    ['record-actors-are-users', 'eve is no user'],
  ],
])('a valid chain in which %s fails', (_, lines, parts) => {
  const failed = failures(lines);
  for (const part of parts) expect(failed).toContain(part);
  const others = IDS.filter((id) => !parts.includes(id));
  for (const id of others) expect(failed).not.toContain(`${id} `);
});

test('an earlier time fails', () => {
  const early = recordOf([...USERS, ...REVIEW]);
  const late = recordOf(USERS, Date.UTC(2027, 0, 1));
  const mixed = exported([...late, ...early.slice(late.length)]);
  expect(statuses(mixed)['record-times-never-go-back']).toBe('fail');
});

test('the command prints the claims, and exits with 0, 1, and 2 for a file that proves nothing', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'audit-record-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const exitOf = async (bytes: Uint8Array, ...options: string[]) => {
    const file = path.join(folder, 'record.ndjson');
    writeFileSync(file, bytes);
    return inThisProcess(run, ['record', file, ...options]);
  };
  expect(await exitOf(FILE)).toMatchObject({ code: 0, out: expect.stringContaining('Two different users confirmed') });
  expect((await exitOf(FILE, '--known', 'ab'.repeat(32))).code).toBe(1);
  expect((await exitOf(join(LINES.slice(0, -1)))).code).toBe(1);
  expect((await exitOf(new Uint8Array())).code).toBe(2);
  expect((await exitOf(FILE, '--known', 'short')).code).toBe(2);
});
