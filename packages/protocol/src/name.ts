/** Names of authorities, lists and orders, as documents and target paths contain them. Spec: docs/design/contracts.md#target-paths */
import type * as z from 'zod/mini';
import { ruled } from './text.ts';
import { whyNotName } from './vocabulary.ts';

/** Name of an authority, a list or an order: lower-case letters, digits, hyphens. */
export type Name = string & z.$brand<'Name'>;
export const Name: z.ZodMiniType<Name> = ruled(whyNotName).brand<'Name'>();
