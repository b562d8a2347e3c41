/**
 * Can two kinds of sessions be told apart by what is observed of them? First by what needs no statistics: requests and sizes.
 * Then by three tests at a joint level of 1 %: number, gaps, and time from a file to the next request. A control says whether
 * these tests, with so many observations, would have noticed a device that sends at once whenever something matched. Pure.
 */
import { type Claim, broken, count, holds, type Outcome, untested } from '../../report/report.ts';
import { delays, gaps, type Observed } from './observation.ts';
import { countsDiffer, samplesDiffer } from './statistics.ts';

export interface Arms {
  matching: readonly Observed[];
  innocent: readonly Observed[];
}

export interface Test {
  name: string;
  /** In words: what is compared. */
  about: string;
  p: number;
}

/** Of all three tests together: one clean run in a hundred is called broken by chance. */
export const LEVEL = 0.01;

/** How soon a careless device would send after a match. */
const AT_ONCE_MS = 100;

export function testsOf({ matching, innocent }: Arms): Test[] {
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
      about: `${a} requests with a body against ${b}, in ${(timeA / 1_000).toFixed(0)} and ${(timeB / 1_000).toFixed(0)} seconds: exact test of two Poisson counts`,
      p: countsDiffer(a, b, timeA / (timeA + timeB)),
    },
    {
      name: 'Gaps',
      about:
        'Times between one such request and the next: permutation test of the largest gap between the distributions',
      p: samplesDiffer(matching.flatMap(gaps), innocent.flatMap(gaps)),
    },
    {
      name: 'Delay',
      about: 'Times from each attached file to the next such request: the same test',
      p: samplesDiffer(matching.flatMap(delays), innocent.flatMap(delays)),
    },
  ];
}

const isTold = (tests: readonly Test[]): boolean => tests.some(({ p }) => p < LEVEL / tests.length);

/** The same sessions, had the device sent something at once for each match. */
export function careless(sessions: readonly Observed[]): Observed[] {
  return sessions.map((one) => ({
    ...one,
    posts: [
      ...one.posts,
      ...one.attached.map(({ atMs }) => ({ ...(one.posts[0] ?? { to: '', bytes: 0 }), atMs: atMs + AT_ONCE_MS })),
    ].sort((x, y) => x.atMs - y.atMs),
  }));
}

export function claimsOf(arms: Arms): Claim[] {
  const orders = [...arms.matching, ...arms.innocent].flatMap((one) => one.orders);
  const receivers = orders.flatMap(({ receiver }) => receiver ?? []);
  const cover = receivers.some((one) => one.cover);
  return [
    {
      promise: 'Signed inputs are asked for in the same way, whether something matched or not.',
      tested:
        'Every request without a body was compared between the two kinds of sessions: what is asked, of whom, in how many bytes.',
      ...sameInputs(arms),
    },
    {
      promise: 'Whatever else leaves is of one size and goes to one place, whether something matched or not.',
      tested: 'Sizes on the wire (address, headers, body) and servers of all requests with a body were compared.',
      ...sameSizes(arms),
    },
    {
      promise: 'With cover, neither number nor schedule of requests tells a match from no match.',
      tested: `Three tests at a joint level of ${LEVEL * 100} %: ${testsOf(arms)
        .map(({ name }) => name.toLowerCase())
        .join(', ')}. As a control, the same with a request at once after each match put in.`,
      ...(cover
        ? schedule(arms)
        : untested('The order in force asks for no cover. What an observer learns then is told below.')),
    },
    {
      promise: 'Without a match no signal leaves.',
      tested: 'Requests with a body were counted in the sessions with innocent files.',
      ...(cover
        ? untested('With cover something leaves at every slot, match or not: that is its sense.')
        : quiet(arms)),
    },
  ];
}

function sameInputs({ matching, innocent }: Arms): Outcome {
  const asked = ({ others }: Observed): string => others.map(lineOf).sort().join('\n');
  const kinds = [matching, innocent].map((sessions) => new Set(sessions.map(asked)));
  const odd = kinds[0]?.symmetricDifference(kinds[1] ?? new Set()) ?? new Set();
  const [session] = matching;
  if (odd.size === 0) return holds(`${count(session?.others.length ?? 0, 'request')} in each session, the same ones.`);
  return broken(`${differing(matching, innocent).slice(0, 4).join('; ')}.`);
}

function lineOf({ what, bytes }: Observed['others'][number]): string {
  return `${what} (${bytes} bytes)`;
}

/** "GET … (550 bytes): 2, 2 times with matches, 2, 3 times without", for each request of which there are not as many in each session. */
function differing(...arms: readonly (readonly Observed[])[]): string[] {
  const lines = new Set(arms.flat().flatMap(({ others }) => others.map(lineOf)));
  return [...lines].flatMap((one) => {
    const [matching = [], innocent = []] = arms.map((sessions) =>
      sessions.map(({ others }) => others.filter((other) => lineOf(other) === one).length),
    );
    if (new Set([...matching, ...innocent]).size === 1) return [];
    return [`${one}: ${matching.join(', ')} times with matches, ${innocent.join(', ')} times without`];
  });
}

function sameSizes({ matching, innocent }: Arms): Outcome {
  const kinds = (sessions: readonly Observed[]): Set<string> =>
    new Set(sessions.flatMap(({ posts }) => posts.map(({ to, bytes }) => `${bytes} bytes to ${to}`)));
  const [a, b] = [kinds(matching), kinds(innocent)];
  if (a.size + b.size === 0) return untested('Nothing with a body left.');
  if (a.union(b).size === 1) return holds(`${[...a.union(b)].join()}, always.`);
  return broken(`With matches ${[...a].join(', ') || 'none'}; without ${[...b].join(', ') || 'none'}.`);
}

function schedule(arms: Arms): Outcome {
  const tests = testsOf(arms);
  const told = tests.map(({ name, p }) => `${name.toLowerCase()} p = ${p.toFixed(3)}`).join(', ');
  if (isTold(tests)) return broken(`They can be told apart: ${told}.`);
  const control = testsOf({ ...arms, matching: careless(arms.matching) });
  return isTold(control)
    ? holds(
        `They cannot be told apart: ${told}. The control was noticed (p = ${Math.min(...control.map(({ p }) => p)).toFixed(4)}).`,
      )
    : untested(
        `Too little was observed: not even a request at once after each match would have been noticed. Run more or longer sessions (${told}).`,
      );
}

function quiet({ innocent }: Arms): Outcome {
  const posts = innocent.reduce((sum, one) => sum + one.posts.length, 0);
  return posts === 0
    ? holds(`0 requests with a body in ${count(innocent.length, 'session')}.`)
    : broken(`${count(posts, 'request')} with a body left in sessions without a match.`);
}

function duration(seconds: number): string {
  return count(Number(seconds.toPrecision(2)), 'second');
}

/** What who watches the network learns, in plain words. */
export function learned({ matching, innocent }: Arms): string[] {
  const receivers = [...matching, ...innocent].flatMap((one) => one.orders.flatMap(({ receiver }) => receiver ?? []));
  const perDay = Math.max(0, ...receivers.map(({ slotsPerDay }) => slotsPerDay));
  const mean = perDay > 0 ? duration(86_400 / perDay) : 'never';
  const numbers = (sessions: readonly Observed[]): string => sessions.map(({ posts }) => posts.length).join(', ');
  if (receivers.length === 0)
    return ['The orders in force name no receiver: nothing is ever signalled, so there is nothing to learn.'];
  if (receivers.some(({ cover }) => cover)) {
    return [
      `At slots that are ${mean} apart on average, drawn ahead, a request of one size leaves: a signal where one waits, a cover else. Both are sealed, so they look alike.`,
      'An observer learns that this device runs an order with cover, and when its slots are. Whether anything matched is not in it.',
    ];
  }
  return [
    `The order asks for no cover. In the sessions with matching files ${numbers(matching)} requests with a body left; without matches ${numbers(innocent)}.`,
    'An observer of the network, and the receiver by addresses, learns that this device has signalled, and how often. Such a request leaves only after a match.',
    `It does not learn which file it was, or what is in the signal: that is sealed. Nor when the match was: it leaves at a slot drawn ahead; slots are ${mean} apart here on average. Where slots are that dense, the time of the match is near.`,
  ];
}
