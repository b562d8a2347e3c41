/** Report sections of a probe: a table of attempts and engines for each place, and the code of the attempts. Spec: docs/design/audit.md#probe */
import type { ProbeFacts } from './facts.ts';
import { HOST_ATTACKS } from './host-attacks.ts';
import type { EngineRun, Tried } from './engine-run.ts';
import { PARTS_IN_WORKERS, type ProbedPlace } from './probed-place.ts';
import { attemptOf, controlOf, isProven, knownOpening, outcomeOf } from './outcomes.ts';
import { code, type Section, folded, type RowGroup, table } from '../../report/html/section.ts';
import { type Content, html, type Html } from '../../report/html/html.ts';

const PLACES: readonly { place: ProbedPlace; title: string; about: string }[] = [
  {
    place: 'content',
    title: 'Scanner’s worker, after the scope lockdown',
    about:
      'The state in which content arrives. Two barriers apply: the policy, and the lockdown, which removes every API that the scanner does not need.',
  },
  {
    place: 'worker',
    title: 'Scanner’s worker, before the scope lockdown',
    about: 'Every API of the engine is available. Only the policy applies.',
  },
  ...PARTS_IN_WORKERS.flatMap((name) => [
    {
      place: name,
      title: `Worker of the lazy part ${name}, after the scope lockdown`,
      about: 'It runs only if an order needs the part. The same two barriers apply.',
    },
    {
      place: `${name}-policy` as const,
      title: `Worker of the lazy part ${name}, before the scope lockdown`,
      about: 'Only the policy applies.',
    },
  ]),
  {
    place: 'window',
    title: 'Sandbox’s window',
    about:
      'Content never enters the window. No policy of a document closes the openings marked as known in every engine.',
  },
];

export function probeSections(facts: ProbeFacts): Section[] {
  const { runs, host } = facts;
  return [
    {
      title: 'Totals',
      about:
        'An attempt is proven if it reaches its goal in the control run, without policy and sandbox. The claims count proven attempts only.',
      body: totals(facts),
    },
    ...PLACES.map(({ place, title, about }): Section => ({ title, about, body: attemptTable(title, place, runs) })),
    ...(host.length > 0 ? [{ title: 'A hostile sandbox', body: hostTable(facts) }] : []),
    {
      title: 'The code of the attempts',
      about: 'Each is the body of a function. "at" is a server that listens for this attempt only.',
      body: folded('Show all attempts', code(sources(runs))),
    },
  ];
}

function totals({ runs, namesCounted }: ProbeFacts): Html {
  return table(
    'Attempts and escapes',
    [
      { head: 'Engine' },
      { head: 'Place' },
      { head: 'Attempts', number: true },
      { head: 'Proven by the control', number: true },
      { head: 'Escaped', number: true },
      { head: 'Known openings', number: true },
      { head: 'Bytes received', number: true },
      { head: 'Connections', number: true },
      { head: 'Look-ups', number: true },
    ],
    runs.flatMap(({ engine, browser, sandboxed, control }) =>
      PLACES.map(({ place, title }) => {
        const tried = sandboxed.filter((one) => one.place === place);
        const out = tried.filter((one) => outcomeOf(one).escaped);
        if (tried.length === 0) return [browser, title, 'not probed', '', '', '', '', '', ''];
        const sum = (of: (one: Tried) => number): number => tried.reduce((all, one) => all + of(one), 0);
        const proven = tried.filter((one) => isProven(control, one) || outcomeOf(one).escaped).length;
        const unexpected = out.filter((one) => knownOpening(engine, one) === undefined).length;
        return [
          browser,
          title,
          tried.length,
          proven,
          unexpected,
          out.length - unexpected,
          sum(({ arrived }) => arrived.bytes),
          sum(({ arrived }) => arrived.connections),
          namesCounted ? sum(({ lookups = 0 }) => lookups) : 'not counted',
        ];
      }),
    ),
  );
}

function attemptTable(caption: string, place: ProbedPlace, runs: readonly EngineRun[]): Html {
  const ids = [
    ...new Set(runs.flatMap(({ sandboxed }) => sandboxed.filter((one) => one.place === place).map(({ id }) => id))),
  ];
  if (ids.length === 0) return html`<p>Not probed.</p>`;
  const groups = [...new Set(ids.map((id) => attemptOf(id).group))];
  const rows = groups.flatMap((group): (Content[] | RowGroup)[] => [
    { group },
    ...ids
      .filter((id) => attemptOf(id).group === group)
      .map((id) => [attemptOf(id).title, ...runs.map((run) => cell(run, place, id))]),
  ]);
  return html`<div class="even">
    ${table(
      `${caption}: what refused the attempt, or what arrived`,
      [{ head: 'Attempt' }, ...runs.map(({ browser }) => ({ head: browser }))],
      rows,
    )}
  </div>`;
}

function cell({ engine, sandboxed, control }: EngineRun, place: ProbedPlace, id: string): Html | string {
  const tried = sandboxed.find((one) => one.place === place && one.id === id);
  if (!tried) return '';
  const { escaped, reason, received } = outcomeOf(tried);
  if (escaped) {
    const why = knownOpening(engine, tried);
    return why === undefined
      ? html`<strong class="fail">✗ Escaped: ${received || reason}</strong>`
      : html`<span class="not-tested">○ Known: ${received || reason}. ${why}</span>`;
  }
  return isProven(control, tried)
    ? html`✓ ${brief(reason)}`
    : html`<span class="not-tested">○ ${brief(reason)}</span><br /><span class="soft"
          >not counted:
          ${controlOf(control, tried) ? 'no effect in the control run either' : 'it has no control run'}</span
        >`;
}

/** Engines' messages are long; the JSON has them in full. */
function brief(text: string): string {
  return text.length <= 72 ? text : `${text.slice(0, 71).trimEnd()}…`;
}

function hostTable({ host }: ProbeFacts): Html {
  return table(
    'Messages to the host, and bytes that its page sent because of them',
    [
      { head: 'Message' },
      ...host.flatMap(({ engine }) => [{ head: `${engine}, the app` }, { head: `${engine}, control` }]),
    ],
    HOST_ATTACKS.map(({ id, title }) => [
      title,
      ...host.flatMap(({ attacked }) => {
        const one = attacked.find((attack) => attack.id === id);
        const app = one?.bytes === undefined ? 'no sandbox' : one.bytes === 0 ? '✓ 0 bytes' : `✗ ${one.bytes} bytes`;
        return [app, `${one?.control ?? 0} bytes`];
      }),
    ]),
  );
}

function sources(runs: readonly EngineRun[]): string {
  const ids = [...new Set(runs.flatMap(({ sandboxed }) => sandboxed.map(({ id }) => id)))];
  return ids.map((id) => `${attemptOf(id).title}\n    ${attemptOf(id).run}`).join('\n\n');
}
