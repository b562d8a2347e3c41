/** Claims about a probed sandbox. Pure. Flow: run.ts → outcomes → here → report. Spec: docs/design/audit.md#probe */
import { claimBuilder, type Claim, count, fail, notTested, type Outcome, pass } from '../../report/report.ts';
import type { ProbedPlace, Tried } from './engine-run.ts';
import { attemptOf, knownOpening, outcomeOf } from './outcomes.ts';
import type { ProbeFacts } from './facts.ts';

export const PROBE_CLAIMS = {
  'sandbox-is-published': 'The document is the published sandbox',
  'scanner-reaches-no-server': 'No attempt in the scanner’s worker reaches a server after the scope lockdown',
  'policy-alone-stops-scanner': 'No attempt in the scanner’s worker reaches a server before the scope lockdown either',
  'classifier-reaches-no-server':
    'No attempt in the classifier’s worker reaches a server, before or after the scope lockdown',
  'window-has-only-known-openings':
    'In the sandbox’s window, which never receives content, only known openings reach a server',
  'nothing-is-stored-or-reached':
    'Apart from known openings, no attempt stores data, reaches the host’s page or the device, or turns text into code',
  'all-engines-were-probed': 'All requested engines were probed',
  'attempts-work-without-sandbox':
    'At least half of the network attempts succeed in each engine without policy and sandbox',
  'hostile-sandbox-controls-nothing': 'The host’s page sends nothing on behalf of a hostile sandbox',
} as const;
const claim = claimBuilder(PROBE_CLAIMS);

export const NO_CLASSIFIER =
  'The classifier’s worker was not probed, since its code was not given: use --classifier with classifier.mjs of the release.';

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
    claim(
      'classifier-reaches-no-server',
      `Its published code ran in the published sandbox. ${servers}`,
      facts.classifier === undefined ? notTested(NO_CLASSIFIER) : of('reach', 'classifier', 'classifier-policy'),
    ),
    claim(
      'window-has-only-known-openings',
      'The same attempts ran in the sandbox’s window, whose script only starts and ends workers.',
      of('reach', 'window'),
    ),
    claim(
      'nothing-is-stored-or-reached',
      'Attempts covered storage of every kind, the parent’s objects, clipboard, notifications, devices and eval, in the window and in the probed workers.',
      of('keep', 'window', 'worker', 'content', 'classifier', 'classifier-policy'),
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
  attempts: number;
  /** Number of engines. */
  engines: number;
  unexpected: string[];
  /** The reason of each known opening. */
  known: string[];
}

function tally({ runs }: ProbeFacts, kind: 'reach' | 'keep', places: readonly ProbedPlace[]): Tally {
  const out: Tally = { attempts: 0, engines: runs.length, unexpected: [], known: [] };
  for (const { engine, browser, sandboxed } of runs) {
    for (const tried of sandboxed) {
      if (!places.includes(tried.place) || attemptOf(tried.id).kind !== kind) continue;
      out.attempts++;
      const { escaped, received } = outcomeOf(tried);
      if (!escaped) continue;
      const why = knownOpening(engine, tried);
      const title = `${attemptOf(tried.id).title} (${browser.split(' ')[0]}${received === '' ? '' : `: ${received}`})`;
      if (why === undefined) out.unexpected.push(title);
      else out.known.push(why);
    }
  }
  return out;
}

function escapeOutcome({ attempts, engines, unexpected, known: open }: Tally): Outcome {
  if (attempts === 0) return notTested('No engine could be probed.');
  const tried = `${count(attempts, 'attempt')} in ${count(engines, 'engine')}`;
  if (unexpected.length > 0) return fail(`Escaped: ${unexpected.join('; ')}. Total: ${tried}.`);
  if (open.length === 0) return pass(`0 bytes from ${tried}.`);
  const byReason = Map.groupBy(open, (why) => why);
  const reasons = Array.from(byReason, ([why, all]) => `${all.length} because ${why}`).join('; ');
  return pass(`${tried}. ${open.length} used a known opening: ${reasons}. The tables name them.`);
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
  const real = all.filter(({ control }) => control > 0).length;
  if (through.length > 0)
    return fail(`The page acted on: ${through.map(({ id, engine }) => `${id} (${engine})`).join(', ')}.`);
  return real === 0
    ? fail('The control page acted on none of them either, so the attacks prove nothing.')
    : pass(`The page acted on 0 of ${tried.length} attacks; the control page acted on ${real}.`);
}
