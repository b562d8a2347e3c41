/**
 * All attempts in one engine: in the sandbox, and as a control in a frame without any seal. Flow: attempts → sandboxes →
 * pages → a tab → what arrived. Two walls are tried apart in each of the sandbox's workers: the policy alone (before its own code
 * takes anything away), and the worker as content finds it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Engine } from '../../browsers/index.ts';
import { type Attempt, attemptsAt, type Place } from './attempts/attempts.ts';
import { buildOf, intoClassifier, intoWindow, intoWorker } from './inject-script.ts';
import { ATTEMPT_MS, attemptsScript, type Ending, withTargets } from './injected-probe.ts';
import { type Arrived, type Listeners, listen } from './listeners.ts';
import { type FrameOfRun, type Heard, inScript, type Pages, servePages } from './host-page.ts';
import { openBrowserTab, type BrowserTab, type BrowserTabOptions } from './browser-tab.ts';

/**
 * `content`: the scanner's worker as it is when content comes, `worker`: with the policy alone. The same of the classifier's:
 * `classifier`, `classifier-policy`.
 */
export type ProbedPlace = Place | 'content' | 'classifier' | 'classifier-policy';

export interface Tried {
  id: string;
  place: ProbedPlace;
  /** At the attempt's own server. */
  arrived: Arrived;
  /** Look-ups of its name; `undefined` where they could not be counted. */
  lookups: number | undefined;
  /** `undefined` where its frame or page was gone before it could say. */
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
  /** The classifier's published code; without it its worker is not probed. */
  classifier: string | undefined;
}

interface Context extends RunOptions {
  tab: BrowserTab;
  pages: Pages;
  sealed: boolean;
}

export async function runEngine(options: RunOptions): Promise<EngineRun> {
  const { engine, say } = options;
  const tab = await openBrowserTab(engine, options);
  const pages = await servePages();
  try {
    say(`${tab.name}: in the sandbox`);
    const sealed = await tryAll({ ...options, tab, pages, sealed: true });
    say(`${tab.name}: the same without a seal, as a control`);
    const control = await tryAll({ ...options, tab, pages, sealed: false });
    return { engine, browser: tab.name, sandboxed: sealed, control };
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
  // Where there is a seal none of these gets far enough to disturb the others.
  const pages = apart(attemptsAt('window', 'page'));
  for (const groups of context.sealed ? [pages] : apart(pages.flat()).map((group) => [group]))
    tried.push(...(await tryInWindow(context, groups)));
  return tried;
}

/** As the client does it. */
const SANDBOX_ATTRIBUTE = 'allow-scripts';

/** @param groups each has a frame of its own */
async function tryInWindow(context: Context, groups: readonly (readonly Attempt[])[]): Promise<Tried[]> {
  const { sandbox, sealed } = context;
  const isTried = (attempt: Attempt): boolean => sealed || !attempt.uncontrolled;
  const attempts = groups.flat().filter(isTried);
  const listeners = await listen(idsOf(attempts), runOf(context, 'window'));
  try {
    const frames = groups.map((group): FrameOfRun => {
      const ending = withTargets(attemptsScript(group.filter(isTried)), listeners.targets);
      const script = `${ending}.then((endings) => parent.postMessage({ type: 'lodestone-probe', phase: 'window', endings }, '*'))`;
      return sealed
        ? { html: intoWindow(sandbox, script), sandboxAttribute: SANDBOX_ATTRIBUTE }
        : { html: unsealed(script), sandboxAttribute: null };
    });
    const isEnough = ({ endings }: Heard): boolean => endings['window']?.length === attempts.length;
    // A frame that went elsewhere never says how it ended.
    const heard = await watch(context, frames, isEnough, ATTEMPT_MS + SETTLE_MS);
    return attempts.map((attempt) => triedAt(context, 'window', attempt.id, listeners, heard));
  } finally {
    await listeners.close();
  }
}

async function tryInWorkers(context: Context): Promise<Tried[]> {
  const { sandbox, classifier, sealed } = context;
  if (!sealed) return tryInSandbox(context, ['worker'], unsealedWorker);
  const tried = await tryInSandbox(context, ['worker', 'content'], (at) => sealedScanner(sandbox, at));
  if (classifier === undefined) return tried;
  // In a sandbox of its own, on a page of its own: the scanner's attempts may have the window end its classifier.
  const started = (at: ByPlace): FrameOfRun => sealedClassifier(sandbox, classifier, at);
  return [...tried, ...(await tryInSandbox(context, ['classifier-policy', 'classifier'], started))];
}

/**
 * Firefox hangs a worker at times that starts workers itself, as attempts do: once in three runs the classifier's, up to twice in
 * a row. Where nothing was tried it is started again, unless something has arrived.
 */
const STARTS = 5;

async function tryInSandbox(
  context: Context,
  places: readonly ProbedPlace[],
  frameOf: (at: ByPlace) => FrameOfRun,
  startsLeft = STARTS,
): Promise<Tried[]> {
  const attemptsOf = (place: ProbedPlace): Attempt[] =>
    attemptsAt('worker').filter(({ booted }) => !booted || place === 'content' || place === 'classifier');
  const listeners: ByPlace = {};
  try {
    for (const place of places) listeners[place] = await listen(idsOf(attemptsOf(place)), runOf(context, place));
    const isEnough = ({ endings }: Heard): boolean => places.every((place) => endings[place] !== undefined);
    const heard = await watch(context, [frameOf(listeners)], isEnough, PATIENCE_MS);
    const tried = places.flatMap((place) =>
      attemptsOf(place).map(({ id }) => triedAt(context, place, id, listeners[place], heard)),
    );
    const why = context.sealed ? notTried(heard, places) : undefined;
    if (why === undefined) return tried;
    if (startsLeft === 1 || tried.some(hasArrived))
      throw new LodestoneError('ERR_BROWSER_START', `${context.tab.name}: ${why}`);
    context.say(`${context.tab.name}: ${why}. Once more`);
  } finally {
    for (const one of Object.values(listeners)) await one.close();
  }
  return tryInSandbox(context, places, frameOf, startsLeft - 1);
}

type ByPlace = Partial<Record<ProbedPlace, Listeners>>;

/** Once before the scanner's own code, which waits for it, and once when it has started and had time to take things away. */
function sealedScanner(sandbox: string, { worker, content }: ByPlace): FrameOfRun {
  const attempts = attemptsScript(attemptsAt('worker'));
  const html = intoWorker(
    sandbox,
    `{
const attempt = ${attempts};
const later = self.setTimeout.bind(self);
const tell = (port, phase, endings) => port.postMessage({ type: 'lodestone-probe', phase, endings });
self.addEventListener('message', ({ ports: [, events] }) => {
  if (events) later(async () => {
    tell(events, 'worker', before);
    tell(events, 'content', await attempt(${JSON.stringify(content?.targets)}));
  }, ${STARTED_MS});
}, { once: true });
const before = await attempt(${JSON.stringify(worker?.targets)});
}`,
  );
  return { html, sandboxAttribute: SANDBOX_ATTRIBUTE, build: buildOf(html) };
}

/** By then the scanner has started, and taken away what it does not need. */
const STARTED_MS = 800;

/**
 * The same in the classifier's worker. The scanner hands its code to the window, as it does when a plan names a model, and passes
 * on what comes by the port that the window gives it.
 */
function sealedClassifier(sandbox: string, published: string, at: ByPlace): FrameOfRun {
  const attempts = attemptsScript(attemptsAt('worker'));
  const { html, code } = intoClassifier(
    sandbox,
    published,
    `{
const attempt = ${attempts};
const later = self.setTimeout.bind(self);
const tell = (port, phase, endings) => port.postMessage({ type: 'lodestone-probe', phase, endings });
const given = new Promise((resolve) => self.addEventListener('message', ({ ports: [port] }) => resolve(port), { once: true }));
const before = await attempt(${JSON.stringify(at['classifier-policy']?.targets)});
later(async () => {
  const port = await given;
  // Engines may have sent it while the classifier's own code still waited.
  dispatchEvent(new MessageEvent('message', { ports: [port] }));
  tell(port, 'classifier-policy', before);
  tell(port, 'classifier', await attempt(${JSON.stringify(at.classifier?.targets)}));
});
}`,
  );
  const starts = intoWorker(
    html,
    `{
const code = new TextEncoder().encode(${inScript(code)}).buffer;
const later = self.setTimeout.bind(self);
let toHost;
self.addEventListener('message', ({ data, ports: [port, events] }) => {
  if (events) {
    toHost = events;
    later(() => postMessage({ type: 'start-worker', part: 'classifier', code }), ${STARTED_MS});
  } else {
    toHost.postMessage({ type: 'classifier', reason: data.fault ?? 'started' });
    port?.addEventListener('message', ({ data }) => toHost.postMessage(data));
    port?.start();
  }
});
}`,
  );
  return { html: starts, sandboxAttribute: SANDBOX_ATTRIBUTE, build: buildOf(starts) };
}

function unsealedWorker({ worker }: ByPlace): FrameOfRun {
  const attempts = withTargets(attemptsScript(attemptsAt('worker')), worker?.targets ?? {});
  const code = `${attempts}.then((endings) => postMessage({ type: 'lodestone-probe', phase: 'worker', endings }))`;
  const script = `const worker = new Worker('data:text/javascript,' + encodeURIComponent(${JSON.stringify(code)}), { type: 'module' });
worker.onmessage = ({ data }) => parent.postMessage(data, '*')`;
  return { html: unsealed(script), sandboxAttribute: null };
}

/** The same kind of document, without a policy. */
function unsealed(script: string): string {
  // In a script element only this sequence could end it.
  return `<!doctype html>\n<meta charset="utf-8">\n<body>\n<script>${script.replaceAll('</', String.raw`<\/`)}</script>\n`;
}

/** A page with many attempts on a busy machine takes its time; who is silent by then is silent. */
const PATIENCE_MS = 20_000;
/** After the last ending, for what is still under way. */
const SETTLE_MS = 1_500;
const POLL_MS = 250;

async function watch(
  { tab, pages }: Context,
  frames: readonly FrameOfRun[],
  isEnough: (heard: Heard) => boolean,
  silenceMs: number,
): Promise<Heard | undefined> {
  await tab.open(pages.show(frames));
  const opened = Date.now();
  let heard: Heard | undefined;
  let lastNews = opened;
  while (Date.now() - opened < PATIENCE_MS) {
    const now = await tab.heard();
    if (now === 'elsewhere') break;
    const news = JSON.stringify(now) !== JSON.stringify(heard);
    heard = now ?? heard;
    if (heard && isEnough(heard)) break;
    if (news) lastNews = Date.now();
    if (heard && Date.now() - lastNews > silenceMs) break;
    await sleep(POLL_MS);
  }
  await sleep(SETTLE_MS);
  const last = await tab.heard();
  return last === 'elsewhere' ? heard : (last ?? heard);
}

/** What was tried in another document than the sandbox proves nothing of the sandbox, nor does what was not tried. */
function notTried(heard: Heard | undefined, places: readonly ProbedPlace[]): string | undefined {
  const isReady = heard?.events.some(({ type }) => type === 'ready') ?? false;
  const silent = places.filter((place) => heard?.endings[place] === undefined);
  if (isReady && silent.length === 0) return undefined;
  const said = heard?.events.map(({ type, reason }) =>
    reason === undefined ? type : `${type}: ${JSON.stringify(reason)}`,
  );
  return `the sandbox ${isReady ? 'started' : 'did not start'}, no attempts in: ${silent.join(', ') || 'none'}. It said: ${said?.join(', ') || 'nothing'}`;
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
    lookups: nameServer?.asked.filter((name) => name.startsWith(`${id}.${run}.`)).length,
    ending: heard?.endings[place]?.find((ending) => ending.id === id),
  };
}

function hasArrived({ arrived: { connections, datagrams }, lookups = 0 }: Tried): boolean {
  return connections > 0 || datagrams > 0 || lookups > 0;
}

function idsOf(attempts: readonly Attempt[]): string[] {
  return attempts.map(({ id }) => id);
}

/** Part of the names of a run: names are case-insensitive, and short. */
function runOf({ engine, sealed }: Pick<Context, 'engine' | 'sealed'>, place: ProbedPlace): string {
  return `${engine}-${place}-${sealed ? 'sealed' : 'control'}`;
}
