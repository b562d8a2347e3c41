/** SHA-256 digests as text. */
import * as z from 'zod/mini';

/** SHA-256, 64 lower-case hex digits. */
export type Digest = string & z.$brand<'Digest'>;
export const Digest: z.ZodMiniType<Digest> = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hex'))
  .brand<'Digest'>();
