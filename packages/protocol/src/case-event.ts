/**
 * What the receiver tells the provider's other systems about a case: its decisions, and what people ask of those systems.
 * Flow: receiver → a line of `events`, or a signed callback → the provider's systems. Spec: docs/design/receiver.md#events
 */
import * as z from 'zod/mini';
import { CASE_REASONS, type CaseReason } from './case-review.ts';
import { parseDocument } from './document.ts';
import { Name } from './name.ts';
import { Instant } from './time.ts';

/** Of a body. The longest possible one has about 500. */
export const CASE_EVENT_BYTES = 4_096;

/** Decisions of people, as lines of `events`. */
export const DECISION_EVENTS = [
  'case.confirmed', // by two people
  'case.dismissed',
  'case.reported',
  'case.upheld', // a contest changed nothing
  'case.overturned',
] as const;
export type DecisionEvent = (typeof DECISION_EVENTS)[number];

/** What a lead asks of a system, as callbacks. */
export const REQUEST_EVENTS = [
  'case.preserve', // keep what the provider has about the account, for those who investigate
  'case.takedown', // take offline what the account made available
  'case.withdrawn', // the decision was overturned: what was asked before is asked no more
] as const;
export type RequestEvent = (typeof REQUEST_EVENTS)[number];

export interface CaseEvent {
  type: DecisionEvent | RequestEvent;
  timestamp: Instant;
  data: {
    case: number;
    /** 32 hex digits; null once the case was deleted. Only the account service can map it to an account. */
    pseudonym: string | null;
    order: { source: Name; orderId: Name } | null;
    /** For `case.dismissed` and `case.overturned`. */
    reason?: CaseReason | undefined;
  };
}

const CaseEvent: z.ZodMiniType<CaseEvent> = z.strictObject({
  type: z.enum([...DECISION_EVENTS, ...REQUEST_EVENTS]),
  timestamp: Instant,
  data: z.strictObject({
    case: z.int().check(z.gte(1)),
    pseudonym: z.nullable(z.string().check(z.regex(/^[0-9a-f]{32}$/))),
    order: z.nullable(z.strictObject({ source: Name, orderId: Name })),
    reason: z.optional(z.enum(CASE_REASONS)),
  }),
});

/** Reads the body of a callback or of a line, after its signature was verified. @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseCaseEvent(bytes: Uint8Array): CaseEvent {
  return parseDocument(CaseEvent, bytes, { what: 'case event', maxBytes: CASE_EVENT_BYTES });
}
