/** Instants with second precision, and days; both in UTC. */
import * as z from 'zod/mini';

/** A moment in UTC to the second, `2026-11-24T08:00:00Z`. */
export type Instant = string & z.$brand<'Instant'>;
export const Instant: z.ZodMiniType<Instant> = z
  .string()
  .check(
    z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'not a UTC time such as 2026-11-24T08:00:00Z'),
    z.refine((text) => toInstant(Date.parse(text)) === text, 'not an existing day or time'),
  )
  .brand<'Instant'>();

/** Prints milliseconds since 1970-01-01 UTC, truncated to the second. */
export function toInstant(ms: number): Instant {
  return (Number.isFinite(ms) ? `${new Date(ms).toISOString().slice(0, 19)}Z` : '') as Instant;
}
export function fromInstant(instant: Instant): number {
  return Date.parse(instant);
}

/** Days since 1970-01-01 UTC. A signal carries no finer time. */
export type Day = number & z.$brand<'Day'>;
export const DAY_MS = 86_400_000;
export function toDay(ms: number): Day {
  return Math.floor(ms / DAY_MS) as Day;
}
