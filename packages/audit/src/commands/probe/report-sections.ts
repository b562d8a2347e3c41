/** Exhibits of a probe: one table for each place, attempt × engine, and the very code that was tried. */
import type { ProbeFacts } from './run.ts';
import { HOST_ATTACKS } from './host-attacks.ts';
import type { EngineRun, ProbedPlace, Tried } from './engine-run.ts';
import { attemptOf, known, outcomeOf } from './outcomes.ts';
import { code, type Exhibit, folded, type Group, table } from '../../report/html/section.ts';
import { type Content, html, type Html } from '../../report/html/html.ts';

const PLACES: readonly { place: ProbedPlace; title: string; about: string }[] = [
  {
    place: 'content',
    title: 'In the scanner’s worker, as it is when content comes',
    about: 'Two walls stand here: the policy, and a scanner that has taken away what it does not need.',
  },
  {
    place: 'worker',
    title: 'In the scanner’s worker, with the policy alone',
    about: 'Before the scanner’s own code: everything that the engine has is there, and only the policy is in the way.',
  },
  {
    place: 'classifier',
    title: 'In the classifier’s worker, as it is when a picture comes',
    about: 'The sandbox’s second worker, which runs only where an order names a model. The same two walls stand here.',
  },
  {
    place: 'classifier-policy',
    title: 'In the classifier’s worker, with the policy alone',
    about: 'Before the classifier’s own code.',
  },
  {
    place: 'window',
    title: 'In the sandbox’s window',
    about:
      'Content never comes in here. What gets out here, no policy of a document closes in every engine; it is shown as known.',
  },
];

export function probeExhibits(facts: ProbeFacts): Exhibit[] {
  const { runs, host } = facts;
  return [
    { title: 'Totals', body: totals(facts) },
    ...PLACES.map(({ place, title, about }): Exhibit => ({ title, about, body: attemptTable(title, place, runs) })),
    ...(host.length > 0 ? [{ title: 'A sandbox in an attacker’s hands', body: hostTable(facts) }] : []),
    {
      title: 'What was tried, as code',
      about: 'The body of a function; "at" is a server that listens for this attempt alone.',
      body: folded('Show all attempts', code(sources(runs))),
    },
  ];
}

function totals({ runs, namesCounted }: ProbeFacts): Html {
  return table(
    'Attempts, and what got out',
    [
      { head: 'Engine' },
      { head: 'Place' },
      { head: 'Attempts', number: true },
      { head: 'Got out', number: true },
      { head: 'Known', number: true },
      { head: 'Bytes seen', number: true },
      { head: 'Connections', number: true },
      { head: 'Look-ups', number: true },
      { head: 'Without a seal', number: true },
    ],
    runs.flatMap(({ engine, browser, sealed, control }) =>
      PLACES.map(({ place, title }) => {
        const tried = sealed.filter((one) => one.place === place);
        const out = tried.filter((one) => outcomeOf(one).escaped);
        if (tried.length === 0) return [browser, title, 'not probed', '', '', '', '', '', ''];
        const sum = (of: (one: Tried) => number): number => tried.reduce((all, one) => all + of(one), 0);
        const open = tried.filter((one) => {
          const same = controlOf(control, one);
          return same !== undefined && outcomeOf(same).escaped;
        });
        const surprises = out.filter((one) => known(engine, one) === undefined).length;
        return [
          browser,
          title,
          tried.length,
          surprises,
          out.length - surprises,
          sum(({ arrived }) => arrived.bytes),
          sum(({ arrived }) => arrived.connections),
          namesCounted ? sum(({ lookups = 0 }) => lookups) : 'not counted',
          `${open.length} got out`,
        ];
      }),
    ),
  );
}

function attemptTable(caption: string, place: ProbedPlace, runs: readonly EngineRun[]): Html {
  const ids = [
    ...new Set(runs.flatMap(({ sealed }) => sealed.filter((one) => one.place === place).map(({ id }) => id))),
  ];
  if (ids.length === 0) return html`<p>Not probed.</p>`;
  const groups = [...new Set(ids.map((id) => attemptOf(id).group))];
  const rows = groups.flatMap((group): (Content[] | Group)[] => [
    { group },
    ...ids
      .filter((id) => attemptOf(id).group === group)
      .map((id) => [attemptOf(id).title, ...runs.map((run) => cell(run, place, id))]),
  ]);
  return html`<div class="even">
    ${table(
      `${caption}: who refused it, or what was seen`,
      [{ head: 'Attempt' }, ...runs.map(({ browser }) => ({ head: browser }))],
      rows,
    )}
  </div>`;
}

function cell({ engine, sealed, control }: EngineRun, place: ProbedPlace, id: string): Html | string {
  const tried = sealed.find((one) => one.place === place && one.id === id);
  if (!tried) return '';
  const { escaped, said, seen } = outcomeOf(tried);
  if (escaped) {
    const why = known(engine, tried);
    return why === undefined
      ? html`<strong class="broken">✗ Got out: ${seen || said}</strong>`
      : html`<span class="untested">○ Known: ${seen || said}. ${why}</span>`;
  }
  const same = controlOf(control, tried);
  const proven = same === undefined || outcomeOf(same).escaped;
  return html`✓ ${brief(said)}${proven ? '' : html`<br /><span class="soft">without a seal: not either</span>`}`;
}

/** Engines are wordy; the whole is in the JSON. */
function brief(said: string): string {
  return said.length <= 72 ? said : `${said.slice(0, 71).trimEnd()}…`;
}

function controlOf(control: readonly Tried[], { id, place }: Tried): Tried | undefined {
  const where = place === 'window' ? 'window' : 'worker';
  return control.find((one) => one.id === id && one.place === where);
}

function hostTable({ host }: ProbeFacts): Html {
  return table(
    'Messages to the host, and bytes that its page sent for them',
    [
      { head: 'Message' },
      ...host.flatMap(({ engine }) => [{ head: `${engine}, the app` }, { head: `${engine}, control` }]),
    ],
    HOST_ATTACKS.map(({ id, title }) => [
      title,
      ...host.flatMap(({ attacked }) => {
        const one = attacked.find((attack) => attack.id === id);
        const app =
          one?.bytes === undefined ? 'no sandbox was shown' : one.bytes === 0 ? '✓ 0 bytes' : `✗ ${one.bytes} bytes`;
        return [app, `${one?.control ?? 0} bytes`];
      }),
    ]),
  );
}

function sources(runs: readonly EngineRun[]): string {
  const ids = [...new Set(runs.flatMap(({ sealed }) => sealed.map(({ id }) => id)))];
  return ids.map((id) => `${attemptOf(id).title}\n    ${attemptOf(id).run}`).join('\n\n');
}
