/**
 * One session of an app in a fresh browser behind the proxy: ready, each file attached, time for what leaves late, the
 * ledgers read, the end. Flow: adapter, proxy, browser → here → explain and search. The proxy closes before the ledgers are
 * read, so that what they say and what was recorded end at one moment.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Page } from 'playwright';
import { enclose, type Enclosure } from '../packets/network-namespace.ts';
import type { PacketFacts, PastProxy } from '../packets/records.ts';
import type { Adapter } from './adapter.ts';
import { type CaptureEngine, isMakers, openBrowser } from './recorded-browser.ts';
import type { Logged } from './browser-log.ts';
import { hintsOf, watchHints } from './resource-hints.ts';
import { type RecordingProxy, startProxy } from './proxy.ts';
import { framesOf, type SeenFrame } from './frames.ts';
import { savedBy, watchSaved } from './saved-blobs.ts';
import type { Sent } from './record.ts';

export interface SessionOptions {
  engine: CaptureEngine;
  url: string;
  adapter: Adapter;
  files: readonly Attachable[];
  own: readonly string[];
  /** Between files; 0 where not said. */
  pauseMs?: number;
  /** How long to wait after the last file, so that what leaves later is seen too. */
  settleMs: number;
  /** Records packets too, in a network of the browser's own: Chromium only, as root on Linux. */
  packets?: boolean;
  say: (line: string) => void;
  memoryFile?: string | undefined;
}

/** A file on this machine, and what the report calls it. */
export interface Attachable {
  name: string;
  path: string;
}

export interface Session {
  /** Name and version. */
  browser: string;
  traffic: readonly Sent[];
  ledgers: readonly string[];
  frames: readonly SeenFrame[];
  /** What was done, and when. */
  moments: readonly Moment[];
  /** When the recording ended: the proxy closed. */
  endedAt: number;
  /** Where they were recorded. */
  packets: PacketFacts | undefined;
}

export interface Moment {
  at: number;
  /** The file that was attached; none for other steps. */
  file?: string;
  label: string;
}

/** An app that does not get ready, or does not take a file, within this is not audited. */
const STEP_MS = 120_000;

export async function runSession(options: SessionOptions): Promise<Session> {
  const { engine, own } = options;
  const isOwn = (url: string): boolean => own.includes(new URL(url).origin);
  const proxy = await startProxy((url) => !isOwn(url) && isMakers(engine, new URL(url).hostname));
  let enclosure: Enclosure | undefined;
  try {
    enclosure = options.packets ? await enclose(proxy.port) : undefined;
    return await inBrowser(options, proxy, enclosure, isOwn);
  } finally {
    await enclosure?.close();
    await proxy.stop();
  }
}

async function inBrowser(
  options: SessionOptions,
  proxy: RecordingProxy,
  enclosure: Enclosure | undefined,
  isOwn: (url: string) => boolean,
): Promise<Session> {
  const { engine, adapter, settleMs, say } = options;
  const outlet = { proxy: `127.0.0.1:${proxy.port}`, spki: proxy.spki, ...enclosure };
  const watched = await openBrowser(engine, outlet, options);
  let open = true;
  try {
    const { page, name: browser } = watched;
    say(`${browser}, behind a proxy at ${outlet.proxy}${enclosure ? ', in a network of its own' : ''}`);
    await watchHints(page);
    await watchSaved(page);
    const moments = await useApp(page, options);
    say(`Waiting ${settleMs / 1_000} s for what leaves later`);
    await sleep(settleMs);
    const frames = await framesOf(page);
    const hints = await hintsOf(page);
    proxy.close(isOwn);
    const endedAt = Date.now();
    const ledgers = await step('give its ledgers', () =>
      adapter.ledgers(page, { savedBy: (action) => savedBy(page, action) }),
    );
    open = false;
    const logged = await watched.close();
    const recorded = await enclosure?.finish();
    const traffic = together(proxy.sent, recorded?.past ?? [], [...hints, ...logged]);
    return { browser, traffic, ledgers, frames, moments, endedAt, packets: recorded?.facts };
  } finally {
    if (open) await watched.close();
  }
}

async function useApp(page: Page, { url, adapter, files, pauseMs = 0, say }: SessionOptions): Promise<Moment[]> {
  page.setDefaultTimeout(STEP_MS / 2);
  say(`Opening ${url}`);
  const moments: Moment[] = [{ at: Date.now(), label: 'opened' }];
  await step('open', () => page.goto(url, { waitUntil: 'domcontentloaded' }));
  await step('get ready', () => adapter.ready(page));
  for (const { name, path } of files) {
    if (pauseMs > 0) await sleep(pauseMs);
    const at = Date.now();
    const said = await step(`take ${name}`, () => adapter.attach(page, path));
    const label = said ? `${name}: ${said}` : name;
    say(`Attached ${label}`);
    moments.push({ at, file: name, label });
  }
  return moments;
}

/** @throws {LodestoneError} `ERR_BROWSER_START` where the app or its adapter did not do what was asked */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      work(),
      sleep(STEP_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(`not within ${STEP_MS / 1_000} s`);
      }),
    ]);
  } catch (cause) {
    throw new LodestoneError('ERR_BROWSER_START', `the app did not ${what}: ${String(cause)}`, { cause });
  } finally {
    late.abort();
  }
}

/** In order of time; each name once, and once what both packets and the browser's own log tell. */
function together(recorded: readonly Sent[], past: readonly PastProxy[], logged: readonly Logged[]): Sent[] {
  const packets = Map.groupBy(past, contentOf);
  const onlyLogged = logged.filter((one) => one.kind === 'name' || packets.get(contentOf(one))?.shift() === undefined);
  const names = new Set<string>();
  const others = [...past, ...onlyLogged].filter((one) => {
    if (one.kind !== 'name') return true;
    const known = names.has(`${one.by} ${one.name}`);
    names.add(`${one.by} ${one.name}`);
    return !known;
  });
  const all = [...recorded, ...others.map((one): Sent => ({ ...one, id: 0 }))];
  return all.sort((a, b) => a.at - b.at).map((sent, id) => ({ ...sent, id }));
}

function contentOf(one: PastProxy | Logged): string {
  return one.kind === 'name' ? `name ${one.name}` : `${one.kind} ${one.to} ${Buffer.from(one.body).toString('base64')}`;
}
