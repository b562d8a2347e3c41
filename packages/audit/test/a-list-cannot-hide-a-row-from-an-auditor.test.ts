/** Rows that have the tags of a hash, and not its bits, neither hide its row nor go unmentioned. Spec: docs/design/audit.md#list */
import { createHash } from 'node:crypto';
import { createLocker, loadArgon2id, loadBlake3 } from '@lodestone/locked-list';
import { type ListRecord, parseRelease, printRelease } from '@lodestone/protocol/list-file';
import { type LockedParameters, lockedRowBytes } from '@lodestone/protocol/locked-rows';
import { LOCKED_PARAMETERS } from '@lodestone/testkit/locked-parameters';
import { expect, test } from 'vitest';
import { answerClaim } from '../src/commands/list/claims.ts';
import { openLockedLookup } from '../src/commands/list/locked-lookup.ts';

const SLOTS = 4;
const PARAMETERS: LockedParameters = { ...LOCKED_PARAMETERS, slots: SLOTS, tries: 4_096 };
const hash = new Uint8Array(createHash('sha256').update('row').digest());
const locker = createLocker(
  { blake3: await loadBlake3(), slowHash: await loadArgon2id() },
  PARAMETERS,
  new Uint8Array(32),
);

/** A row that nobody can open, with the tags of the hash at these subsets. */
function decoy(entry: number, subsets: readonly number[]): ListRecord {
  const payload = Buffer.alloc(lockedRowBytes(SLOTS), entry);
  for (const [i, subset] of subsets.entries())
    payload.writeUInt32LE(locker.tagOf(hash, subset), 36 + (i && 4 + 20 * (i - 1)));
  return { type: 'locked', entry, payload };
}
const from4To15 = [0, 1, 2].map((i) => decoy(100 + i, [4 * i + 4, 4 * i + 5, 4 * i + 6, 4 * i + 7]));

test('a row is found behind twelve rows with tags of its hash, more than a device opens in vain', async () => {
  const row: ListRecord = { type: 'locked', entry: 5, payload: await locker.lock(hash, [0, 1, 2, 3]) };
  const { locked } = parseRelease(printRelease([row, ...from4To15], PARAMETERS));
  const { rows, isComplete } = await (await openLockedLookup(locked!)).open([{ hash }]);
  expect(rows).toMatchObject([{ distance: 0 }]);
  expect([locked!.entries[rows[0]!.row], isComplete]).toEqual([5, true]);
});

test('a search that ended early does not say that the hash is no row', () => {
  const claimOf = (isCutShort: boolean): string =>
    answerClaim({
      question: { ask: 'listed', name: 'It', hashes: { pdq: ['00'.repeat(32)] } },
      answers: [{ found: 'nothing', list: 'demo', proofs: [], nearest: undefined, isUnproven: true, isCutShort }],
    }).result;
  expect(claimOf(false)).toContain('the hash itself is not a row');
  expect(claimOf(true)).not.toContain('the hash itself is not a row');
  expect(claimOf(true)).toContain('The search of demo ended early');
});
