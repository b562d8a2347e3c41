/**
 * Checks the rows of a locked list by its escrow: that each opens in the signed file with its own hash, that no two share a tag, and that
 * each entry is as strong as the authority states, by the tables of this release. Flow: rebuild → here → claims. Spec: docs/design/audit.md#list
 */
import { randomInt } from 'node:crypto';
import { flipCosts, loadBlake3, LockedBudget, LockedIndex } from '@lodestone/locked-list';
import { nodeArgon2id } from '@lodestone/locked-list/node';
import { log2GuessesFor, minimalScore, type ScoredBits, scoreOf, tablesDigest } from '@lodestone/locked-list/score';
import { toHex } from '@lodestone/protocol/bytes';
import type { Escrow, EscrowRow } from '@lodestone/protocol/locked-escrow';
import { type LockedRows, lockedRowBytes, tagsOf } from '@lodestone/protocol/locked-rows';
import { EQUAL_MARGINS, PATIENCE } from './locked-lookup.ts';

export interface CheckedRows {
  rows: number;
  /** Rows that were opened, chosen at random: fewer than all if the time was up. */
  opened: number;
  /** The first row that does not open, or whose tag another row has. */
  closed?: string;
  /** Entries whose strength was calculated; undefined if the list names other tables than this release has. */
  scored?: number;
  /** The first entries that are weaker or stronger than stated, or use a weak subset. */
  misstated: string[];
  /** All of them. */
  misstatedCount: number;
}

export interface CheckOptions {
  /** How long rows may be opened, in ms: one costs as much as a slow step of a device. */
  openMs: number;
  say: (line: string) => void;
}

/** The authority stores 32-bit numbers, and engines round logarithms differently. */
const TOLERANCE = 0.01;
const SHOWN = 32;
const PROGRESS_MS = 10_000;

export async function checkRows(signed: LockedRows, escrow: Escrow, options: CheckOptions): Promise<CheckedRows> {
  const opened = await openRows(signed, escrow.rows, options);
  return { rows: escrow.rows.length, ...opened, ...scoreEntries(escrow, options.say) };
}

async function openRows(
  signed: LockedRows,
  rows: readonly EscrowRow[],
  { openMs, say }: CheckOptions,
): Promise<Pick<CheckedRows, 'opened' | 'closed'>> {
  const shared = sharedTag(signed);
  if (shared !== undefined) return { opened: 0, closed: shared };
  const index = new LockedIndex({ blake3: await loadBlake3(), slowHash: nodeArgon2id }, signed);
  const costs = flipCosts(EQUAL_MARGINS);
  const started = Date.now();
  const speak = progress(say);
  let opened = 0;
  for (const row of inRandomOrder(rows)) {
    if (opened > 0 && Date.now() - started > openMs) break;
    // As few tries as there are: the bits of the hash itself at each subset.
    const query = { hash: row.pdq, costs, share: 0 };
    const { matches, voidRows } = await index.queryBatch([query], 0, new LockedBudget(PATIENCE));
    if (!matches[0]?.some((match) => signed.entries[match.row] === row.entry))
      return { opened, closed: `a row of entry ${row.entry} does not open${voidRows > 0 ? ': it is void' : ''}` };
    opened++;
    speak(() => `${opened} of ${rows.length} rows are opened`);
  }
  return { opened };
}

/** Of two rows with one tag a device finds only one, and everybody sees that one is a copy of the other. */
function sharedTag({ payloads, count, slots, entries }: LockedRows): string | undefined {
  const owners = new Map<number, number>();
  const length = lockedRowBytes(slots);
  for (let row = 0; row < count; row++)
    for (const tag of tagsOf(payloads.subarray(row * length, (row + 1) * length), slots)) {
      const other = owners.get(tag);
      if (other !== undefined) return `rows of entries ${entries[other]} and ${entries[row]} have a tag in common`;
      owners.set(tag, row);
    }
  return undefined;
}

/** Nobody knows which rows a list with more than can be opened is judged by. */
function* inRandomOrder(rows: readonly EscrowRow[]): Generator<EscrowRow> {
  const places = Uint32Array.from(rows, (_, i) => i);
  for (let left = places.length; left > 0; left--) {
    const at = randomInt(left);
    yield rows[places[at] as number] as EscrowRow;
    places[at] = places[left - 1] as number;
  }
}

/** Any row opens its entry, so an entry is as strong as its weakest row. */
function scoreEntries(
  { parameters, rows }: Escrow,
  say: (line: string) => void,
): Pick<CheckedRows, 'scored' | 'misstated' | 'misstatedCount'> {
  if (toHex(parameters.tablesDigest) !== tablesDigest) return { misstated: [], misstatedCount: 0 };
  const bits = parameters.bits as ScoredBits;
  const speak = progress(say);
  const entries = new Map<number, { stated: number; calculated: number; least: number }>();
  for (const [i, { pdq, entry, log2Guesses, slots }] of rows.entries()) {
    const before = entries.get(entry) ?? { stated: Infinity, calculated: Infinity, least: Infinity };
    entries.set(entry, {
      stated: Math.min(before.stated, log2Guesses),
      calculated: Math.min(before.calculated, ...Array.from(slots, (subset) => log2GuessesFor(pdq, subset, bits))),
      least: Math.min(before.least, ...Array.from(slots, (subset) => scoreOf(pdq, subset, bits))),
    });
    speak(() => `${i + 1} of ${rows.length} rows are scored`);
  }
  const misstated = [...entries].flatMap(([entry, { stated, calculated, least }]) => [
    ...(Math.abs(stated - calculated) > TOLERANCE
      ? [
          `entry ${entry} opens after 2^${calculated.toFixed(1)} guesses by the tables, and 2^${stated.toFixed(1)} are stated`,
        ]
      : []),
    ...(least < minimalScore(bits)
      ? [`entry ${entry} uses a subset of ${least.toFixed(1)} bits, and ${minimalScore(bits)} are required`]
      : []),
  ]);
  return { scored: entries.size, misstated: misstated.slice(0, SHOWN), misstatedCount: misstated.length };
}

function progress(say: (line: string) => void): (line: () => string) => void {
  let last = Date.now();
  return (line) => {
    if (Date.now() - last < PROGRESS_MS) return;
    last = Date.now();
    say(line());
  };
}
