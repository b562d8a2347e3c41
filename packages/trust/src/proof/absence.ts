/**
 * Proof that a payload is not in a release: the two records around its place are adjacent. The proof requires a sorted
 * release, which every device checks when it reads the file. Spec: docs/design/contracts.md#list-release
 */
import { compareBytes } from '@lodestone/protocol/bytes';
import { type ListRecord, RECORD_TYPE, records, type Release } from '@lodestone/protocol/list-file';
import { type Inclusion, noProof, proveInclusion, verifyInclusion } from './inclusion.ts';
import type { ListTree } from './merkle.ts';

/** The payload to look for, with any entry number. */
export type Sought = Pick<ListRecord, 'type' | 'payload'>;

/** The adjacent records. Without `left` the payload would be the first record, without `right` the last. */
export interface Absence {
  left?: Inclusion;
  right?: Inclusion;
}

/** Returns `undefined` if the payload is listed. */
export function proveAbsence(release: Release, sought: Sought): Absence | undefined {
  const all = [...records(release)];
  const found = all.findIndex((record) => compareSought(record, sought) >= 0);
  const at = found === -1 ? all.length : found;
  const next = all[at];
  if (next && compareSought(next, sought) === 0) return undefined;
  return {
    ...(at > 0 && { left: proveInclusion(release, at - 1) }),
    ...(next && { right: proveInclusion(release, at) }),
  };
}

/** @throws {LodestoneError} `ERR_TRUST_PROOF` */
export function verifyAbsence(tree: ListTree, sought: Sought, { left, right }: Absence): void {
  for (const neighbour of [left, right]) if (neighbour) verifyInclusion(tree, neighbour);
  if (left && compareSought(left.record, sought) >= 0) throw noProof('the left record is not smaller than the payload');
  if (right && compareSought(right.record, sought) <= 0)
    throw noProof('the right record is not greater than the payload');
  const [after, before] = [left ? left.index + 1 : 0, right ? right.index : tree.size];
  if (after !== before) throw noProof(`records ${after} to ${before - 1} are missing between the two records`);
}

function compareSought(a: Sought, b: Sought): number {
  return RECORD_TYPE[a.type] - RECORD_TYPE[b.type] || compareBytes(a.payload, b.payload);
}
