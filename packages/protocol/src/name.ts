/** Names of authorities, lists and orders, as documents and target paths contain them. Spec: docs/design/contracts.md#target-paths */
import * as z from 'zod/mini';

/** Name of an authority, a list or an order: lower-case letters, digits, hyphens. */
export type Name = string & z.$brand<'Name'>;
export const Name: z.ZodMiniType<Name> = z
  .string()
  .check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'not a name: a-z, 0-9 and inner hyphens, at most 64'))
  .brand<'Name'>();
