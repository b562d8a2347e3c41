/** Claims about a probed sandbox. Pure. Flow: run.ts → outcomes → here → report. Spec: docs/design/audit.md#probe */
import type { PartName } from '@lodestone/protocol/lazy-parts';
import { claimBuilder, type Claim, count, fail, notTested, type Outcome, pass } from '../../report/report.ts';
import type { Tried } from './engine-run.ts';
import type { ProbedPlace } from './probed-place.ts';
import { attemptOf, isProven, knownOpening, outcomeOf } from './outcomes.ts';
import type { ProbeFacts } from './facts.ts';

export const PROBE_CLAIMS = {
  'sandbox-is-published': 'The document is the published sandbox',
  'scanner-reaches-no-server': 'No attempt in the scanner’s worker reaches a server after the scope lockdown',
  'policy-alone-stops-scanner': 'No attempt in the scanner’s worker reaches a server before the scope lockdown either',
  'lazy-part-reaches-no-server':
    'No attempt in the worker of a lazy part reaches a server, before or after the scope lockdown',
  'window-has-only-known-openings':
    'Nothing gets out of the sandbox’s window, which never receives content, except by openings that are known and named',
  'nothing-is-stored-or-reached':
    'Apart from known openings, no attempt stores data, reaches the host’s page or the device, or turns text into code',
  'all-engines-were-probed': 'All requested engines were probed',
  'attempts-work-without-sandbox':
    'At least half of the network attempts succeed in each engine without policy and sandbox',
  'hostile-sandbox-controls-nothing': 'The host’s page sends nothing on behalf of a hostile sandbox',
} as const;
const claim = claimBuilder(PROBE_CLAIMS);

export function notProbed(part: PartName): string {
  return `The worker of the lazy part ${part} was not probed, since its code was not given: use --part ${part}=FILE with ${part}.mjs of the release.`;
}

export function probeClaims(facts: ProbeFacts, url: string | undefined): Claim[] {
  const servers = `Servers for HTTP, WebSocket and datagrams${facts.namesCounted ? ', and a name server,' : ''} counted what arrived, one server for each attempt.`;
  const of = (kind: 'reach' | 'keep', ...places: readonly ProbedPlace[]): Outcome =>
    escapeOutcome(tally(facts, kind, places));
  return [
    claim(
      'scanner-reaches-no-server',
      `The attempts ran inside the published sandbox, in the state in which content arrives. ${servers}`,
      of('reach', 'content'),
    ),
    claim(
      'policy-alone-stops-scanner',
      'The same attempts ran before the scanner’s code, so only the policy stopped them.',
      of('reach', 'worker'),
    ),
    ...facts.parts.map(({ name, code }) =>
      claim(
        'lazy-part-reaches-no-server',
        `Its published code ran in the published sandbox. ${servers}`,
        code === undefined ? notTested(notProbed(name)) : of('reach', name, `${name}-policy`),
        `No attempt in the worker of the lazy part ${name} reaches a server, before or after the scope lockdown`,
      ),
    ),
    claim(
      'window-has-only-known-openings',
      'The same attempts ran in the sandbox’s window, whose script only starts and ends workers.',
      of('reach', 'window'),
    ),
    claim(
      'nothing-is-stored-or-reached',
      'Attempts covered storage of every kind, the parent’s objects, clipboard, notifications, devices and eval, in the window and in the probed workers.',
      of(
        'keep',
        'window',
        'worker',
        'content',
        ...facts.parts.flatMap(({ name }) => [name, `${name}-policy`] as const),
      ),
    ),
    claim(
      'all-engines-were-probed',
      'Each was searched for on this machine.',
      facts.missing.length === 0
        ? pass(`${facts.runs.map(({ browser }) => browser).join(', ')}.`)
        : notTested(facts.missing.map(({ engine, why }) => `${engine}: ${why}`).join('; ')),
    ),
    claim(
      'attempts-work-without-sandbox',
      'As a control, the same attempts ran in a frame without policy and sandbox.',
      controlOutcome(facts),
    ),
    claim(
      'hostile-sandbox-controls-nothing',
      'In the running app, the sandbox was replaced by one that answers with attacks: comlink messages, false answers, floods. A server counted what the app’s page sent. A page that exposes an object was the control.',
      hostOutcome(facts, url),
    ),
  ];
}

interface Tally {
  /** Attempts that reach their goal in the control run of the same engine. */
  proven: number;
  /** Attempts that do not, so their failure in the sandbox proves nothing. */
  unproven: number;
  /** Number of engines. */
  engines: number;
  unexpected: string[];
  known: KnownEscape[];
}

/** An escape by a known opening. */
interface KnownEscape {
  why: string;
  /** Attempt, engine and what arrived: "navigation of itself (Chromium: 345 bytes)". */
  what: string;
}

function tally({ runs }: ProbeFacts, kind: 'reach' | 'keep', places: readonly ProbedPlace[]): Tally {
  const out: Tally = { proven: 0, unproven: 0, engines: runs.length, unexpected: [], known: [] };
  for (const { engine, browser, sandboxed, control } of runs) {
    for (const tried of sandboxed) {
      if (!places.includes(tried.place) || attemptOf(tried.id).kind !== kind) continue;
      const { escaped, received } = outcomeOf(tried);
      if (escaped || isProven(control, tried)) out.proven++;
      else out.unproven++;
      if (!escaped) continue;
      const why = knownOpening(engine, tried);
      const title = `${attemptOf(tried.id).title} (${browser.split(' ')[0]}${received === '' ? '' : `: ${received}`})`;
      if (why === undefined) out.unexpected.push(title);
      else out.known.push({ why, what: title });
    }
  }
  return out;
}

function escapeOutcome({ proven, unproven, engines, unexpected, known }: Tally): Outcome {
  const rest =
    unproven > 0
      ? ` ${count(unproven, 'further attempt')} had no effect in the control run either, so ${unproven === 1 ? 'it proves' : 'they prove'} nothing and ${unproven === 1 ? 'is' : 'are'} not counted.`
      : '';
  const tried = `${count(proven, 'attempt')} in ${count(engines, 'engine')}, each of which works in the control run`;
  if (unexpected.length > 0) return fail(`Escaped: ${unexpected.join('; ')}. Total: ${tried}.${rest}`);
  if (proven === 0)
    return notTested(engines === 0 ? 'No engine could be probed.' : `No attempt works in the control run.${rest}`);
  if (known.length === 0) return pass(`Nothing arrived from ${tried}.${rest}`);
  const byReason = Map.groupBy(known, ({ why }) => why);
  const reasons = Array.from(byReason, ([why, all]) => `\n- because ${why}: ${all.map(({ what }) => what).join(', ')}`);
  return pass(`${tried}.${rest} ${count(known.length, 'attempt')} got out by a known opening:${reasons.join('')}`);
}

/** The smallest share of attempts that must succeed in the control. */
const LEAST_SHARE = 0.5;

function controlOutcome({ runs }: ProbeFacts): Outcome {
  if (runs.length === 0) return notTested('No engine could be probed.');
  const shares = runs.map(({ browser, control }) => {
    const reach = control.filter(({ id }) => attemptOf(id).kind === 'reach');
    return { browser, arrived: reach.filter((one: Tried) => outcomeOf(one).escaped).length, of: reach.length };
  });
  const figures = shares.map(({ browser, arrived, of }) => `${browser}: ${arrived} of ${of} arrived`).join('; ');
  return shares.every(({ arrived, of }) => arrived / of >= LEAST_SHARE) ? pass(`${figures}.`) : fail(`${figures}.`);
}

function hostOutcome({ host }: ProbeFacts, url: string | undefined): Outcome {
  if (url === undefined) return notTested('No app was given: use --url with its address.');
  const all = host.flatMap(({ engine, attacked: attacks }) => attacks.map((one) => ({ ...one, engine })));
  const tried = all.filter(({ bytes }) => bytes !== undefined);
  if (tried.length === 0) return notTested('The app had no sandbox that could be replaced.');
  const through = tried.filter(({ bytes = 0 }) => bytes > 0);
  const proven = tried.filter(({ control }) => control > 0).length;
  const others = tried.length - proven;
  const engines = [...new Set(tried.map(({ engine }) => engine))].join(' and ');
  if (through.length > 0)
    return fail(
      `The page acted on: ${through.map(({ id, engine, bytes = 0 }) => `${id} (${engine}: ${bytes} bytes)`).join(', ')}.`,
    );
  if (proven === 0) return notTested('The control page acted on none of the attacks, so they prove nothing.');
  return pass(
    `In ${engines}: the page acted on 0 of ${count(proven, 'attack')} on which the control page acts. ${count(others, 'further attack')} had no effect on the control page either and ${others === 1 ? 'is' : 'are'} not counted.`,
  );
}
