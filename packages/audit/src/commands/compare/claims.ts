/**
 * Claims about pairs of sessions: first requests and sizes, which need no statistics; then three tests at a joint level of 1 %.
 * A control shows whether the tests would notice a device that sends immediately after each match. Pure.
 * Flow: observation.ts → here → report. Spec: docs/design/audit.md#compare
 */
import { type Claim, claimBuilder, count, fail, notTested, type Outcome, pass } from '../../report/report.ts';
import { delays, gaps, type Observed } from './observation.ts';
import { countsDiffer, samplesDiffer } from './statistics.ts';

export const COMPARE_CLAIMS = {
  'same-input-requests': 'Sessions with matches and sessions without request the same signed inputs in the same way',
  'same-body-size-and-server':
    'Every request with a body has the same size and goes to the same server, with matches and without',
  'cover-hides-schedule':
    'Under an order with cover traffic, neither the number nor the times of requests distinguish matching from innocent sessions',
  'no-match-no-signal': 'Without a match, no request with a body leaves',
} as const;
const claim = claimBuilder(COMPARE_CLAIMS);

/** The two groups of sessions that are compared. */
export interface SessionGroups {
  matching: readonly Observed[];
  innocent: readonly Observed[];
}

export interface Test {
  name: string;
  /** The compared quantity, for the report. */
  about: string;
  p: number;
}

/** Of all three tests together: by chance, one correct run in a hundred fails. */
export const LEVEL = 0.01;

/** In the control: time from a match to the inserted request. */
const CONTROL_DELAY_MS = 100;

export function testsOf({ matching, innocent }: SessionGroups): Test[] {
  const sum = (of: (one: Observed) => number, sessions: readonly Observed[]): number =>
    sessions.reduce((all, one) => all + of(one), 0);
  const [a, b] = [matching, innocent].map((sessions) => sum(({ posts }) => posts.length, sessions)) as [number, number];
  const [timeA, timeB] = [matching, innocent].map((sessions) => sum(({ durationMs }) => durationMs, sessions)) as [
    number,
    number,
  ];
  return [
    {
      name: 'Number',
      about: `${a} and ${b} requests with a body, in ${(timeA / 1_000).toFixed(0)} and ${(timeB / 1_000).toFixed(0)} seconds: exact test of two Poisson counts`,
      p: countsDiffer(a, b, timeA / (timeA + timeB)),
    },
    {
      name: 'Gaps',
      about:
        'Times between consecutive requests with a body: permutation test of the largest difference between the distributions',
      p: samplesDiffer(matching.flatMap(gaps), innocent.flatMap(gaps)),
    },
    {
      name: 'Delay',
      about: 'Times from each attached file to the next request with a body: the same test',
      p: samplesDiffer(matching.flatMap(delays), innocent.flatMap(delays)),
    },
  ];
}

const isSignificant = (tests: readonly Test[]): boolean => tests.some(({ p }) => p < LEVEL / tests.length);

/** The control: the same sessions with a request inserted immediately after each match. */
export function withImmediateRequests(sessions: readonly Observed[]): Observed[] {
  return sessions.map((one) => ({
    ...one,
    posts: [
      ...one.posts,
      ...one.attached.map(({ atMs }) => ({ ...(one.posts[0] ?? { to: '', bytes: 0 }), atMs: atMs + CONTROL_DELAY_MS })),
    ].sort((x, y) => x.atMs - y.atMs),
  }));
}

export function compareClaims(sessions: SessionGroups): Claim[] {
  const orders = [...sessions.matching, ...sessions.innocent].flatMap((one) => one.orders);
  const hasCover = orders.flatMap(({ receiver }) => receiver ?? []).some(({ cover }) => cover);
  return [
    claim(
      'same-input-requests',
      'Every request without a body was compared between the two groups: address, server and bytes.',
      sameInputs(sessions),
    ),
    claim(
      'same-body-size-and-server',
      'Sizes on the wire (address, headers, body) and servers of all requests with a body were compared.',
      sameSizes(sessions),
    ),
    claim(
      'cover-hides-schedule',
      `Three tests at a joint level of ${LEVEL * 100} %: ${testsOf(sessions)
        .map(({ name }) => name.toLowerCase())
        .join(', ')}. As a control, the same tests with a request inserted immediately after each match.`,
      hasCover
        ? schedule(sessions)
        : notTested('The order in force has no cover traffic. The report states what an observer then learns.'),
    ),
    claim(
      'no-match-no-signal',
      'Requests with a body were counted in the sessions with innocent files.',
      hasCover
        ? notTested('With cover traffic a request leaves at every send slot, with or without a match.')
        : noPosts(sessions),
    ),
  ];
}

function sameInputs({ matching, innocent }: SessionGroups): Outcome {
  const inputRequests = ({ others }: Observed): string => others.map(lineOf).sort().join('\n');
  const kinds = [matching, innocent].map((sessions) => new Set(sessions.map(inputRequests)));
  const differences = kinds[0]?.symmetricDifference(kinds[1] ?? new Set()) ?? new Set();
  const [session] = matching;
  if (differences.size === 0) return pass(`The same ${count(session?.others.length ?? 0, 'request')} in each session.`);
  return fail(`${differing(matching, innocent).slice(0, 4).join('; ')}.`);
}

function lineOf({ what, bytes }: Observed['others'][number]): string {
  return `${what} (${bytes} bytes)`;
}

/** "GET … (550 bytes): 2, 2 times with matches, 2, 3 times without", for each request whose count differs between sessions. */
function differing(...groups: readonly (readonly Observed[])[]): string[] {
  const lines = new Set(groups.flat().flatMap(({ others }) => others.map(lineOf)));
  return [...lines].flatMap((one) => {
    const [matching = [], innocent = []] = groups.map((sessions) =>
      sessions.map(({ others }) => others.filter((other) => lineOf(other) === one).length),
    );
    if (new Set([...matching, ...innocent]).size === 1) return [];
    return [`${one}: ${matching.join(', ')} times with matches, ${innocent.join(', ')} times without`];
  });
}

function sameSizes({ matching, innocent }: SessionGroups): Outcome {
  const kinds = (sessions: readonly Observed[]): Set<string> =>
    new Set(sessions.flatMap(({ posts }) => posts.map(({ to, bytes }) => `${bytes} bytes to ${to}`)));
  const [a, b] = [kinds(matching), kinds(innocent)];
  if (a.size + b.size === 0) return notTested('No request with a body left.');
  if (a.union(b).size === 1) return pass(`${[...a.union(b)].join()}, in every session.`);
  return fail(`With matches ${[...a].join(', ') || 'none'}; without ${[...b].join(', ') || 'none'}.`);
}

function schedule(groups: SessionGroups): Outcome {
  const tests = testsOf(groups);
  const pValues = tests.map(({ name, p }) => `${name.toLowerCase()} p = ${p.toFixed(3)}`).join(', ');
  if (isSignificant(tests)) return fail(`The groups differ: ${pValues}.`);
  const control = testsOf({ ...groups, matching: withImmediateRequests(groups.matching) });
  return isSignificant(control)
    ? pass(
        `The tests found no difference: ${pValues}. They noticed the control (p = ${Math.min(...control.map(({ p }) => p)).toFixed(4)}).`,
      )
    : notTested(
        `Too few observations: the tests did not notice the control. Run more or longer sessions (${pValues}).`,
      );
}

function noPosts({ innocent }: SessionGroups): Outcome {
  const posts = innocent.reduce((sum, one) => sum + one.posts.length, 0);
  return posts === 0
    ? pass(`0 requests with a body in ${count(innocent.length, 'session')}.`)
    : fail(`${count(posts, 'request')} with a body left in sessions without a match.`);
}

function duration(seconds: number): string {
  return count(Number(seconds.toPrecision(2)), 'second');
}

/** The information that a network observer obtains, for the report. */
export function observerLearns({ matching, innocent }: SessionGroups): string[] {
  const receivers = [...matching, ...innocent].flatMap((one) => one.orders.flatMap(({ receiver }) => receiver ?? []));
  const perDay = Math.max(0, ...receivers.map(({ slotsPerDay }) => slotsPerDay));
  const mean = perDay > 0 ? duration(86_400 / perDay) : 'never';
  const numbers = (sessions: readonly Observed[]): string => sessions.map(({ posts }) => posts.length).join(', ');
  if (receivers.length === 0) return ['The orders in force name no receiver, so no signal is ever sent.'];
  if (receivers.some(({ cover }) => cover)) {
    return [
      `At send slots, chosen at random in advance and ${mean} apart on average, a request of a fixed size leaves: a signal if one is queued, otherwise a cover. Both are encrypted and look the same.`,
      'An observer learns that this device runs an order with cover traffic, and when its slots are. The observer does not learn whether anything matched.',
    ];
  }
  return [
    `The order has no cover traffic. The sessions with matching files sent ${numbers(matching)} requests with a body, the sessions without ${numbers(innocent)}.`,
    'A network observer, and the receiver by IP address, learns that this device has signalled, and how often. Such a request leaves only after a match.',
    `The observer does not learn which file matched, or the content of the signal, which is encrypted. The signal leaves at a slot chosen at random in advance; slots are ${mean} apart on average here. The denser the slots, the closer the request is to the time of the match.`,
  ];
}
