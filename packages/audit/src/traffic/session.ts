/**
 * One session of an app in a fresh browser behind the proxy: open, attach each file, wait, end the recording, read the ledgers.
 * Promise: the recording ends before the ledgers are read, so both end at the same moment.
 * Flow: adapter, proxy, browser → here → explain, search. Spec: docs/design/audit.md#capture
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Page } from 'playwright';
import { openBrowserNetwork, type BrowserNetwork } from '../packets/network-namespace.ts';
import type { PacketFacts, BypassingRecord } from '../packets/records.ts';
import type { Adapter } from './adapter.ts';
import { type RecordedEngine, isBrowserMaker, openRecordedBrowser } from './recorded-browser.ts';
import type { Logged } from './browser-log.ts';
import { resourceHintsOf, recordResourceHints } from './resource-hints.ts';
import { type RecordingProxy, startProxy } from './proxy.ts';
import { framesOf, type PageFrame } from './frames.ts';
import { savedBy, recordBlobs } from './saved-blobs.ts';
import type { TrafficRecord } from './record.ts';

export interface SessionOptions {
  engine: RecordedEngine;
  url: string;
  adapter: Adapter;
  files: readonly Attachable[];
  firstParty: readonly string[];
  /** Pause between files; 0 by default. */
  pauseMs?: number;
  /** How long to wait after the last file for late traffic. */
  waitAfterMs: number;
  /** Records packets too, in a network namespace for the browser: Chromium only, as root on Linux. */
  packets?: boolean;
  say: (line: string) => void;
  memoryFile?: string | undefined;
}

/** A file on this machine, and its name in the report. */
export interface Attachable {
  name: string;
  path: string;
}

export interface Session {
  /** Name and version. */
  browser: string;
  traffic: readonly TrafficRecord[];
  ledgers: readonly string[];
  frames: readonly PageFrame[];
  /** The auditor's steps and their times. */
  moments: readonly Moment[];
  /** When the recording ended. */
  endedAt: number;
  /** If they were recorded. */
  packets: PacketFacts | undefined;
}

export interface Moment {
  at: number;
  /** The attached file; absent for other steps. */
  file?: string;
  label: string;
}

/** Time limit of each step of the adapter. */
const STEP_MS = 120_000;

export async function runSession(options: SessionOptions): Promise<Session> {
  const { engine, firstParty } = options;
  const isFirstParty = (url: string): boolean => firstParty.includes(new URL(url).origin);
  const proxy = await startProxy((url) => !isFirstParty(url) && isBrowserMaker(engine, new URL(url).hostname));
  let network: BrowserNetwork | undefined;
  try {
    network = options.packets ? await openBrowserNetwork(proxy.port) : undefined;
    return await inBrowser(options, proxy, network, isFirstParty);
  } finally {
    await network?.close();
    await proxy.stop();
  }
}

async function inBrowser(
  options: SessionOptions,
  proxy: RecordingProxy,
  network: BrowserNetwork | undefined,
  isFirstParty: (url: string) => boolean,
): Promise<Session> {
  const { engine, adapter, waitAfterMs, say } = options;
  const environment = { proxy: `127.0.0.1:${proxy.port}`, spki: proxy.spki, ...network };
  const watched = await openRecordedBrowser(engine, environment, options);
  let open = true;
  try {
    const { page, name: browser } = watched;
    say(`${browser}, behind a proxy at ${environment.proxy}${network ? ', in its own network namespace' : ''}`);
    await recordResourceHints(page);
    await recordBlobs(page);
    const moments = await useApp(page, options);
    say(`Waiting ${waitAfterMs / 1_000} s for late traffic`);
    await sleep(waitAfterMs);
    const frames = await framesOf(page);
    const hints = await resourceHintsOf(page);
    proxy.blockExcept(isFirstParty);
    const endedAt = Date.now();
    const ledgers = await step('return its ledgers', () =>
      adapter.ledgers(page, { savedBy: (action) => savedBy(page, action) }),
    );
    open = false;
    const logged = await watched.close();
    const recorded = await network?.finish();
    const traffic = mergeRecords(proxy.records, recorded?.bypassing ?? [], [...hints, ...logged]);
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
  await step('become ready', () => adapter.ready(page));
  for (const { name, path } of files) {
    if (pauseMs > 0) await sleep(pauseMs);
    const at = Date.now();
    const result = await step(`handle ${name}`, () => adapter.attach(page, path));
    const label = result ? `${name}: ${result}` : name;
    say(`Attached ${label}`);
    moments.push({ at, file: name, label });
  }
  return moments;
}

/** @throws {LodestoneError} `ERR_BROWSER_START` if the app or its adapter did not complete the step */
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

/** Merges the records by time; removes repeated names, and records that both packets and the browser's log contain. */
function mergeRecords(
  recorded: readonly TrafficRecord[],
  bypassing: readonly BypassingRecord[],
  logged: readonly Logged[],
): TrafficRecord[] {
  const packets = Map.groupBy(bypassing, contentOf);
  const onlyLogged = logged.filter((one) => one.kind === 'name' || packets.get(contentOf(one))?.shift() === undefined);
  const names = new Set<string>();
  const others = [...bypassing, ...onlyLogged].filter((one) => {
    if (one.kind !== 'name') return true;
    const known = names.has(`${one.by} ${one.name}`);
    names.add(`${one.by} ${one.name}`);
    return !known;
  });
  const all = [...recorded, ...others.map((one): TrafficRecord => ({ ...one, id: 0 }))];
  return all.sort((a, b) => a.at - b.at).map((sent, id) => ({ ...sent, id }));
}

function contentOf(one: BypassingRecord | Logged): string {
  return one.kind === 'name' ? `name ${one.name}` : `${one.kind} ${one.to} ${Buffer.from(one.body).toString('base64')}`;
}
