/**
 * LedgerEntry: one line per request of the SDK, and notes of each change to what is scanned; hash-chained.
 * Checks and matches are never noted. `lodestone-audit ledger FILE` reads the NDJSON export.
 * Spec: docs/design/contracts.md#ledger-entry
 */
import * as z from 'zod/mini';
import { check } from './document.ts';
import { LodestoneError } from './error.ts';
import { LIMITS } from './limits.ts';
import { Digest } from './digest.ts';
import { Instant } from './time.ts';

/** The purpose of a request. */
export const PURPOSES = ['metadata', 'list', 'order', 'model', 'keys', 'signal'] as const;
export type Purpose = (typeof PURPOSES)[number];

export const METHODS = ['GET', 'POST'] as const;
export type Method = (typeof METHODS)[number];

export const NOTES = [
  'sandbox-started',
  'sandbox-terminated',
  'order-in-force',
  'order-ended',
  'release-in-force',
] as const;
export type Note = (typeof NOTES)[number];

export interface LedgerRequest {
  type: 'request';
  purpose: Purpose;
  method: Method;
  origin: string;
  path: string;
  request: { bytes: number; sha256: Digest };
  /** 0 bytes and status 0 if no response arrived before the app ended or the ledger was exported. */
  response: { bytes: number; status: number };
}

export interface LedgerNote {
  type: 'note';
  note: Note;
  /** Digest of the note's subject: the sandbox's build, the order, or the list's manifest. */
  of: Digest;
}

/** Old entries were deleted. The note says which. */
export interface LedgerPruning {
  type: 'note';
  note: 'pruned';
  /** Digest of the last pruned entry. */
  of: Digest;
  /** Includes what a pruned note of this kind names. So the sum over a ledger's notes is all that was ever pruned. */
  pruned: {
    entries: number;
    requests: number;
    /** Requests with the purpose `signal`. */
    signals: number;
    /** Times of the first and last of them. */
    from: Instant;
    to: Instant;
  };
}

export type LedgerRecord = LedgerRequest | LedgerNote | LedgerPruning;

/** `digest` is the SHA-256 of the line without it. `previous` is the digest of the entry before, zeros for the first. */
export type LedgerEntry = { seq: number; time: Instant; previous: Digest; digest: Digest } & LedgerRecord;

const frame = { seq: z.int().check(z.gte(0)), time: Instant, previous: Digest, digest: Digest };
const count: z.ZodMiniType<number> = z.int().check(z.gte(0));

export const LedgerEntry: z.ZodMiniType<LedgerEntry> = z.union([
  z.strictObject({
    ...frame,
    type: z.literal('request'),
    purpose: z.enum(PURPOSES),
    method: z.enum(METHODS),
    origin: z.string().check(z.maxLength(300)),
    path: z.string().check(z.maxLength(2_000)),
    request: z.strictObject({ bytes: count, sha256: Digest }),
    response: z.strictObject({ bytes: count, status: z.int().check(z.gte(0), z.lte(599)) }),
  }),
  z.strictObject({
    ...frame,
    type: z.literal('note'),
    note: z.enum(NOTES),
    of: Digest,
  }),
  z.strictObject({
    ...frame,
    type: z.literal('note'),
    note: z.literal('pruned'),
    of: Digest,
    pruned: z.strictObject({ entries: count, requests: count, signals: count, from: Instant, to: Instant }),
  }),
]);

/**
 * The text that `digest` covers: the entry without its digest, keys in the order of the types above. This function fixes
 * the order, so the key order of an object does not matter.
 */
export function ledgerPreimage(entry: Omit<LedgerEntry, 'digest'> & LedgerRecord): string {
  const { seq, time, previous } = entry;
  if (entry.type === 'note') {
    const note = { seq, time, previous, type: entry.type, note: entry.note, of: entry.of };
    if (entry.note !== 'pruned') return JSON.stringify(note);
    const { entries, requests, signals, from, to } = entry.pruned;
    return JSON.stringify({ ...note, pruned: { entries, requests, signals, from, to } });
  }
  const { type, purpose, method, origin, path, request, response } = entry;
  return JSON.stringify({
    seq,
    time,
    previous,
    type,
    purpose,
    method,
    origin,
    path,
    request: { bytes: request.bytes, sha256: request.sha256 },
    response: { bytes: response.bytes, status: response.status },
  });
}

/** One line of NDJSON: the preimage with `digest` as its last key. */
export function printLedgerLine(entry: LedgerEntry): string {
  return `${ledgerPreimage(entry).slice(0, -1)},"digest":"${entry.digest}"}`;
}

/**
 * Reads an export line by line. `verifyLedger` of `@lodestone/trust` checks the chain.
 * @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` with the line's number
 */
export function parseLedger(ndjson: string): LedgerEntry[] {
  return ndjson
    .split('\n')
    .filter((line, i, lines) => line !== '' || i < lines.length - 1)
    .map((line, i) => {
      const what = `ledger line ${i + 1}`;
      if (line.length > LIMITS.ledgerLineBytes)
        throw new LodestoneError('ERR_SIZE', `${what}: longer than ${LIMITS.ledgerLineBytes} characters`);
      let json: unknown;
      try {
        json = JSON.parse(line);
      } catch (cause) {
        throw new LodestoneError('ERR_SCHEMA', `${what}: not JSON`, { cause });
      }
      const entry = check(LedgerEntry, json, what);
      if (printLedgerLine(entry) !== line)
        throw new LodestoneError(
          'ERR_SCHEMA',
          `${what}: not in canonical form: export the ledger again instead of editing it`,
        );
      return entry;
    });
}
