/** Report sections of a comparison: what an observer learns, sessions over time, tests and distributions. Spec: docs/design/audit.md#compare */
import type { CompareFacts } from './run.ts';
import { LEVEL } from './claims.ts';
import { delays, gaps, type Observed } from './observation.ts';
import { ecdf } from '../../report/html/ecdf.ts';
import { bytes, type Section, table } from '../../report/html/section.ts';
import { html, type Html } from '../../report/html/html.ts';
import { timeline } from '../../report/html/timeline.ts';

export function compareSections(facts: CompareFacts): Section[] {
  const { matching, innocent, tests, control, observerLearns } = facts;
  return [
    { title: 'What a network observer learns', body: html`${observerLearns.map((line) => html`<p>${line}</p>`)}` },
    {
      title: 'Requests with a body, over time',
      about:
        'One lane for each session. Coloured dots are requests, which an observer sees. Grey dots are attached files, which an observer does not see.',
      body: sessionsOverTime(facts),
    },
    {
      title: 'The test',
      about: `For each statistic, p is the share of the ${tests.assignments.toLocaleString('en')} assignments of sessions to the two groups for which it is at least as large as observed. The groups differ if p of all together is below ${LEVEL * 100} %. The control is the same data with a request inserted 0.1 s after each match.`,
      body: table(
        'Differences between the two kinds of sessions',
        [
          { head: 'Statistic' },
          { head: 'Compared' },
          { head: 'p', number: true },
          { head: 'p of the control', number: true },
        ],
        [
          ...tests.each.map(({ name, about, p }, i) => [name, about, p.toFixed(4), control.each[i]?.p.toFixed(4)]),
          ['All together', 'The smallest p of the five', tests.joint.toFixed(4), control.joint.toFixed(4)],
        ],
      ),
    },
    {
      title: 'Gaps between requests',
      about: 'For each time, the share of gaps of at most this length.',
      body: distributions('Gaps between requests in both kinds of sessions', gaps, facts),
    },
    {
      title: 'Delay from an attached file to the next request',
      about:
        'For each time, the share of files that a request followed within this time. A file that no request followed before the recording ended keeps the line below 100 %.',
      body: distributions('Delay from an attached file to the next request in both kinds of sessions', delays, facts),
    },
    {
      title: 'The sessions',
      body: table(
        'Figures of each session',
        [
          { head: 'Session' },
          { head: 'Seconds', number: true },
          { head: 'With a body', number: true },
          { head: 'Without a body', number: true },
          { head: 'Their bytes', number: true },
          { head: 'First party', number: true },
          { head: 'Results in the app' },
        ],
        [...rows('Matching', matching), ...rows('Innocent', innocent)],
      ),
    },
  ];
}

function sessionsOverTime({ matching, innocent }: CompareFacts): Html {
  const lanes = [...named('Matching', matching), ...named('Innocent', innocent)];
  return timeline({
    label:
      'Requests with a body in each session, and the times of attached files. The table of sessions has the counts.',
    lanes: lanes.map(({ lane }) => lane),
    dots: lanes.flatMap(({ lane, session }) => [
      ...session.attached.map(({ atMs }) => ({
        lane,
        at: atMs,
        bytes: 0,
        title: `attached after ${(atMs / 1_000).toFixed(1)} s`,
        tone: 'e' as const,
      })),
      ...session.posts.map(({ atMs, bytes: size }) => ({
        lane,
        at: atMs,
        bytes: size,
        title: `${bytes(size)} after ${(atMs / 1_000).toFixed(1)} s`,
        tone: lane.startsWith('Matching') ? ('b' as const) : ('a' as const),
      })),
    ]),
  });
}

function named(kind: string, sessions: readonly Observed[]): { lane: string; session: Observed }[] {
  return sessions.map((session, i) => ({ lane: `${kind} ${i + 1}`, session }));
}

/** Infinity is an event that did not happen before the recording ended: it counts, and is not drawn. */
function distributions(label: string, of: (session: Observed) => number[], { matching, innocent }: CompareFacts): Html {
  const seconds = (sessions: readonly Observed[]): number[] => sessions.flatMap(of).map((ms) => ms / 1_000);
  const [ofMatching, ofInnocent] = [seconds(matching), seconds(innocent)];
  if (![...ofMatching, ...ofInnocent].some(Number.isFinite)) return html`<p>None in this run.</p>`;
  return ecdf(label, [
    { name: 'Matching', tone: 'b', values: ofMatching },
    { name: 'Innocent', tone: 'a', values: ofInnocent },
  ]);
}

function rows(kind: string, sessions: readonly Observed[]): (string | number)[][] {
  return named(kind, sessions).map(({ lane, session: { durationMs, posts, others, firstPartyRequests, attached } }) => [
    lane,
    (durationMs / 1_000).toFixed(1),
    posts.length,
    others.length,
    bytes(others.reduce((sum, one) => sum + one.bytes, 0)),
    firstPartyRequests,
    attached.map(({ result }) => result).join('; '),
  ]);
}
