/**
 * The record of review: one line for each action on a case, a user or stored data; hash-chained and append-only. It shows an auditor
 * the process and no subject: no pseudonym, order, entry, text or content. `lodestone-audit record FILE` reads the export.
 * Flow: receiver/record → export → audit. Spec: docs/design/receiver.md#record
 */
import * as z from 'zod/mini';
import {
  ACTOR_ROLES,
  type ActorRole,
  CASE_ACTIONS,
  CASE_REASONS,
  CASE_STATES,
  type CaseAction,
  type CaseReason,
  type CaseState,
  REASONED_ACTIONS,
  type ReasonedAction,
  type Role,
  ROLES,
} from './case-review.ts';
import { Digest } from './digest.ts';
import { check } from './document.ts';
import { LodestoneError } from './error.ts';
import { REQUESTING_ROLES, SIGNING_ROLES } from './lookup.ts';
import { Name } from './name.ts';
import { Instant } from './time.ts';

export const RECORD_SCHEMA = 'lodestone/record/v1';
/** In characters, which are ASCII. The longest possible line has 500. */
export const RECORD_LINE_CHARS = 1_024;
export const RECORD_ENTRIES = 500_000;

export type DataAction =
  | 'hold'
  | 'unhold'
  | 'preserve'
  | 'takedown'
  | 'request-lookup'
  | 'sign-lookup'
  | 'save-lookup'
  | 'question-entry'
  | 'keep-entry'
  | 'release-entry'
  | 'export'
  | 'erase'
  | 'purge';
/**
 * Actions on stored data, and who may take them. `hold` keeps a case from being deleted, until `unhold`. `preserve` and `takedown` ask
 * the provider's other systems for something, because of a case.
 * `request-lookup` and `sign-lookup` ask the account service whose pseudonym it is; `save-lookup` is the signed file that leaves the console.
 * The actions on an entry are about one that many subjects matched at once, and that so many undecided cases have.
 */
export const DATA_ROLES: Readonly<Record<DataAction, readonly Role[]>> = {
  hold: ['lead'],
  unhold: ['lead'],
  preserve: ['lead'],
  takedown: ['lead'],
  'request-lookup': REQUESTING_ROLES,
  'sign-lookup': SIGNING_ROLES,
  'save-lookup': REQUESTING_ROLES,
  'question-entry': ['lead'],
  'keep-entry': ['lead'],
  'release-entry': ['lead'],
  export: ['lead'],
  erase: ['lead'],
  purge: ['lead', 'administrator'],
};
export const HOLD_ACTIONS = ['hold', 'unhold'] as const;
export type HoldAction = (typeof HOLD_ACTIONS)[number];
export const REQUEST_ACTIONS = ['preserve', 'takedown'] as const;
export type RequestAction = (typeof REQUEST_ACTIONS)[number];
export const LOOKUP_ACTIONS = ['request-lookup', 'sign-lookup', 'save-lookup'] as const;
export type LookupAction = (typeof LOOKUP_ACTIONS)[number];
/** `question-entry` asks the list's authority, `keep-entry` leaves the entry in quarantine, `release-entry` lets it count again. */
export const FLOOD_ACTIONS = ['question-entry', 'keep-entry', 'release-entry'] as const;
export type FloodAction = (typeof FLOOD_ACTIONS)[number];

/** Why a lead decided so about an entry in a flood. The text that explains it is a note, which the record does not contain. */
export const FLOOD_REASONS = [
  'entry-doubtful', // innocent content seems to match it
  'spread-on-purpose', // somebody sent one file to many, or had many accounts signal
  'technical-error', // a test, a defect, or forged signals
  'not-known', // it is not known yet why so many match
  'authority-confirmed', // the list's authority looked at the entry, and it is right
  'real-spread', // the listed content is spreading
] as const;
export type FloodReason = (typeof FLOOD_REASONS)[number];

/** `invite`: a one-time link to sign in to the console, also to replace a lost passphrase. */
export const USER_ACTIONS = ['add', 'remove', 'invite'] as const;
export type UserAction = (typeof USER_ACTIONS)[number];

interface CaseEntryFields {
  type: 'case';
  /** The case's number, which is never reused and says nothing about its subject. */
  case: number;
  before: CaseState;
  after: CaseState;
}

export type CaseRecord = CaseEntryFields &
  ({ action: ReasonedAction; reason: CaseReason } | { action: Exclude<CaseAction, ReasonedAction> });

export interface UserRecord {
  type: 'user';
  action: UserAction;
  /** Names are never reused. */
  user: Name;
  userRole: Role;
}

/** What was done to stored data: to one case, or to so many. */
export type DataRecord =
  | { type: 'data'; action: HoldAction | RequestAction | LookupAction; case: number }
  | { type: 'data'; action: FloodAction; reason: FloodReason; cases: number }
  | {
      type: 'data';
      action: Exclude<DataAction, HoldAction | RequestAction | LookupAction | FloodAction>;
      cases: number;
    };

/** What a user did. */
export type RecordedAction = CaseRecord | UserRecord | DataRecord;

/** `digest` is the SHA-256 of the line without it. `previous` is the digest of the entry before, zeros for the first. */
export type RecordEntry = {
  seq: number;
  /** By the receiver's clock; never earlier than the entry before. */
  time: Instant;
  previous: Digest;
  actor: Name;
  role: ActorRole;
  digest: Digest;
} & RecordedAction;

/** First line of an export. */
export interface RecordHeader {
  schema: typeof RECORD_SCHEMA;
  entries: number;
  /** Digest of the last entry; zeros if there is none. */
  head: Digest;
}

export interface CaseRecordFile {
  header: RecordHeader;
  entries: RecordEntry[];
}

export const NO_ENTRY: Digest = '0'.repeat(64) as Digest;

const count: z.ZodMiniType<number> = z.int().check(z.gte(0));
const frame = { seq: count, time: Instant, previous: Digest, actor: Name, role: z.enum(ACTOR_ROLES) };
const caseFrame = { ...frame, type: z.literal('case'), case: z.int().check(z.gte(1)) };
const dataFrame = { ...frame, type: z.literal('data') };
const states = { before: z.enum(CASE_STATES), after: z.enum(CASE_STATES), digest: Digest };
const unreasoned = CASE_ACTIONS.filter((action) => !(REASONED_ACTIONS as readonly CaseAction[]).includes(action));

export const RecordEntry: z.ZodMiniType<RecordEntry> = z.union([
  z.strictObject({ ...caseFrame, action: z.enum(REASONED_ACTIONS), reason: z.enum(CASE_REASONS), ...states }),
  z.strictObject({
    ...caseFrame,
    action: z.enum(unreasoned as Exclude<CaseAction, ReasonedAction>[]),
    ...states,
  }),
  z.strictObject({
    ...frame,
    type: z.literal('user'),
    action: z.enum(USER_ACTIONS),
    user: Name,
    userRole: z.enum(ROLES),
    digest: Digest,
  }),
  z.strictObject({
    ...dataFrame,
    action: z.enum([...HOLD_ACTIONS, ...REQUEST_ACTIONS, ...LOOKUP_ACTIONS]),
    case: z.int().check(z.gte(1)),
    digest: Digest,
  }),
  z.strictObject({
    ...dataFrame,
    action: z.enum(FLOOD_ACTIONS),
    reason: z.enum(FLOOD_REASONS),
    cases: count,
    digest: Digest,
  }),
  z.strictObject({ ...dataFrame, action: z.enum(['export', 'erase', 'purge']), cases: count, digest: Digest }),
]);

const RecordHeader: z.ZodMiniType<RecordHeader> = z.strictObject({
  schema: z.literal(RECORD_SCHEMA),
  entries: count,
  head: Digest,
});

/** The text that `digest` covers: the entry without its digest, with the keys in this order. */
export function recordPreimage(entry: Omit<RecordEntry, 'digest'> & RecordedAction): string {
  const { seq, time, previous, actor, role } = entry;
  const start = { seq, time, previous, actor, role, type: entry.type };
  const reason = 'reason' in entry ? { reason: entry.reason } : {};
  if (entry.type === 'user') {
    const { action, user, userRole } = entry;
    return JSON.stringify({ ...start, action, user, userRole });
  }
  if (entry.type === 'data') {
    const on = 'case' in entry ? { case: entry.case } : { cases: entry.cases };
    return JSON.stringify({ ...start, action: entry.action, ...reason, ...on });
  }
  const { case: caseNo, action, before, after } = entry;
  return JSON.stringify({ ...start, case: caseNo, action, ...reason, before, after });
}

/** One line of NDJSON: the preimage with `digest` as its last key. */
export function printRecordLine(entry: RecordEntry): string {
  return `${recordPreimage(entry).slice(0, -1)},"digest":"${entry.digest}"}`;
}

/** First line of an export, for a record of so many entries that ends with `head`. */
export function printRecordHeader(entries: number, head: Digest): string {
  return JSON.stringify({ schema: RECORD_SCHEMA, entries, head });
}

/**
 * Reads an export. Whether its header and its chain are true is for `@lodestone/trust`.
 * @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` with the line's number
 */
export function parseRecord(ndjson: string): CaseRecordFile {
  const lines = ndjson.split('\n');
  if (lines.pop() !== '')
    throw new LodestoneError('ERR_SCHEMA', 'record: its last line is cut off; export the record again');
  if (lines.length > RECORD_ENTRIES + 1)
    throw new LodestoneError('ERR_SIZE', `record: more than ${RECORD_ENTRIES} entries`);
  const [first = '', ...rest] = lines;
  const header = parseLine(RecordHeader, first, 1, ({ entries, head }) => printRecordHeader(entries, head));
  return { header, entries: rest.map((line, i) => parseLine(RecordEntry, line, i + 2, printRecordLine)) };
}

/** Reads one line of an entry, as the receiver stores it. @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseRecordLine(line: string): RecordEntry {
  return parseLine(RecordEntry, line, 1, printRecordLine);
}

function parseLine<T>(schema: z.ZodMiniType<T>, line: string, no: number, print: (value: T) => string): T {
  const what = `record line ${no}`;
  if (line.length > RECORD_LINE_CHARS)
    throw new LodestoneError('ERR_SIZE', `${what}: longer than ${RECORD_LINE_CHARS} characters`);
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new LodestoneError('ERR_SCHEMA', `${what}: not JSON`, { cause });
  }
  const value = check(schema, json, what);
  if (print(value) !== line)
    throw new LodestoneError(
      'ERR_SCHEMA',
      `${what}: not in canonical form: export the record again instead of editing it`,
    );
  return value;
}
