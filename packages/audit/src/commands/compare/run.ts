/**
 * `lodestone-audit compare`: runs the same session with matching and with innocent files, in pairs, and tests whether a network
 * observer could tell them apart. Flow: pairs of sessions → observation → claims.
 * Spec: docs/design/audit.md#compare, docs/design/outbox.md#cover-traffic
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Adapter } from '../../traffic/adapter.ts';
import { type RecordedEngine, isBrowserMaker } from '../../traffic/recorded-browser.ts';
import { readCorpus } from '../../traffic/corpus.ts';
import { type Attachable, runSession } from '../../traffic/session.ts';
import {
  compareClaims,
  observerLearns,
  type SessionGroups,
  type Tests,
  testsOf,
  withImmediateRequests,
} from './claims.ts';
import { observe, type Observed } from './observation.ts';
import { type Report, reportOf, notTested } from '../../report/report.ts';

export interface CompareOptions {
  engine: RecordedEngine;
  url: string;
  adapter: Adapter;
  firstParty?: readonly string[];
  /** Folder of files that match. */
  matching: string;
  /** Folder of the same number of files that do not match. */
  innocent: string;
  /** Pairs of sessions. */
  pairs: number;
  /** Between files, so that each can have its own send slot. */
  pauseMs: number;
  waitAfterMs: number;
  say?: (line: string) => void;
  memoryFile?: string | undefined;
}

export interface CompareFacts extends SessionGroups {
  tests: Tests;
  /** The same tests with a request inserted immediately after each match. */
  control: Tests;
  observerLearns: readonly string[];
}

export async function auditCompare(options: CompareOptions): Promise<Report<CompareFacts>> {
  const { url, adapter, pairs, say = () => {} } = options;
  const firstParty = [...new Set([new URL(url).origin, ...(options.firstParty ?? [])])];
  const [matching, innocent] = await Promise.all([readCorpus(options.matching), readCorpus(options.innocent)]);
  if (matching.length !== innocent.length) {
    throw new LodestoneError(
      'ERR_USAGE',
      `--matching has ${matching.length} files and --innocent ${innocent.length}: use the same number`,
    );
  }
  const groups: { matching: Observed[]; innocent: Observed[] } = { matching: [], innocent: [] };
  for (let pair = 1; pair <= pairs; pair++) {
    const session = (kind: keyof SessionGroups, files: readonly Attachable[]): Promise<Observed> =>
      observeSession({ ...options, firstParty, say: (line) => say(`[${pair} of ${pairs}, ${kind}] ${line}`) }, files);
    // Both at the same time, so that load on this machine and the servers affects both equally.
    const [one, other] = await Promise.all([session('matching', matching), session('innocent', innocent)]);
    groups.matching.push(one);
    groups.innocent.push(other);
  }
  return reportOf('compare', `${adapter.name} at ${url}, ${pairs} pairs of sessions in ${options.engine}`, {
    claims: sameResults(groups)
      ? compareClaims(groups).map((claim) => ({
          ...claim,
          ...notTested('The app reported the same results for matching and innocent files, so nothing was compared.'),
        }))
      : compareClaims(groups),
    limits: LIMITS_OF_COMPARE,
    facts: {
      ...groups,
      tests: testsOf(groups),
      control: testsOf({ ...groups, matching: withImmediateRequests(groups.matching) }),
      observerLearns: observerLearns(groups),
    },
  });
}

const LIMITS_OF_COMPARE = [
  'The host’s traffic is not tested. If a host does not send blocked content, a network observer may notice that nothing was sent.',
  'A statistical test never proves that there is no difference, only that none as large as the control’s was found.',
  'Someone who reads the unlocked storage of the device can tell that there were matches, even with cover traffic.',
  'Sessions here last seconds or minutes. An order with few slots a day would need days; audit it with a test order that has many.',
];

async function observeSession(
  options: CompareOptions & { firstParty: readonly string[]; say: (line: string) => void },
  files: readonly Attachable[],
): Promise<Observed> {
  const session = await runSession({ ...options, files });
  return observe(session, {
    firstParty: options.firstParty,
    isBrowserMaker: (host) => isBrowserMaker(options.engine, host),
  });
}

/** An app whose adapter reports no results cannot be checked for this. */
function sameResults({ matching, innocent }: SessionGroups): boolean {
  const results = (sessions: readonly Observed[]): string =>
    sessions.flatMap(({ attached }) => attached.map((one) => one.result)).join('\n');
  return results(matching) !== '' && results(matching) === results(innocent);
}
