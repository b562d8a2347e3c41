/**
 * SHA-256 digests as text, with one type per subject so that the compiler keeps them apart. Each is also a `Digest`.
 * A plain `Digest` becomes one of them, by a cast, where code knows what was digested. Spec: docs/design/overview.md#names
 */
import * as z from 'zod/mini';

/** SHA-256, 64 lower-case hex digits. */
export type Digest = string & z.$brand<'Digest'>;
export const Digest: z.ZodMiniType<Digest> = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hex'))
  .brand<'Digest'>();

/** Digest of a signed order. */
export type OrderDigest = Digest & z.$brand<'OrderDigest'>;
/** Digest of the signed manifest of a list or a model. */
export type ManifestDigest = Digest & z.$brand<'ManifestDigest'>;
/** Digest of the file that a manifest names: a `.lode` file or a model. */
export type FileDigest = Digest & z.$brand<'FileDigest'>;
