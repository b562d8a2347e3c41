/**
 * All attempts in one engine: in the sealed room, and as a control in a frame without any seal. Flow: attempts → rooms →
 * pages → a tab → what arrived. Two walls are tried apart: the policy alone (before the scanner takes anything away), and the
 * scanner as content finds it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Engine } from '../browsers/index.ts';
import { type Attempt, attemptsAt, type Place } from './attempts.ts';
import { buildOf, intoWindow, intoWorker } from './insert.ts';
import { ATTEMPT_MS, attemptsScript, type Ending, withTargets } from './inside.ts';
import { type Arrived, type Listeners, listen } from './listeners.ts';
import { type FrameOfRun, type Heard, type Pages, servePages } from './page.ts';
import { openTab, type Tab, type TabOptions } from './tab.ts';

/** `content`: the worker as it is when content comes. */
export type ProbedPlace = Place | 'content';

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
  sealed: readonly Tried[];
  control: readonly Tried[];
}

export interface RunOptions extends TabOptions {
  engine: Engine;
  /** The published document. */
  room: string;
}

interface Context extends RunOptions {
  tab: Tab;
  pages: Pages;
  sealed: boolean;
}

export async function runEngine(options: RunOptions): Promise<EngineRun> {
  const { engine, say } = options;
  const tab = await openTab(engine, options);
  const pages = await servePages();
  try {
    say(`${tab.name}: in the sealed room`);
    const sealed = await tryAll({ ...options, tab, pages, sealed: true });
    say(`${tab.name}: the same without a seal, as a control`);
    const control = await tryAll({ ...options, tab, pages, sealed: false });
    return { engine, browser: tab.name, sealed, control };
  } finally {
    await tab.close();
    await pages.close();
  }
}

async function tryAll(context: Context): Promise<Tried[]> {
  const apart = (attempts: readonly Attempt[]): Attempt[][] => attempts.map((attempt) => [attempt]);
  const tried = await tryInWorker(context);
  tried.push(...(await tryInWindow(context, [attemptsAt('window')])));
  tried.push(...(await tryInWindow(context, apart(attemptsAt('window', 'frame')))));
  // Where there is a seal none of these gets far enough to disturb the others.
  const pages = apart(attemptsAt('window', 'page'));
  for (const groups of context.sealed ? [pages] : apart(pages.flat()).map((group) => [group]))
    tried.push(...(await tryInWindow(context, groups)));
  return tried;
}

/** As the client does it. */
const SANDBOX = 'allow-scripts';

/** @param groups each has a frame of its own */
async function tryInWindow(context: Context, groups: readonly (readonly Attempt[])[]): Promise<Tried[]> {
  const { room, sealed } = context;
  const isTried = (attempt: Attempt): boolean => sealed || !attempt.uncontrolled;
  const attempts = groups.flat().filter(isTried);
  const listeners = await listen(idsOf(attempts), runOf(context, 'window'));
  try {
    const frames = groups.map((group): FrameOfRun => {
      const ending = withTargets(attemptsScript(group.filter(isTried)), listeners.targets);
      const script = `${ending}.then((endings) => parent.postMessage({ type: 'lodestone-probe', phase: 'window', endings }, '*'))`;
      return sealed ? { html: intoWindow(room, script), sandbox: SANDBOX } : { html: unsealed(script), sandbox: null };
    });
    const heard = await watch(context, frames, ({ endings }) => endings['window']?.length === attempts.length);
    return attempts.map((attempt) => triedAt(context, 'window', attempt.id, listeners, heard));
  } finally {
    await listeners.close();
  }
}

async function tryInWorker(context: Context): Promise<Tried[]> {
  const places = context.sealed ? (['worker', 'content'] as const) : (['worker'] as const);
  const attemptsOf = (place: ProbedPlace): Attempt[] =>
    attemptsAt('worker').filter(({ booted }) => !booted || place === 'content');
  const listeners: Partial<Record<ProbedPlace, Listeners>> = {};
  try {
    for (const place of places) listeners[place] = await listen(idsOf(attemptsOf(place)), runOf(context, place));
    const frame = context.sealed ? sealedWorker(context.room, listeners) : unsealedWorker(listeners);
    const heard = await watch(context, [frame], ({ endings }) => places.every((place) => endings[place] !== undefined));
    if (context.sealed) checkStarted(context, heard);
    return places.flatMap((place) =>
      attemptsOf(place).map(({ id }) => triedAt(context, place, id, listeners[place], heard)),
    );
  } finally {
    for (const one of Object.values(listeners)) await one.close();
  }
}

type ByPlace = Partial<Record<ProbedPlace, Listeners>>;

/** Once before the scanner's own code, which waits for it, and once when it has started and had time to take things away. */
function sealedWorker(room: string, { worker, content }: ByPlace): FrameOfRun {
  const attempts = attemptsScript(attemptsAt('worker'));
  const html = intoWorker(
    room,
    `{
const attempt = ${attempts};
const later = self.setTimeout.bind(self);
const tell = (port, phase, endings) => port.postMessage({ type: 'lodestone-probe', phase, endings });
self.addEventListener('message', ({ ports: [, events] }) => {
  if (events) later(async () => {
    tell(events, 'worker', before);
    tell(events, 'content', await attempt(${JSON.stringify(content?.targets)}));
  }, 800);
}, { once: true });
const before = await attempt(${JSON.stringify(worker?.targets)});
}`,
  );
  return { html, sandbox: SANDBOX, build: buildOf(html) };
}

function unsealedWorker({ worker }: ByPlace): FrameOfRun {
  const attempts = withTargets(attemptsScript(attemptsAt('worker')), worker?.targets ?? {});
  const code = `${attempts}.then((endings) => postMessage({ type: 'lodestone-probe', phase: 'worker', endings }))`;
  const script = `const worker = new Worker('data:text/javascript,' + encodeURIComponent(${JSON.stringify(code)}), { type: 'module' });
worker.onmessage = ({ data }) => parent.postMessage(data, '*')`;
  return { html: unsealed(script), sandbox: null };
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
    // A frame that went elsewhere never says how it ended.
    if (news) lastNews = Date.now();
    if (heard && Date.now() - lastNews > ATTEMPT_MS + SETTLE_MS) break;
    await sleep(POLL_MS);
  }
  await sleep(SETTLE_MS);
  const last = await tab.heard();
  return last === 'elsewhere' ? heard : (last ?? heard);
}

/** What was tried in another document than the room proves nothing of the room. */
function checkStarted({ tab }: Context, heard: Heard | undefined): void {
  const refused = heard?.events.find(({ type }) => type === 'refused');
  const isReady = heard?.events.some(({ type }) => type === 'ready') ?? false;
  if (isReady) return;
  const why = refused ? `it refused: ${JSON.stringify(refused.reason)}` : 'it said nothing';
  throw new LodestoneError('ERR_BROWSER_START', `${tab.name}: the room did not start, ${why}`);
}

function triedAt(
  { resolver, ...context }: Context,
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
    lookups: resolver?.asked.filter((name) => name.startsWith(`${id}.${run}.`)).length,
    ending: heard?.endings[place]?.find((ending) => ending.id === id),
  };
}

function idsOf(attempts: readonly Attempt[]): string[] {
  return attempts.map(({ id }) => id);
}

/** Part of the names of a run: names are case-insensitive, and short. */
function runOf({ engine, sealed }: Pick<Context, 'engine' | 'sealed'>, place: ProbedPlace): string {
  return `${engine}-${place}-${sealed ? 'sealed' : 'control'}`;
}
