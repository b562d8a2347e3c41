/**
 * Claims about pairs of sessions. Requests of signed inputs and sizes need no statistics; number, sizes, schedule and repeats of
 * requests with a body are judged by one exact permutation test. A control shows whether the test would notice a device that sends
 * immediately after each match. Pure. Flow: observation.ts → here → report. Spec: docs/design/audit.md#compare
 */
import { type Claim, claimBuilder, count, fail, notTested, type Outcome, pass } from '../../report/report.ts';
import { delays, gaps, kindOf, type Observed, repeats } from './observation.ts';
import { largestGap, meanDifference, permutationTest, shareDifference } from './statistics.ts';

export const COMPARE_CLAIMS = {
  'same-input-requests': 'Sessions with matches and sessions without request the same signed inputs in the same way',
  'same-body-size-and-server':
    'Every request with a body has the same size and goes to the same server, with matches and without',
  'observer-cannot-tell':
    'Number, sizes, times and repeats of requests with a body do not tell sessions with matches from sessions without',
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

export interface Tests {
  each: readonly Test[];
  /** p of all of them together. */
  joint: number;
  assignments: number;
}

/** By chance, one correct run in a hundred fails. */
export const LEVEL = 0.01;

/** In the control: time from a match to the inserted request. */
const CONTROL_DELAY_MS = 100;

export function testsOf({ matching, innocent }: SessionGroups): Tests {
  const all = [...matching, ...innocent];
  const total = (sessions: readonly Observed[], of: (one: Observed) => number): number =>
    sessions.reduce((sum, one) => sum + of(one), 0);
  const totals = (of: (one: Observed) => number): string => `${total(matching, of)} and ${total(innocent, of)}`;
  const statistics = [
    {
      name: 'Number',
      about: `Requests with a body in each minute of a session: ${totals(({ posts }) => posts.length)} in all`,
      of: meanDifference(all.map(({ posts, durationMs }) => (posts.length * 60_000) / durationMs)),
    },
    {
      name: 'Sizes',
      about: 'The share of each size and server among the requests with a body',
      of: shareDifference(all.map(({ posts }) => posts.map(kindOf))),
    },
    {
      name: 'Repeats',
      about: `Bodies that were sent again, byte for byte: ${totals(repeats)}`,
      of: meanDifference(all.map(repeats)),
    },
    {
      name: 'Gaps',
      about: 'Times between consecutive requests with a body: the largest difference between the distributions',
      of: largestGap(all.map(gaps)),
    },
    {
      name: 'Delays',
      about:
        'Times from each attached file to the next request with a body, if one came: the largest difference between the distributions',
      of: largestGap(all.map(delays)),
    },
  ];
  const { each, joint, assignments } = permutationTest(
    matching.length,
    innocent.length,
    statistics.map(({ of }) => of),
  );
  return {
    each: statistics.map(({ name, about }, i) => ({ name, about, p: each[i] ?? 1 })),
    joint,
    assignments,
  };
}

/** The control: the same sessions with a request inserted immediately after each match. */
export function withImmediateRequests(sessions: readonly Observed[]): Observed[] {
  return sessions.map((one) => ({
    ...one,
    posts: [
      ...one.posts,
      ...one.attached.map(({ atMs }, i) => ({
        to: '',
        bytes: 0,
        ...one.posts[0],
        body: `control ${i}`,
        atMs: atMs + CONTROL_DELAY_MS,
      })),
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
      'observer-cannot-tell',
      `One exact permutation test of five statistics (number, sizes, repeats, gaps, delays) at a level of ${LEVEL * 100} %: the sessions are assigned to the two groups in every other way, or in 20,000 random ones if there are more. As a control, the same test with a request inserted immediately after each match.`,
      cannotTell(sessions, hasCover),
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
    new Set(sessions.flatMap(({ posts }) => posts.map(kindOf)));
  const [a, b] = [kinds(matching), kinds(innocent)];
  if (a.size + b.size === 0) return notTested('No request with a body left.');
  if (a.size === 0 || b.size === 0)
    return notTested(
      `Only sessions ${a.size > 0 ? 'with' : 'without'} matches sent requests with a body (${[...a, ...b].join(', ')}), so there is nothing to compare them with.`,
    );
  if (a.union(b).size === 1) return pass(`${[...a].join()}, in every session.`);
  return fail(`With matches ${[...a].join(', ')}; without ${[...b].join(', ')}.`);
}

function cannotTell(groups: SessionGroups, hasCover: boolean): Outcome {
  const [matching, innocent] = [groups.matching, groups.innocent].map((sessions) =>
    sessions.reduce((sum, { posts }) => sum + posts.length, 0),
  ) as [number, number];
  if (!hasCover && matching > 0)
    return fail(
      `The order in force has no cover traffic, so a request with a body leaves only after a match: ${matching} left in sessions with matches, ${innocent} in sessions without. One such request tells an observer that something matched.`,
    );
  const tests = testsOf(groups);
  const p = `p = ${tests.joint.toFixed(4)} (${tests.each.map((one) => `${one.name.toLowerCase()} ${one.p.toFixed(3)}`).join(', ')})`;
  if (tests.joint < LEVEL) return fail(`The groups differ: ${p}.`);
  const control = testsOf({ ...groups, matching: withImmediateRequests(groups.matching) });
  if (control.joint < LEVEL)
    return pass(`The test found no difference: ${p}. It noticed the control (p = ${control.joint.toFixed(4)}).`);
  return notTested(
    `Too few observations: ${count(groups.matching.length, 'session')} against ${groups.innocent.length} can be assigned in ${count(tests.assignments, 'way')}, and the test did not notice the control (p = ${control.joint.toFixed(4)}). Run more or longer sessions: --pairs ${LEAST_PAIRS} or more. Observed: ${p}.`,
  );
}

/** With fewer pairs, one statistic or two that differ completely do not reach the level. */
export const LEAST_PAIRS = 6;

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
