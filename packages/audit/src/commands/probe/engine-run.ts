/**
 * Runs all attempts in one engine: in the sandbox, and as a control without policy and sandbox. In each worker they run twice:
 * before its code, with the policy alone, and after the scope lockdown. Flow: attempts → frames → browser tab → what arrived.
 * Spec: docs/design/audit.md#probe
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Engine } from '../../browsers/index.ts';
import { type Attempt, attemptsAt } from './attempts/attempts.ts';
import { isLocked, type ProbedPlace } from './probed-place.ts';
import { injectIntoWindow } from './inject-script.ts';
import {
  type ByPlace,
  controlDocument,
  controlWorker,
  type ProbedPart,
  probedPart,
  probedScanner,
  SANDBOX_ATTRIBUTE,
} from './probed-frames.ts';
import { ATTEMPT_MS, attemptsScript, type Ending, withTargets } from './injected-probe.ts';
import { type Arrived, type Listeners, listen } from './listeners.ts';
import { type FrameOfRun, type Heard, type Pages, servePages } from './host-page.ts';
import { openBrowserTab, type BrowserTab, type BrowserTabOptions } from './browser-tab.ts';

export interface Tried {
  id: string;
  place: ProbedPlace;
  /** At the attempt's server. */
  arrived: Arrived;
  /** Look-ups of its name; `undefined` if they were not counted. */
  lookups: number | undefined;
  /** `undefined` if its frame or page was gone before it reported. */
  ending: Ending | undefined;
}

export interface EngineRun {
  engine: Engine;
  /** Name and version. */
  browser: string;
  sandboxed: readonly Tried[];
  control: readonly Tried[];
}

export interface RunOptions extends BrowserTabOptions {
  engine: Engine;
  /** The published document. */
  sandbox: string;
  /** The lazy parts whose workers are probed, with their published code. */
  parts: readonly ProbedPart[];
}

interface Context extends RunOptions {
  tab: BrowserTab;
  pages: Pages;
  sandboxed: boolean;
}

export async function runEngine(options: RunOptions): Promise<EngineRun> {
  const { engine, say } = options;
  const tab = await openBrowserTab(engine, options);
  const pages = await servePages();
  try {
    say(`${tab.name}: attempts in the sandbox`);
    const sandboxed = await tryAll({ ...options, tab, pages, sandboxed: true });
    say(`${tab.name}: the same attempts without policy and sandbox, as a control`);
    const control = await tryAll({ ...options, tab, pages, sandboxed: false });
    return { engine, browser: tab.name, sandboxed: sandboxed, control };
  } finally {
    await tab.close();
    await pages.close();
  }
}

async function tryAll(context: Context): Promise<Tried[]> {
  const apart = (attempts: readonly Attempt[]): Attempt[][] => attempts.map((attempt) => [attempt]);
  const tried = await tryInWorkers(context);
  tried.push(...(await tryInWindow(context, [attemptsAt('window')])));
  tried.push(...(await tryInWindow(context, apart(attemptsAt('window', 'frame')))));
  // In the sandbox none of these gets far enough to disturb the others.
  const pages = apart(attemptsAt('window', 'page'));
  for (const groups of context.sandboxed ? [pages] : apart(pages.flat()).map((group) => [group]))
    tried.push(...(await tryInWindow(context, groups)));
  return tried;
}

/** @param groups attempts of one frame each */
async function tryInWindow(context: Context, groups: readonly (readonly Attempt[])[]): Promise<Tried[]> {
  const { sandbox, sandboxed } = context;
  const isTried = (attempt: Attempt): boolean => sandboxed || !attempt.noControl;
  const attempts = groups.flat().filter(isTried);
  const listeners = await listen(idsOf(attempts), runOf(context, 'window'));
  try {
    const frames = groups.map((group): FrameOfRun => {
      const ending = withTargets(attemptsScript(group.filter(isTried)), listeners.targets);
      const script = `${ending}.then((endings) => parent.postMessage({ type: 'lodestone-probe', phase: 'window', endings }, '*'))`;
      return sandboxed
        ? { html: injectIntoWindow(sandbox, script), sandboxAttribute: SANDBOX_ATTRIBUTE }
        : { html: controlDocument(script), sandboxAttribute: null };
    });
    const isComplete = ({ endings }: Heard): boolean => endings['window']?.length === attempts.length;
    // A frame that navigated away never reports how its attempts ended.
    const heard = await watch(context, frames, isComplete, ATTEMPT_MS + SETTLE_MS);
    return attempts.map((attempt) => triedAt(context, 'window', attempt.id, listeners, heard));
  } finally {
    await listeners.close();
  }
}

async function tryInWorkers(context: Context): Promise<Tried[]> {
  const { sandbox, parts, sandboxed } = context;
  if (!sandboxed) return tryInSandbox(context, ['worker'], controlWorker);
  const tried = await tryInSandbox(context, ['worker', 'content'], (at) => probedScanner(sandbox, at));
  // Each in a separate sandbox and page, since the scanner's attempts may make the window end a part's worker.
  for (const part of parts) {
    const started = (at: ByPlace): FrameOfRun => probedPart(sandbox, part, at);
    tried.push(...(await tryInSandbox(context, [`${part.name}-policy`, part.name], started)));
  }
  return tried;
}

/**
 * Firefox sometimes hangs a worker that starts workers, as attempts do: the classifier's in one run of three, up to twice in a
 * row. If no attempt ran, the sandbox is started again, unless something has arrived.
 */
const STARTS = 5;

async function tryInSandbox(
  context: Context,
  places: readonly ProbedPlace[],
  frameOf: (at: ByPlace) => FrameOfRun,
  startsLeft = STARTS,
): Promise<Tried[]> {
  const attemptsOf = (place: ProbedPlace): Attempt[] =>
    attemptsAt('worker').filter(({ afterStart }) => !afterStart || isLocked(place));
  const listeners: ByPlace = {};
  try {
    for (const place of places) listeners[place] = await listen(idsOf(attemptsOf(place)), runOf(context, place));
    const isComplete = ({ endings }: Heard): boolean => places.every((place) => endings[place] !== undefined);
    const heard = await watch(context, [frameOf(listeners)], isComplete, PAGE_LIMIT_MS);
    const tried = places.flatMap((place) =>
      attemptsOf(place).map(({ id }) => triedAt(context, place, id, listeners[place], heard)),
    );
    const why = context.sandboxed ? whyInvalid(heard, places) : undefined;
    if (why === undefined) return tried;
    if (startsLeft === 1 || tried.some(hasArrived))
      throw new LodestoneError('ERR_BROWSER_START', `${context.tab.name}: ${why}`);
    context.say(`${context.tab.name}: ${why}. Retrying`);
  } finally {
    for (const one of Object.values(listeners)) await one.close();
  }
  return tryInSandbox(context, places, frameOf, startsLeft - 1);
}

/** Time limit of a page; many attempts on a busy machine take several seconds. */
const PAGE_LIMIT_MS = 20_000;
/** After the last report, for traffic that is still under way. */
const SETTLE_MS = 1_500;
const POLL_MS = 250;

async function watch(
  { tab, pages }: Context,
  frames: readonly FrameOfRun[],
  isComplete: (heard: Heard) => boolean,
  silenceMs: number,
): Promise<Heard | undefined> {
  await tab.open(pages.show(frames));
  const opened = Date.now();
  let heard: Heard | undefined;
  let lastNews = opened;
  while (Date.now() - opened < PAGE_LIMIT_MS) {
    const now = await tab.heard();
    if (now === 'elsewhere') break;
    const news = JSON.stringify(now) !== JSON.stringify(heard);
    heard = now ?? heard;
    if (heard && isComplete(heard)) break;
    if (news) lastNews = Date.now();
    if (heard && Date.now() - lastNews > silenceMs) break;
    await sleep(POLL_MS);
  }
  await sleep(SETTLE_MS);
  const last = await tab.heard();
  return last === 'elsewhere' ? heard : (last ?? heard);
}

/** @returns why the attempts prove nothing about the sandbox: it did not start, or they did not run */
function whyInvalid(heard: Heard | undefined, places: readonly ProbedPlace[]): string | undefined {
  const isReady = heard?.events.some(({ type }) => type === 'ready') ?? false;
  const silent = places.filter((place) => heard?.endings[place] === undefined);
  if (isReady && silent.length === 0) return undefined;
  const events = heard?.events.map(({ type, reason }) =>
    reason === undefined ? type : `${type}: ${JSON.stringify(reason)}`,
  );
  return `the sandbox ${isReady ? 'started' : 'did not start'}, but no attempts ran in: ${silent.join(', ') || 'none'}. Its events: ${events?.join(', ') || 'none'}`;
}

function triedAt(
  { nameServer, ...context }: Context,
  place: ProbedPlace,
  id: string,
  listeners: Listeners | undefined,
  heard: Heard | undefined,
): Tried {
  const run = runOf(context, place);
  return {
    id,
    place,
    arrived: listeners?.arrived(id) ?? { connections: 0, bytes: 0, datagrams: 0 },
    lookups: nameServer?.lookups.filter((name) => name.startsWith(`${id}.${run}.`)).length,
    ending: heard?.endings[place]?.find((ending) => ending.id === id),
  };
}

function hasArrived({ arrived: { connections, datagrams }, lookups = 0 }: Tried): boolean {
  return connections > 0 || datagrams > 0 || lookups > 0;
}

function idsOf(attempts: readonly Attempt[]): string[] {
  return attempts.map(({ id }) => id);
}

/** Part of the DNS names of a run, which are short and case-insensitive. */
function runOf({ engine, sandboxed }: Pick<Context, 'engine' | 'sandboxed'>, place: ProbedPlace): string {
  return `${engine}-${place}-${sandboxed ? 'sealed' : 'control'}`;
}
