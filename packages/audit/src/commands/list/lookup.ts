/**
 * Proves whether a hash is on a list, so that anyone can check it against the signed root without the list: the record and its
 * Merkle path, or the two neighbours between which it would be. Of a locked list, the rows that the hash opens. Flow: mirror → here → claims.
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
import { type LockedSought, type Opened, openLockedLookup } from './locked-lookup.ts';
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
  /** For each PDQ hash of a picture: its coefficients minus their median. A locked list finds more with them. */
  margins?: readonly Float32Array[];
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
      found: 'near';
      list: string;
      /** Rows of a locked list that open, and are not the hash itself; the nearest first. */
      proofs: readonly ShownInclusion[];
      nearest: { entry: number; distance: number };
    }
  | {
      found: 'nothing';
      list: string;
      proofs: readonly { type: ShownRecord['type']; left?: ShownInclusion; right?: ShownInclusion }[];
      /** The listed PDQ hash with the smallest distance. */
      nearest: { entry: number; distance: number } | undefined;
      /** A picture and a locked list: no row opens, which is no proof that none is near. */
      isUnproven: boolean;
      /** Whether the search of a locked list ended before all tags that the hash hits were opened. */
      isCutShort: boolean;
    };

/** The most records of one entry that are proven. */
const PROOFS_PER_ENTRY = 16;

/** Answers questions about one list. */
export type Lookup = (question: Question) => Promise<Answer>;

export async function openLookup(list: MirroredList): Promise<Lookup> {
  const { locked } = list.release;
  const lookup = locked && (await openLockedLookup(locked));
  return async (question) => {
    const opened = lookup && question.ask !== 'entry' ? await lookup.open(lockedSought(question.hashes)) : NOTHING;
    return answer(list, question, opened);
  };
}

const NOTHING: Opened = { rows: [], isComplete: true };

function lockedSought({ pdq = [], margins = [] }: SoughtHashes): LockedSought[] {
  return pdq.map((hash, i) => ({ hash: fromHex(hash), margins: margins[i] }));
}

/**
 * @param opened rows of a locked list that the hashes open
 * @throws {LodestoneError} `ERR_TRUST_PROOF` if a proof does not lead to the signed root
 */
function answer(list: MirroredList, question: Question, { rows: opened, isComplete }: Opened): Answer {
  const tree = listTree(list.manifest);
  const name = list.manifest.list;
  const isLocked = list.release.locked !== undefined;
  const proven = (indices: readonly number[]): ShownInclusion[] => {
    const proofs = indices.slice(0, PROOFS_PER_ENTRY).map((index) => proveInclusion(list.release, index));
    for (const proof of proofs) verifyInclusion(tree, proof);
    return proofs.map(shown);
  };
  const included = (indices: readonly number[]): Answer => {
    const proofs = proven(indices);
    const suppressed = proofs.some(({ record }) => list.suppressed.includes(record.entry));
    return { found: 'record', list: name, proofs, suppressed };
  };
  if (question.ask === 'entry') {
    const indices = indicesOf(list, (record) => record.entry === question.entry);
    return indices.length > 0
      ? included(indices)
      : { found: 'nothing', list: name, proofs: [], nearest: undefined, isUnproven: false, isCutShort: false };
  }
  const sought = soughtOf(question.hashes);
  const same = opened.filter(({ distance }) => distance === 0).map(({ row }) => row);
  const listed = [...same, ...indicesOf(list, (record) => sought.some((one) => isSame(one, record)))];
  if (listed.length > 0) return included(listed);
  const [near] = opened;
  if (near) {
    const nearest = { entry: list.release.locked?.entries[near.row] ?? 0, distance: near.distance };
    return { found: 'near', list: name, proofs: proven(opened.map(({ row }) => row)), nearest };
  }
  // A locked list has no PDQ rows that could be neighbours.
  const proofs = sought.flatMap((one) => {
    if (isLocked && one.type === 'pdq') return [];
    const absence = proveAbsence(list.release, one);
    if (!absence) return [];
    verifyAbsence(tree, one, absence);
    return [{ type: one.type, ...shownAbsence(absence) }];
  });
  const pictures = sought.filter(({ type }) => type === 'pdq').map(({ payload }) => payload);
  const isUnproven = isLocked && pictures.length > 0;
  return {
    found: 'nothing',
    list: name,
    proofs,
    nearest: nearest(list.release.pdq, pictures),
    isUnproven,
    isCutShort: !isComplete,
  };
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
