/** Where signed targets are: paths, references to a source's path, and files fixed by length and digest. */
import * as z from 'zod/mini';
import { Digest } from './digest.ts';
import { LIMITS } from './limits.ts';
import { Name } from './name.ts';

/** Path of a TUF target: `v1/…`, segments of safe characters, no dots at a segment's start. */
export type TargetPath = string & z.$brand<'TargetPath'>;
const TARGET_PATH = 'v1(?:/[a-z0-9][a-z0-9._-]{0,127}){1,6}';
export const TargetPath: z.ZodMiniType<TargetPath> = z
  .string()
  .check(z.regex(new RegExp(`^${TARGET_PATH}$`), 'not a target path: v1/… in a-z, 0-9, dot, underscore, hyphen'))
  .brand<'TargetPath'>();

/** A target of a named source, `source:path`. */
export type TargetReference = string & z.$brand<'TargetReference'>;
export const TargetReference: z.ZodMiniType<TargetReference> = z
  .string()
  .check(z.regex(new RegExp(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?:${TARGET_PATH}$`), 'not source:path'))
  .brand<'TargetReference'>();

/** Splits `source:path`; both parts were checked by the schema. */
export function splitReference(reference: TargetReference): { source: Name; path: TargetPath } {
  const colon = reference.indexOf(':');
  return { source: z.parse(Name, reference.slice(0, colon)), path: z.parse(TargetPath, reference.slice(colon + 1)) };
}

/** A file among an authority's targets, fixed by length and digest. */
export interface TargetFile {
  path: TargetPath;
  length: number;
  sha256: Digest;
}
export const TargetFile: z.ZodMiniType<TargetFile> = z.strictObject({
  path: TargetPath,
  length: z.int().check(z.gte(1), z.lte(LIMITS.listFileBytes)),
  sha256: Digest,
});
