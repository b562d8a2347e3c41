/**
 * A request to learn whose pseudonym it is, for the account service alone: one pseudonym, signed by two people with different roles.
 * Flow: receiver → a person of the account service. Spec: docs/design/contracts.md#look-up
 */
import * as z from 'zod/mini';
import { utf8 } from './bytes.ts';
import { parseDocument } from './document.ts';
import { Name } from './name.ts';
import { text } from './text.ts';
import { Instant } from './time.ts';

export const LOOKUP_SCHEMA = 'lodestone/lookup/v1';
export const LOOKUP_BYTES = 16_384;
/** From the request to the answer. */
export const LOOKUP_DAYS = 7;

/** Who asks: somebody who reviews cases. */
export const REQUESTING_ROLES = ['reviewer', 'lead'] as const;
/** Who signs as well: somebody who cannot act on a case. */
export const SIGNING_ROLES = ['auditor', 'administrator'] as const;
export type LookupRole = (typeof REQUESTING_ROLES)[number] | (typeof SIGNING_ROLES)[number];

export interface LookupRequest {
  case: number;
  /** 32 hex digits. */
  pseudonym: string;
  order: { source: Name; orderId: Name };
  /** Why the account has to be known. */
  reason: string;
  /** Afterwards, nobody answers. */
  notAfter: Instant;
}

export interface LookupSignature {
  name: Name;
  role: LookupRole;
  /** Ed25519 over `lookupMessage`, 64 bytes in hex. */
  signature: string;
}

export interface Lookup {
  schema: typeof LOOKUP_SCHEMA;
  request: LookupRequest;
  /** First who asks, then who signs as well. */
  signatures: LookupSignature[];
}

const hex = (digits: number): z.ZodMiniType<string> => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
const Lookup: z.ZodMiniType<Lookup> = z.strictObject({
  schema: z.literal(LOOKUP_SCHEMA),
  request: z.strictObject({
    case: z.int().check(z.gte(1)),
    pseudonym: hex(32),
    order: z.strictObject({ source: Name, orderId: Name }),
    reason: text(2_000),
    notAfter: Instant,
  }),
  signatures: z
    .array(z.strictObject({ name: Name, role: z.enum([...REQUESTING_ROLES, ...SIGNING_ROLES]), signature: hex(128) }))
    .check(z.minLength(1), z.maxLength(2)),
});

/** @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseLookup(bytes: Uint8Array): Lookup {
  return parseDocument(Lookup, bytes, { what: 'look-up', maxBytes: LOOKUP_BYTES, schema: LOOKUP_SCHEMA });
}

/** As a file, with its line break. */
export function printLookup(lookup: Lookup): string {
  return `${JSON.stringify(lookup, undefined, 2)}\n`;
}

/** What one person signs: the request, and their own name and role. */
export function lookupMessage(
  request: LookupRequest,
  { name, role }: Pick<LookupSignature, 'name' | 'role'>,
): Uint8Array<ArrayBuffer> {
  const { case: caseNo, pseudonym, order, reason, notAfter } = request;
  return utf8(
    JSON.stringify([LOOKUP_SCHEMA, name, role, caseNo, pseudonym, order.source, order.orderId, reason, notAfter]),
  );
}
