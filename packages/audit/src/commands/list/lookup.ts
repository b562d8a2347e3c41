/**
 * Proves whether a hash is on a list, so that anyone can check it against the signed root without the list: the record and its
 * Merkle path, or the two neighbours between which it would be. Flow: mirror → here → claims.
 * Spec: docs/design/audit.md#list, RFC 6962 §2.1.1
 */
import { equalBytes, fromHex, toHex } from '@lodestone/protocol/bytes';
import { type ListRecord, records, type Rows } from '@lodestone/protocol/list-file';
import {
  type Absence,
  type Inclusion,
  listTree,
  proveAbsence,
  proveInclusion,
  type Sought,
  verifyAbsence,
  verifyInclusion,
} from '@lodestone/trust';
import type { MirroredList } from './mirror.ts';

/** The fact to prove: that a hash is listed, that it is absent, or which records an entry has. */
export type Question =
  | { ask: 'listed' | 'absent'; name: string; hashes: SoughtHashes }
  | { ask: 'entry'; entry: number };

/** In hex. A hash of unknown type is looked up as both. */
export interface SoughtHashes {
  sha256?: string;
  /** Hashes of the picture and of its rotated and mirrored forms. */
  pdq?: readonly string[];
}

/** A record in JSON. */
export interface ShownRecord {
  type: ListRecord['type'];
  entry: number;
  payload: string;
}

export interface ShownInclusion extends Omit<Inclusion, 'record'> {
  record: ShownRecord;
}

export type Answer =
  | { found: 'record'; list: string; proofs: readonly ShownInclusion[]; suppressed: boolean }
  | {
      found: 'nothing';
      list: string;
      proofs: readonly { type: ShownRecord['type']; left?: ShownInclusion; right?: ShownInclusion }[];
      /** The listed PDQ hash with the smallest distance. */
      nearest: { entry: number; distance: number } | undefined;
    };

/** The most records of one entry that are proven. */
const PROOFS_PER_ENTRY = 16;

/** @throws {LodestoneError} `ERR_TRUST_PROOF` if a proof does not lead to the signed root */
export function answer(list: MirroredList, question: Question): Answer {
  const tree = listTree(list.manifest);
  const name = list.manifest.list;
  const included = (indices: readonly number[]): Answer => {
    const proofs = indices.slice(0, PROOFS_PER_ENTRY).map((index) => proveInclusion(list.release, index));
    for (const proof of proofs) verifyInclusion(tree, proof);
    const suppressed = proofs.some(({ record }) => list.suppressed.includes(record.entry));
    return { found: 'record', list: name, proofs: proofs.map(shown), suppressed };
  };
  if (question.ask === 'entry') {
    const indices = indicesOf(list, (record) => record.entry === question.entry);
    return indices.length > 0 ? included(indices) : { found: 'nothing', list: name, proofs: [], nearest: undefined };
  }
  const sought = soughtOf(question.hashes);
  const listed = indicesOf(list, (record) => sought.some((one) => isSame(one, record)));
  if (listed.length > 0) return included(listed);
  const proofs = sought.flatMap((one) => {
    const absence = proveAbsence(list.release, one);
    if (!absence) return [];
    verifyAbsence(tree, one, absence);
    return [{ type: one.type, ...shownAbsence(absence) }];
  });
  const pictures = sought.filter(({ type }) => type === 'pdq').map(({ payload }) => payload);
  return { found: 'nothing', list: name, proofs, nearest: nearest(list.release.pdq, pictures) };
}

function soughtOf({ sha256, pdq = [] }: SoughtHashes): Sought[] {
  return [
    ...pdq.map((hash): Sought => ({ type: 'pdq', payload: fromHex(hash) })),
    ...(sha256 === undefined ? [] : [{ type: 'sha256' as const, payload: fromHex(sha256) }]),
  ];
}

function isSame({ type, payload }: Sought, record: Sought): boolean {
  return type === record.type && equalBytes(payload, record.payload);
}

function indicesOf({ release }: MirroredList, wanted: (record: Inclusion['record']) => boolean): number[] {
  return [...records(release)].flatMap((record, i) => (wanted(record) ? [i] : []));
}

function shown({ record: { type, entry, payload }, index, path }: Inclusion): ShownInclusion {
  return { record: { type, entry, payload: toHex(payload) }, index, path };
}

function shownAbsence({ left, right }: Absence): { left?: ShownInclusion; right?: ShownInclusion } {
  return { ...(left && { left: shown(left) }), ...(right && { right: shown(right) }) };
}

const HASH_BYTES = 32;

/** Compares every row: about a second for a million rows. */
function nearest(
  { count, payloads, entries }: Rows,
  hashes: readonly Uint8Array[],
): { entry: number; distance: number } | undefined {
  let best: { entry: number; distance: number } | undefined;
  for (const hash of hashes) {
    for (let row = 0; row < count; row++) {
      let distance = 0;
      for (let i = 0; i < HASH_BYTES; i++) distance += bitsIn((payloads[row * HASH_BYTES + i] ?? 0) ^ (hash[i] ?? 0));
      if (!best || distance < best.distance) best = { entry: entries[row] ?? 0, distance };
    }
  }
  return best;
}

const BITS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);
const bitsIn = (byte: number): number => BITS[byte] ?? 0;
