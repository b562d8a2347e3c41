/**
 * Writes a locked list again from its escrow and compares it with the signed file, byte for byte. The readable rows (SHA-256, videos) are
 * those of the signed file. Flow: escrow, mirror → here → claims. Spec: docs/design/audit.md#list
 */
import { availableParallelism } from 'node:os';
import { createLocker, loadBlake3, lockRows } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { equalBytes, toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { type ListRecord, printRelease, records, type Release } from '@lodestone/protocol/list-file';
import type { Escrow } from '@lodestone/protocol/locked-escrow';
import { type LockedParameters, readLockedParameters } from '@lodestone/protocol/locked-rows';
import { sha256Hex } from '@lodestone/trust';
import { type CheckedRows, type CheckOptions, checkRows } from './check-rows.ts';
import type { MirroredList } from './mirror.ts';

export interface Rebuilt {
  list: string;
  version: number;
  /** Of the escrow. */
  rows: number;
  entries: number;
  /** Of the file that the escrow gives, if it gives one. */
  sha256?: string;
  /** The first difference from the signed file. */
  difference?: string;
  /** What the rows are like. Only if the files are equal. */
  checked?: CheckedRows;
}

/** Writes the file again and, if it is the signed one, checks its rows. */
export async function rebuild(list: MirroredList, escrow: Escrow, options: CheckOptions): Promise<Rebuilt> {
  const rebuilt = await write(list, escrow, options.say);
  const { locked } = list.release;
  if (rebuilt.difference !== undefined || !locked) return rebuilt;
  return { ...rebuilt, checked: await checkRows(locked, escrow, options) };
}

async function write(list: MirroredList, escrow: Escrow, say: (line: string) => void): Promise<Rebuilt> {
  const { list: name, version, file } = list.manifest;
  const { parameters, seed, rows } = escrow;
  const about = { list: name, version, rows: rows.length, entries: new Set(rows.map(({ entry }) => entry)).size };
  const signed = list.release.locked && readLockedParameters(list.release.locked);
  const other = signed ? differenceOf(parameters, signed) : 'the signed list is not locked';
  if (other !== undefined) return { ...about, difference: other };
  const locker = createLocker({ blake3: await loadBlake3(), slowHash: nodeArgon2id }, parameters, seed);
  const unordered = rows.find(({ pdq, slots }) => !isInOrder(slots, locker.orderOf(pdq)));
  if (unordered)
    return {
      ...about,
      difference: `the subsets of a row of entry ${unordered.entry} are not in the order of the seed`,
    };
  const payloads = await lockRows(
    locker,
    rows.map(({ pdq, slots }) => ({ pdq, slots: [...slots] })),
    { atOnce: availableParallelism(), onLocked: progress(rows.length, say) },
  );
  const locked = rows.map(({ entry }, i): ListRecord => ({
    type: 'locked',
    entry,
    payload: payloads[i] as Uint8Array,
  }));
  const difference = firstDifference(locked, list.release);
  try {
    const readable = [...records(list.release)].filter(({ type }) => type !== 'locked');
    const sha256 = sha256Hex(printRelease([...locked, ...readable], parameters));
    if (sha256 === file.sha256) return { ...about, sha256 };
    return { ...about, sha256, difference: difference ?? 'the files differ, although each record is equal' };
  } catch (error) {
    // Such as two rows of the same bytes: no such file can be signed.
    if (error instanceof LodestoneError) return { ...about, difference: difference ?? error.message };
    throw error;
  }
}

const PROGRESS_ROWS = 2_000;
function progress(count: number, say: (line: string) => void): (done: number) => void {
  return (done) => {
    if (done % PROGRESS_ROWS === 0) say(`${done} of ${count} rows are locked again`);
  };
}

function differenceOf(escrow: LockedParameters, signed: LockedParameters): string | undefined {
  const shown = (value: number | Uint8Array): string => (typeof value === 'number' ? String(value) : toHex(value));
  for (const name of ['bits', 'subsets', 'slots', 'tries', 'memoryKiB', 'salt', 'tablesDigest'] as const) {
    if (shown(escrow[name]) !== shown(signed[name]))
      return `${name} is ${shown(escrow[name])} in the escrow, and ${shown(signed[name])} in the signed file`;
  }
  return undefined;
}

/** Otherwise their order could tell something that nobody agreed to publish. */
function isInOrder(slots: Uint8Array, order: readonly number[]): boolean {
  const places = [...slots].map((subset) => order.indexOf(subset));
  return places.every((place, i) => i === 0 || place > (places[i - 1] as number));
}

function firstDifference(locked: readonly ListRecord[], release: Release): string | undefined {
  const signed = [...records(release)].filter(({ type }) => type === 'locked');
  const byPayload = new Map(signed.map((record, row) => [toHex(record.payload), { ...record, row }]));
  for (const { entry, payload } of locked) {
    const found = byPayload.get(toHex(payload));
    if (!found) return `a row of entry ${entry} of the escrow is not in the signed file`;
    if (found.entry !== entry) return `row ${found.row} has entry ${found.entry}; the escrow has ${entry}`;
    byPayload.delete(toHex(payload));
  }
  const [left] = byPayload.values();
  return left && `row ${left.row} of the signed file (entry ${left.entry}) is not in the escrow`;
}

/** The list that the escrow is of: that of its salt. */
export function isOf({ parameters }: Escrow, { release: { locked } }: MirroredList): boolean {
  return locked !== undefined && equalBytes(readLockedParameters(locked).salt, parameters.salt);
}
