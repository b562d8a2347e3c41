/**
 * The result of every command: claims, each with how it was tested, the result and a status; then facts and limits.
 * Flow: commands/ → here → formats/ (text, JSON, HTML). The exit code follows from the claims.
 * Spec: docs/design/audit.md#claims
 */
import { createRequire } from 'node:module';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Instant, toInstant } from '@lodestone/protocol/time';

/** `not-tested` fails nothing, but is shown: a report must not present what it could not test as proven. */
export const CLAIM_STATUSES = ['pass', 'fail', 'not-tested'] as const;
export type ClaimStatus = (typeof CLAIM_STATUSES)[number];

export interface Claim {
  /** Stable, in kebab-case, never reused. A claim about several subjects (mirrors, hashes) appears once for each. */
  id: string;
  /** A statement that reads on its own. */
  title: string;
  /** How the statement was tested. */
  tested: string;
  /** The finding of the test, with figures. Each line of a list begins with `\n- `. */
  result: string;
  status: ClaimStatus;
}

/** How a test ended: the second half of a claim. */
export type Outcome = Pick<Claim, 'result' | 'status'>;

export const pass = (result: string): Outcome => ({ result, status: 'pass' });
export const fail = (result: string): Outcome => ({ result, status: 'fail' });
export const notTested = (result: string): Outcome => ({ result, status: 'not-tested' });

/** The claims that a command can make: id and title. */
export type ClaimTitles = Readonly<Record<string, string>>;

export type ClaimBuilder<T extends ClaimTitles> = (
  id: keyof T & string,
  tested: string,
  outcome: Outcome,
  title?: string,
) => Claim;

/** @returns a function that builds claims of the table; its `title` replaces the table's where a claim names its subject */
export function claimBuilder<const T extends ClaimTitles>(titles: T): ClaimBuilder<T> {
  return (id, tested, outcome, title = titles[id] ?? id) => ({ id, title, tested, ...outcome });
}

export interface Report<F = unknown> {
  schema: 'lodestone/audit/v1';
  command: string;
  /** Version of this package. */
  tool: string;
  at: Instant;
  /** The file or address that was audited. */
  subject: string;
  /** What a reader must know before the claims; empty for most commands. */
  caveat: string;
  claims: readonly Claim[];
  /** Limits: facts that a run of this command cannot detect, whatever its result. */
  limits: readonly string[];
  facts: F;
}

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

export function reportOf<F>(
  command: string,
  subject: string,
  {
    claims,
    limits,
    facts,
    caveat = '',
  }: Pick<Report<F>, 'claims' | 'limits' | 'facts'> & Partial<Pick<Report, 'caveat'>>,
): Report<F> {
  const at = toInstant(Date.now());
  return { schema: 'lodestone/audit/v1', command, tool: version, at, subject, caveat, claims, limits, facts };
}

/** One failed claim fails the report; a report without a passed claim is not tested. */
export function statusOf({ claims }: Pick<Report, 'claims'>): ClaimStatus {
  if (claims.some(({ status }) => status === 'fail')) return 'fail';
  return claims.some(({ status }) => status === 'pass') ? 'pass' : 'not-tested';
}

/** `error`: a wrong option, or a machine, server or app that does not let the test run. */
export const EXIT_CODES: { readonly [S in ClaimStatus | 'error']: number } = {
  pass: 0,
  fail: 1,
  'not-tested': 2,
  error: 2,
};

/** The same for people. The help prints it; a test compares the README, the guide and the specification with it. */
export const EXIT_CODE_MEANINGS: Readonly<Record<number, string>> = {
  0: 'at least one claim passes and none fails',
  1: 'at least one claim fails',
  2: 'the test could not be made: no claim could be tested, an option is wrong, or a file, server, browser or the app is missing or does not answer',
};

/** The text of an expected error, for a claim's result. Any other error is a defect of this program and is thrown again. */
export function errorText(error: unknown): string {
  if (error instanceof LodestoneError) return `${error.code}: ${error.message}.`;
  throw error;
}

/** `1 request`, `2 requests`. */
export function count(many: number, one: string, more: string = `${one}s`): string {
  return `${many.toLocaleString('en')} ${many === 1 ? one : more}`;
}
