/**
 * Proof that a payload is not in a release: the two records between which it would stand are neighbours.
 * Holds where the release is sorted, which every device checks as it reads the file. Spec: DESIGN §4 (ListRelease).
 */
import { compareBytes } from '@lodestone/protocol/bytes';
import { type ListRecord, RECORD_TYPE, records, type Release } from '@lodestone/protocol/list-file';
import { type Inclusion, noProof, proveInclusion, verifyInclusion } from './inclusion.ts';
import type { ListTree } from './merkle.ts';

/** What is looked for: a payload of a type, whatever its entry. */
export type Sought = Pick<ListRecord, 'type' | 'payload'>;

/** The neighbours: without `left` it would be the first record, without `right` the last. */
export interface Absence {
  left?: Inclusion;
  right?: Inclusion;
}

/** `undefined` where the payload is listed. */
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
  if (left && compareSought(left.record, sought) >= 0) throw noProof('the left neighbour does not sort before');
  if (right && compareSought(right.record, sought) <= 0) throw noProof('the right neighbour does not sort after');
  const [after, before] = [left ? left.index + 1 : 0, right ? right.index : tree.size];
  if (after !== before) throw noProof(`records ${after} to ${before - 1} are left out`);
}

function compareSought(a: Sought, b: Sought): number {
  return RECORD_TYPE[a.type] - RECORD_TYPE[b.type] || compareBytes(a.payload, b.payload);
}
