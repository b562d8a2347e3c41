/**
 * What every command comes to: promises, each with how it was tested, what was seen, and whether it holds.
 * Flow: a command → here → text, JSON (`--json`) or a page for people (`html/`). The exit code is the verdict's.
 */
import { createRequire } from 'node:module';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Instant, toInstant } from '@lodestone/protocol/time';

/** `untested` is said aloud and fails nothing: what a run could not look at must not read as proven. */
export type Verdict = 'holds' | 'broken' | 'untested';

export interface Claim {
  /** What is promised, in a sentence that needs no other. */
  promise: string;
  /** What was done to find out. */
  tested: string;
  /** What came of it, with figures. */
  seen: string;
  verdict: Verdict;
}

/** How a test came out: the second half of a claim. */
export type Outcome = Pick<Claim, 'seen' | 'verdict'>;

export const holds = (seen: string): Outcome => ({ seen, verdict: 'holds' });
export const broken = (seen: string): Outcome => ({ seen, verdict: 'broken' });
export const untested = (seen: string): Outcome => ({ seen, verdict: 'untested' });

export type Command = 'ledger' | 'sandbox' | 'list' | 'capture' | 'compare' | 'probe';

export interface Report<F = unknown> {
  schema: 'lodestone/audit/v1';
  command: Command;
  /** Of this package. */
  tool: string;
  at: Instant;
  /** What was looked at: a file, an address. */
  subject: string;
  claims: readonly Claim[];
  /** What a run of this kind cannot see, whatever it says. */
  limits: readonly string[];
  facts: F;
}

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

export function reportOf<F>(
  command: Command,
  subject: string,
  { claims, limits, facts }: Pick<Report<F>, 'claims' | 'limits' | 'facts'>,
): Report<F> {
  const at = toInstant(Date.now());
  return { schema: 'lodestone/audit/v1', command, tool: version, at, subject, claims, limits, facts };
}

/** One broken promise breaks the whole; a run that tested nothing holds nothing. */
export function verdictOf({ claims }: Pick<Report, 'claims'>): Verdict {
  if (claims.some(({ verdict }) => verdict === 'broken')) return 'broken';
  return claims.some(({ verdict }) => verdict === 'holds') ? 'holds' : 'untested';
}

export const EXIT: { readonly [V in Verdict]: number } & { readonly usage: number } = {
  holds: 0,
  broken: 1,
  untested: 1,
  /** Also where this machine or the app under test did not let the test run. */
  usage: 2,
};

/** What an error of ours says, as what was seen; anything else is a fault of this program and goes on. */
export function messageOf(error: unknown): string {
  if (error instanceof LodestoneError) return `${error.code}: ${error.message}.`;
  throw error;
}

/** `1 request`, `2 requests`. */
export function count(many: number, one: string, more: string = `${one}s`): string {
  return `${many.toLocaleString('en')} ${many === 1 ? one : more}`;
}
