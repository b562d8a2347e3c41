/**
 * `lodestone-audit compare`: the same session with files that match and with innocent ones, side by side, several times. Can
 * who watches the network tell them apart? Flow: sessions in pairs → observed → judged. Spec: DESIGN §4 (slots and cover),
 * §8; auditor's demand 8.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Adapter } from '../../traffic/adapter.ts';
import { type CaptureEngine, isMakers } from '../../traffic/recorded-browser.ts';
import { readCorpus } from '../../traffic/corpus.ts';
import { type Attachable, runSession } from '../../traffic/session.ts';
import { type Arms, careless, claimsOf, learned, type Test, testsOf } from './claims.ts';
import { observe, type Observed } from './observation.ts';
import { type Report, reportOf, untested } from '../../report/report.ts';

export interface CompareOptions {
  engine: CaptureEngine;
  url: string;
  adapter: Adapter;
  own?: readonly string[];
  /** Folder of files that match. */
  matching: string;
  /** Folder of as many files that do not. */
  innocent: string;
  /** Pairs of sessions. */
  pairs: number;
  /** Between files, so that each has a slot to itself. */
  pauseMs: number;
  settleMs: number;
  say?: (line: string) => void;
  memoryFile?: string | undefined;
}

export interface CompareFacts extends Arms {
  tests: readonly Test[];
  /** The same tests where a request at once after each match was put in. */
  control: readonly Test[];
  learned: readonly string[];
}

export async function auditCompare(options: CompareOptions): Promise<Report<CompareFacts>> {
  const { url, adapter, pairs, say = () => {} } = options;
  const own = [...new Set([new URL(url).origin, ...(options.own ?? [])])];
  const [matching, innocent] = await Promise.all([readCorpus(options.matching), readCorpus(options.innocent)]);
  if (matching.length !== innocent.length) {
    throw new LodestoneError(
      'ERR_USAGE',
      `the two folders must have as many files: ${matching.length} match, ${innocent.length} are innocent`,
    );
  }
  const arms: { matching: Observed[]; innocent: Observed[] } = { matching: [], innocent: [] };
  for (let pair = 1; pair <= pairs; pair++) {
    const session = (kind: keyof Arms, files: readonly Attachable[]): Promise<Observed> =>
      observed({ ...options, own, say: (line) => say(`[${pair} of ${pairs}, ${kind}] ${line}`) }, files);
    // At the same time, so that whatever this machine and the servers have to do meanwhile disturbs both alike.
    const [one, other] = await Promise.all([session('matching', matching), session('innocent', innocent)]);
    arms.matching.push(one);
    arms.innocent.push(other);
  }
  return reportOf('compare', `${adapter.name} at ${url}, ${pairs} pairs of sessions in ${options.engine}`, {
    claims: saidTheSame(arms)
      ? claimsOf(arms).map((claim) => ({
          ...claim,
          ...untested('The app said the same of the files that match and of those that do not: nothing was compared.'),
        }))
      : claimsOf(arms),
    limits: LIMITS_OF_COMPARE,
    facts: {
      ...arms,
      tests: testsOf(arms),
      control: testsOf({ ...arms, matching: careless(arms.matching) }),
      learned: learned(arms),
    },
  });
}

const LIMITS_OF_COMPARE = [
  'The host’s own traffic is not judged: where a host does not send what was blocked, who watches the network may see that nothing was sent.',
  'A test of this kind never proves that there is no difference, only that none as large as that of the control was there.',
  'Who reads the unlocked storage of the device can tell that there were matches, also with cover.',
  'Sessions here last seconds or minutes. An order with few slots a day takes days to compare so; audit it with a test order of many.',
];

async function observed(
  options: CompareOptions & { own: readonly string[]; say: (line: string) => void },
  files: readonly Attachable[],
): Promise<Observed> {
  const session = await runSession({ ...options, files });
  return observe(session, { own: options.own, isBrowsers: (host) => isMakers(options.engine, host) });
}

/** An app that tells nothing of its checks leaves it to the auditor to know which files match. */
function saidTheSame({ matching, innocent }: Arms): boolean {
  const said = (sessions: readonly Observed[]): string =>
    sessions.flatMap(({ attached }) => attached.map((one) => one.said)).join('\n');
  return said(matching) !== '' && said(matching) === said(innocent);
}
