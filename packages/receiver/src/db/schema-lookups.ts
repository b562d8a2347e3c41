/** The table of look-ups that people ask for and sign in the console. Flow: ../lookups → here. Spec: docs/design/contracts.md#look-up */
import type { LookupRole } from '@lodestone/protocol/lookup';
import type { Name } from '@lodestone/protocol/name';
import type { Generated } from 'kysely';

/** Subject and order of the request are those of its case, with which it is deleted. */
export interface LookupsTable {
  lookupNo: Generated<number>;
  caseNo: number;
  reason: string;
  /** The request's `notAfter`, in milliseconds since 1970. */
  endsAt: number;
  askedBy: Name;
  askedRole: LookupRole;
  /** 64 bytes in hex. */
  askedSignature: string;
  /** These three are null until the second signature. */
  signedBy: Name | null;
  signedRole: LookupRole | null;
  signedSignature: string | null;
}
