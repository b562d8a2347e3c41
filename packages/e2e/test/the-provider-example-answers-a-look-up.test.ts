/** The look-up of examples/provider answers one signed request once, to whom runs it, and its log names no account. Its list of young accounts opens. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Lookup, LookupRequest } from '@lodestone/protocol/lookup';
import type { Name } from '@lodestone/protocol/name';
import { toInstant } from '@lodestone/protocol/time';
import {
  generateSubjectKey,
  importSubjectPublicKey,
  type LookupSigner,
  openYoungAccounts,
  signLookup,
  type SubjectKey,
} from '@lodestone/seal';
import { ROOT, SOURCE } from '@lodestone/tools/run/program';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PEOPLE = [
  { name: 'ada' as Name, role: 'reviewer' },
  { name: 'otto' as Name, role: 'auditor' },
] as const;
let folder: string;
const keys: SubjectKey[] = [];
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'look-up-'));
  for (const _ of PEOPLE) keys.push(await generateSubjectKey());
  const signers: LookupSigner[] = PEOPLE.map((each, i) => ({ ...each, publicKey: keys[i]?.publicKey ?? '' }));
  writeFileSync(path.join(folder, 'lookup-signers.json'), JSON.stringify(signers));
  writeFileSync(
    path.join(folder, 'accounts.json'),
    JSON.stringify({
      alice: { pseudonym: 'aa'.repeat(16), since: new Date().toISOString().slice(0, 10) },
      bob: { pseudonym: 'bb'.repeat(16), since: '2020-01-01' },
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const answer = async (pseudonym: string, names: 1 | 2, caseNo: number): Promise<string> => {
  const request: LookupRequest = {
    case: caseNo,
    pseudonym,
    order: { source: 'court' as Name, orderId: 'one' as Name },
    reason: 'A court asks.',
    notAfter: toInstant(Date.now() + 60_000),
  };
  let lookup: Lookup | undefined;
  for (const [i, each] of PEOPLE.slice(0, names).entries())
    lookup = await signLookup(keys[i]?.privateKey ?? '', request, each, lookup?.signatures);
  const file = path.join(folder, `${caseNo}.json`);
  writeFileSync(file, JSON.stringify(lookup));
  return run(file);
};
const run = async (argument: string, name = 'look-up.ts'): Promise<string> => {
  const script = path.join(ROOT, 'examples/provider', name);
  return (await promisify(execFile)(process.execPath, [SOURCE, script, folder, argument])).stdout;
};

test('two signatures are answered once, one is not, and the log names no account', async () => {
  expect(await answer('bb'.repeat(16), 2, 7)).toBe('bob\n');
  await expect(run(path.join(folder, '7.json'))).rejects.toThrow(/answered before/);
  await expect(answer('bb'.repeat(16), 1, 8)).rejects.toThrow(/two signatures/);
  expect(await answer('cc'.repeat(16), 2, 9)).toBe('No account has this pseudonym.\n');
  const log = readFileSync(path.join(folder, 'lookups.ndjson'), 'utf8').trim().split('\n');
  expect(log.map((line) => JSON.parse(line) as object)).toMatchObject([
    { case: 7, found: true },
    { case: 9, found: false },
  ]);
  expect(log.join()).not.toMatch(/bob|bbbb/);
});

test('the list of young accounts has those of the last days, and opens with the public key', async () => {
  const key = await generateSubjectKey();
  writeFileSync(path.join(folder, 'subject-key.json'), JSON.stringify(key));
  const bytes = new TextEncoder().encode(await run('30', 'young-accounts.ts'));
  expect(await openYoungAccounts([await importSubjectPublicKey(key.publicKey)], bytes)).toMatchObject({
    youngerThanDays: 30,
    pseudonyms: ['aa'.repeat(16)],
  });
});
