/**
 * Which writes of a round storage accepts. Pure, apart from the transaction that is passed in.
 * Flow: source, commit → here → storage. Promise: only the newest round writes, and no state is replaced by an older one,
 * with and without Web Locks. Spec: docs/design/signed-inputs.md#one-round-at-a-time
 */
import { compareTrust, type TrustVersions } from '@lodestone/trust';
import { type StoredSource, type StoredUpdater, UPDATER_KEY } from '../storage/records.ts';
import type { Transaction } from '../storage/transaction.ts';

/** The state of a source that a round has read, and on which it builds. */
export interface Basis {
  era: number;
  versions: TrustVersions;
}

/** A newer round has begun, in this or another tab: this one ends without a result. Never leaves the updater. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** Would the write replace what a newer round, a newer pin or newer metadata has stored? */
export function isSuperseded(
  round: number,
  write: Basis,
  { updater, source }: { updater: StoredUpdater | undefined; source: StoredSource | undefined },
): boolean {
  if (updater?.round !== round) return true;
  if (!source) return false;
  return source.era !== write.era || compareTrust(write.versions, source.versions) < 0;
}

/**
 * Call it first in each transaction of a round: checks that the round is the newest, and counts the change.
 * @throws {Superseded}
 */
export async function enter(tx: Transaction<'updater'>, round: number): Promise<void> {
  const updater = await tx.get('updater', UPDATER_KEY);
  if (updater?.round !== round) throw new Superseded();
  await tx.put('updater', UPDATER_KEY, { ...updater, revision: updater.revision + 1 });
}

/** Counts a change that is made outside of rounds. */
export async function countChange(tx: Transaction<'updater'>): Promise<void> {
  const updater = await tx.get('updater', UPDATER_KEY);
  if (updater) await tx.put('updater', UPDATER_KEY, { ...updater, revision: updater.revision + 1 });
}
