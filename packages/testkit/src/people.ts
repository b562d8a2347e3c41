/** The users of a receiver in tests: who reviews cases, and with which role. Administrator first: it adds the others. */
import type { Role } from '@lodestone/protocol/case-review';

export const PEOPLE = {
  root: 'administrator',
  ada: 'reviewer',
  bo: 'reviewer',
  cy: 'reviewer',
  lea: 'lead',
  otto: 'auditor',
} as const satisfies Record<string, Role>;
export type Person = keyof typeof PEOPLE;
