/**
 * `lodestone-audit probe`: every known way out is tried inside the published sandbox, in three engines, while servers listen.
 * Flow: sandbox.html, classifier.mjs → attempts in the window and in both workers, sealed and as a control → claims.
 * Spec: DESIGN §1, §8; auditor's demands 42, 45, 46.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { sha256Hex } from '@lodestone/trust';
import type { Engine } from '../../browsers/index.ts';
import { attackHost, type HostAttacked } from './host-attacks.ts';
import { startResolver } from './name-server.ts';
import { type EngineRun, type ProbedPlace, runEngine, type Tried } from './engine-run.ts';
import { attemptOf, known, outcomeOf } from './outcomes.ts';
import {
  broken,
  type Claim,
  count,
  holds,
  type Outcome,
  type Report,
  reportOf,
  untested,
} from '../../report/report.ts';
import { auditSandbox, type SandboxLock } from '../sandbox/run.ts';

export interface ProbeOptions {
  /** For the report: where the sandbox came from. */
  name: string;
  /** The published document. */
  sandbox: Uint8Array;
  /** The classifier's code that was published beside it. Without it that worker is not probed, and the report says so. */
  classifier?: Uint8Array | undefined;
  published?: Partial<SandboxLock> | undefined;
  engines: readonly Engine[];
  /** A running app that embeds Lodestone: a sandbox in an attacker's hands attacks it. */
  url?: string | undefined;
  say?: (line: string) => void;
  memoryFile?: string | undefined;
}

export interface ProbeFacts {
  build: string | undefined;
  /** SHA-256 of the classifier's code; `undefined`: its worker was not probed. */
  classifier: string | undefined;
  runs: readonly EngineRun[];
  /** Engines that could not be had, and why. */
  missing: readonly { engine: Engine; why: string }[];
  host: readonly { engine: Engine; attacked: readonly HostAttacked[] }[];
  /** Whether look-ups of names were counted. */
  namesCounted: boolean;
}

const NO_CLASSIFIER =
  'The classifier’s worker was not probed: its code, the release’s classifier.mjs, was not given (--classifier).';

/** @throws {LodestoneError} `ERR_USAGE` where it is no sandbox, or the classifier's code is another's; `ERR_BROWSER_START` */
export async function auditProbe(options: ProbeOptions): Promise<Report<ProbeFacts>> {
  const { name, sandbox, classifier, published, engines, url, memoryFile, say = () => {} } = options;
  const document = auditSandbox({ name, html: sandbox, published });
  const resolver = await startResolver();
  if (!resolver) say('Look-ups of names are not counted: that needs Linux, root and a free port 53');
  if (!classifier) say(NO_CLASSIFIER);
  const runs: EngineRun[] = [];
  const missing: ProbeFacts['missing'][number][] = [];
  const host: ProbeFacts['host'][number][] = [];
  try {
    for (const engine of engines) {
      try {
        const [html = '', code] = [sandbox, classifier].map((bytes) => bytes && new TextDecoder().decode(bytes));
        runs.push(await runEngine({ engine, sandbox: html, classifier: code, say, memoryFile, resolver }));
        if (url !== undefined && engine !== 'webkit')
          host.push({ engine, attacked: await attackHost({ engine, url, say, memoryFile }) });
      } catch (error) {
        if (!(error instanceof LodestoneError) || error.code !== 'ERR_BROWSER_MISSING') throw error;
        missing.push({ engine, why: error.message });
        say(`Left out: ${engine}. ${error.message.split('\n')[0]}`);
      }
    }
  } finally {
    await resolver?.close();
  }
  const facts: ProbeFacts = {
    build: document.facts.build.stated,
    classifier: classifier && sha256Hex(classifier),
    runs,
    missing,
    host,
    namesCounted: resolver !== undefined,
  };
  return reportOf('probe', name, {
    claims: [...document.claims.slice(0, 1), ...claimsOf(facts, url)],
    limits: [
      'Only ways that are known here were tried; a browser of another version may have others.',
      ...(resolver
        ? []
        : ['Look-ups of names were not counted in this run: that needs Linux, root and a free port 53.']),
      ...(url === undefined
        ? []
        : ['The host’s page was attacked in Chromium and Firefox, and only where its sandbox is a srcdoc frame.']),
      classifier
        ? 'The classifier’s worker was probed without its runtime and without a model: both only compute, and come by its port.'
        : NO_CLASSIFIER,
      'What a control run does not show to arrive proves nothing in that engine; the table says which those are.',
      'A side channel that changes how fast this machine is, or how warm, sends no bytes and is not looked for.',
    ],
    facts,
  });
}

/** What the facts come to; pure. */
export function claimsOf(facts: ProbeFacts, url: string | undefined): Claim[] {
  const servers = `Servers for HTTP, WebSocket and datagrams${facts.namesCounted ? ', and a name server,' : ''} counted what came, one server for each attempt.`;
  const of = (kind: 'reach' | 'keep', places: readonly ProbedPlace[]): Tally => tally(facts, kind, places);
  return [
    {
      promise: 'From the scanner’s worker, in which content is looked at, nothing reaches a server.',
      tested: `Inside the published sandbox, as it is when content comes. ${servers}`,
      ...judge(of('reach', ['content'])),
    },
    {
      promise: 'Its policy alone is enough for that: also with everything that the scanner takes away still there.',
      tested: 'The same in that worker before the scanner’s own code runs.',
      ...judge(of('reach', ['worker'])),
    },
    {
      promise: 'From the classifier’s worker, in which pictures are looked at, nothing reaches a server either.',
      tested: `Its published code ran in the published sandbox: as it is when a picture comes, and before that code has taken anything away. ${servers}`,
      ...(facts.classifier === undefined
        ? untested(NO_CLASSIFIER)
        : judge(of('reach', ['classifier', 'classifier-policy']))),
    },
    {
      promise: 'From the window around them, into which content never comes, nothing gets out but by what is known.',
      tested: 'The same in the sandbox’s window, whose script only starts and ends workers.',
      ...judge(of('reach', ['window'])),
    },
    {
      promise:
        'Nothing can be kept, nothing of the host’s page or of the device can be reached, and no text becomes code.',
      tested:
        'Storage of every kind, the parent’s objects, clipboard, notifications, devices, eval; in the window and in the workers that were probed.',
      ...judge(of('keep', ['window', 'worker', 'content', 'classifier', 'classifier-policy'])),
    },
    {
      promise: 'All engines that were asked for were tried.',
      tested: 'Each was looked for on this machine, and installed where it could be.',
      ...(facts.missing.length === 0
        ? holds(facts.runs.map(({ browser }) => browser).join(', '))
        : untested(facts.missing.map(({ engine, why }) => `${engine}: ${why}`).join('; '))),
    },
    {
      promise: 'The attempts are real.',
      tested: 'As a control, the same attempts in a frame without policy and sandbox.',
      ...controlled(facts),
    },
    {
      promise: 'A sandbox in an attacker’s hands gets nothing done in the host’s page.',
      tested: `In the running app its sandbox was replaced by one that answers with attacks: comlink’s own messages, lies, floods. A server counted what the app’s page sent for it; a page that exposes something was the control.`,
      ...attacked(facts, url),
    },
  ];
}

interface Tally {
  attempts: number;
  /** Of engines. */
  engines: number;
  surprises: string[];
  /** Why each that is known got out. */
  known: string[];
}

function tally({ runs }: ProbeFacts, kind: 'reach' | 'keep', places: readonly ProbedPlace[]): Tally {
  const out: Tally = { attempts: 0, engines: runs.length, surprises: [], known: [] };
  for (const { engine, browser, sealed } of runs) {
    for (const tried of sealed) {
      if (!places.includes(tried.place) || attemptOf(tried.id).kind !== kind) continue;
      out.attempts++;
      const { escaped, seen } = outcomeOf(tried);
      if (!escaped) continue;
      const why = known(engine, tried);
      const told = `${attemptOf(tried.id).title} (${browser.split(' ')[0]}${seen === '' ? '' : `: ${seen}`})`;
      if (why === undefined) out.surprises.push(told);
      else out.known.push(why);
    }
  }
  return out;
}

function judge({ attempts, engines, surprises, known: open }: Tally): Outcome {
  if (attempts === 0) return untested('No engine could be tried.');
  const tried = `${count(attempts, 'attempt')} in ${count(engines, 'engine')}`;
  if (surprises.length > 0) return broken(`Got out: ${surprises.join('; ')}. Of ${tried}.`);
  if (open.length === 0) return holds(`0 bytes, of ${tried}.`);
  const byReason = Map.groupBy(open, (why) => why);
  const told = Array.from(byReason, ([why, all]) => `${all.length} since ${why}`).join('; ');
  return holds(`${tried}. ${open.length} got out, each in a known way: ${told}. The tables name them.`);
}

/** Below this share of attempts that work without a seal, the attempts themselves would be in doubt. */
const LEAST_REAL = 0.5;

function controlled({ runs }: ProbeFacts): Outcome {
  if (runs.length === 0) return untested('No engine could be tried.');
  const shares = runs.map(({ browser, control }) => {
    const reach = control.filter(({ id }) => attemptOf(id).kind === 'reach');
    return { browser, arrived: reach.filter((one: Tried) => outcomeOf(one).escaped).length, of: reach.length };
  });
  const told = shares.map(({ browser, arrived, of }) => `${browser}: ${arrived} of ${of} arrived`).join('; ');
  return shares.every(({ arrived, of }) => arrived / of >= LEAST_REAL) ? holds(`${told}.`) : broken(`${told}.`);
}

function attacked({ host }: ProbeFacts, url: string | undefined): Outcome {
  if (url === undefined) return untested('No app was named: give its address by --url.');
  const all = host.flatMap(({ engine, attacked: attacks }) => attacks.map((one) => ({ ...one, engine })));
  const tried = all.filter(({ bytes }) => bytes !== undefined);
  if (tried.length === 0) return untested('The app showed no sandbox whose place could be taken.');
  const through = tried.filter(({ bytes = 0 }) => bytes > 0);
  const real = all.filter(({ control }) => control > 0).length;
  if (through.length > 0)
    return broken(`Carried out: ${through.map(({ id, engine }) => `${id} (${engine})`).join(', ')}.`);
  return real === 0
    ? broken('The control did not carry out a single one: the attacks themselves are in doubt.')
    : holds(`0 of ${tried.length} were carried out; a page that exposes something carried out ${real}.`);
}
