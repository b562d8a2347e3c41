/** The small words that every contract shares: names, paths, digests, times, surfaces, media, actions. */
import * as z from 'zod/mini';
import { LIMITS } from './limits.ts';

/** Where content passes in the host app. */
export type Surface = 'send' | 'receive' | 'upload' | 'profile';
export const SURFACES: readonly ['send', 'receive', 'upload', 'profile'] = ['send', 'receive', 'upload', 'profile'];
export const Surface: z.ZodMiniType<Surface> = z.enum(SURFACES);

/** What the bytes are, by their own signature, never by a claimed type. */
export type Media = 'image' | 'video' | 'file';
export const MEDIA: readonly ['image', 'video', 'file'] = ['image', 'video', 'file'];
export const Media: z.ZodMiniType<Media> = z.enum(MEDIA);

/** What the host does with content. Ordered: each is stricter than the one before. */
export type Action = 'allow' | 'warn' | 'block';
export const ACTIONS: readonly ['allow', 'warn', 'block'] = ['allow', 'warn', 'block'];
export const Action: z.ZodMiniType<Action> = z.enum(ACTIONS);

/** SHA-256, 64 lower-case hex digits. */
export type Digest = string & z.$brand<'Digest'>;
export const Digest: z.ZodMiniType<Digest> = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hex'))
  .brand<'Digest'>();

/** Name of an authority, a list or an order: lower-case letters, digits, hyphens. */
export type Name = string & z.$brand<'Name'>;
export const Name: z.ZodMiniType<Name> = z
  .string()
  .check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'not a name: a-z, 0-9 and inner hyphens, at most 64'))
  .brand<'Name'>();

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

/** A moment in UTC to the second, `2026-11-24T08:00:00Z`. */
export type Instant = string & z.$brand<'Instant'>;
export const Instant: z.ZodMiniType<Instant> = z
  .string()
  .check(
    z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'not a UTC time such as 2026-11-24T08:00:00Z'),
    z.refine((text) => toInstant(Date.parse(text)) === text, 'no such day or hour'),
  )
  .brand<'Instant'>();

/** Milliseconds since 1970-01-01 UTC, cut to the second, as text. */
export function toInstant(ms: number): Instant {
  return (Number.isFinite(ms) ? `${new Date(ms).toISOString().slice(0, 19)}Z` : '') as Instant;
}
export function fromInstant(instant: Instant): number {
  return Date.parse(instant);
}

/** Days since 1970-01-01 UTC: the finest time that a signal carries. */
export type Day = number & z.$brand<'Day'>;
export const DAY_MS = 86_400_000;
export function toDay(ms: number): Day {
  return Math.floor(ms / DAY_MS) as Day;
}

/** BCP 47 language tag, simple form. */
export const Language: z.ZodMiniType<string> = z.string().check(z.regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/));

/** Text for people: bounded, no control characters. */
export function text(maxChars: number): z.ZodMiniType<string> {
  return z.string().check(
    z.minLength(1),
    z.maxLength(maxChars),
    z.refine((value) => !/\p{Cc}/u.test(value), 'has control characters'),
  );
}

/** An https address; http only on this machine, for demos and tests. No credentials, no fragment. */
export type WebAddress = string & z.$brand<'WebAddress'>;
export const WebAddress: z.ZodMiniType<WebAddress> = z
  .string()
  .check(
    z.maxLength(2_000),
    z.refine((value) => {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      if (!url || url.username || url.password || url.hash) return false;
      return (
        url.protocol === 'https:' ||
        (url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
      );
    }, 'not an https address (http is allowed on localhost only)'),
  )
  .brand<'WebAddress'>();

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
