/**
 * `lodestone-audit capture`: an app that embeds Lodestone is used in a real browser behind a recording proxy, and every
 * byte that left is set against its ledgers. Flow: session → explain, search → claims. Spec: DESIGN §8; auditor's
 * demands 1, 2, 11, 12.
 */
import { parseLedger } from '@lodestone/protocol/ledger';
import { verifyLedger } from '@lodestone/trust';
import type { Adapter } from '../../traffic/adapter.ts';
import { type CaptureEngine, isMakers } from '../../traffic/recorded-browser.ts';
import { claimsOf, type Evidence, type ReadLedger } from './claims.ts';
import { type Canary, readCorpus } from '../../traffic/corpus.ts';
import { explain, type Explained, type Reason } from '../../traffic/explain.ts';
import { hashPictures } from '../../traffic/picture-hashes.ts';
import { type Hit, searchFor } from '../../traffic/search.ts';
import { type Moment, runSession } from '../../traffic/session.ts';
import { destinationOf, sizeOf, whatOf } from '../../traffic/record.ts';
import { requestsOf } from '../ledger/run.ts';
import { ensureRecordable } from '../../packets/programs.ts';
import type { PacketFacts } from '../../packets/records.ts';
import { broken, count, holds, messageOf, type Report, reportOf } from '../../report/report.ts';
import type { SandboxLock } from '../sandbox/run.ts';

export interface CaptureOptions {
  engine: CaptureEngine;
  url: string;
  /** Folder of pictures and files to attach. */
  corpus: string;
  adapter: Adapter;
  /** Origins of the host's own servers; that of `url` always is one. */
  own?: readonly string[];
  /** Origins to which the host sends content in the clear, by its own design. */
  contentTo?: readonly string[];
  canaries?: readonly Canary[];
  /** The published sandbox. */
  published?: Partial<SandboxLock> | undefined;
  settleMs: number;
  /** Records packets too, in a network of the browser's own: Chromium only, as root on Linux. */
  packets?: boolean;
  say?: (line: string) => void;
  memoryFile?: string | undefined;
}

export interface CaptureFacts {
  app: string;
  browser: string;
  own: readonly string[];
  moments: readonly Moment[];
  files: readonly { name: string; bytes: number; picture: boolean }[];
  traffic: readonly TrafficFact[];
  hits: readonly Hit[];
  ledgers: readonly { entries: number; chain: string }[];
  unseen: readonly string[];
  /** Where they were recorded. */
  packets: PacketFacts | undefined;
}

export interface TrafficFact {
  id: number;
  at: number;
  kind: Explained['sent']['kind'];
  /** "GET https://…": what was asked, in full. */
  what: string;
  to: string;
  sentBytes: number;
  bodyBytes: number;
  receivedBytes: number;
  status: number;
  reason: Reason;
}

export async function auditCapture(options: CaptureOptions): Promise<Report<CaptureFacts>> {
  const { url, adapter, engine, canaries = [], contentTo = [], published, say = () => {} } = options;
  const own = [...new Set([new URL(url).origin, ...(options.own ?? [])])];
  if (options.packets) await ensureRecordable(engine, say);
  const files = await readCorpus(options.corpus);
  const ensure = { say, ...(options.memoryFile !== undefined && { memoryFile: options.memoryFile }) };
  const corpus = await hashPictures(engine, files, ensure);
  say(`${count(corpus.length, 'file')}, ${corpus.filter(({ pdq }) => pdq.length > 0).length} of them pictures`);
  const session = await runSession({ ...options, own, files, say });
  say(
    `${count(session.traffic.length, 'record')} of traffic: comparing with ${count(session.ledgers.length, 'ledger')}`,
  );
  const ledgers = session.ledgers.map(readLedger);
  const account = explain(
    session.traffic,
    ledgers.map(({ entries }) => requestsOf(entries)),
    { own, isBrowsers: (host) => isMakers(engine, host) },
  );
  say(`Looking for ${count(corpus.length, 'file')} in all of it`);
  const search = searchFor(corpus, canaries);
  const hits = session.traffic.flatMap((sent) => (contentTo.includes(destinationOf(sent)) ? [] : search.in(sent)));
  return reportOf('capture', `${adapter.name} at ${url}, in ${session.browser}`, {
    claims: claimsOf({ session, corpus, account, hits, ledgers, own, contentTo, canaries, published }),
    limits: limitsOf(options),
    facts: factsOf(adapter.name, own, { session, corpus, account, hits, ledgers }),
  });
}

/** What can be read of a ledger explains requests, also where its chain is broken: that is a fault of its own. */
function readLedger(ndjson: string): ReadLedger {
  try {
    const entries = parseLedger(ndjson);
    return { entries, chain: chainOf(entries) };
  } catch (error) {
    return { entries: [], chain: broken(messageOf(error)) };
  }
}

function chainOf(entries: ReadLedger['entries']): ReadLedger['chain'] {
  try {
    verifyLedger(entries);
    return holds(count(entries.length, 'entry', 'entries'));
  } catch (error) {
    return broken(messageOf(error));
  }
}

function limitsOf(options: CaptureOptions): string[] {
  return [
    'What was encrypted, or spread in pieces of fewer than 8 bytes over many requests, no search can find. Such a request has to be explained all the same; in the host’s own traffic it is not seen.',
    'The order, number and time of the host’s own requests could tell something too (a covert channel); so could the number of its look-ups of names. Only lodestone-audit compare speaks of the SDK’s.',
    beyondTheProxy(options),
    'Behind a proxy a browser does not look up names ahead; what pages ask it to is read from their <link> elements instead.',
    'It is one session, with these files, in this browser. Another could differ.',
  ];
}

function beyondTheProxy({ engine, packets }: CaptureOptions): string {
  if (packets)
    return 'Packets were recorded, so what the browser does not log is seen too; not seen is what it might hand to another program of this machine without a network (by a Unix socket, a file). Names were answered by nobody, and connections past the proxy neither: what would have followed them was not sent.';
  return engine === 'chromium'
    ? 'Datagrams and look-ups of names are taken from the browser’s own log. What a browser does not log is only seen in a recording of packets (--packets, as root on Linux).'
    : 'Firefox logs look-ups of names, but no datagrams: what leaves by WebRTC is not seen here. Run it in Chromium too, and as root on Linux with --packets.';
}

function factsOf(
  app: string,
  own: readonly string[],
  {
    session,
    corpus,
    account: { explained, unseen },
    hits,
    ledgers,
  }: Pick<Evidence, 'session' | 'corpus' | 'account' | 'hits' | 'ledgers'>,
): CaptureFacts {
  return {
    app,
    browser: session.browser,
    own,
    moments: session.moments,
    files: corpus.map(({ name, bytes, pdq }) => ({ name, bytes: bytes.length, picture: pdq.length > 0 })),
    traffic: explained.map(({ sent, reason }) => ({
      id: sent.id,
      at: sent.at,
      kind: sent.kind,
      what: whatOf(sent),
      to: destinationOf(sent),
      sentBytes: sizeOf(sent),
      bodyBytes: 'body' in sent ? sent.body.length : 0,
      receivedBytes: sent.kind === 'request' ? sent.receivedBytes : 0,
      status: sent.kind === 'request' ? sent.status : 0,
      reason,
    })),
    hits,
    ledgers: ledgers.map(({ entries, chain }) => ({ entries: entries.length, chain: chain.seen })),
    unseen: unseen.map(
      ({ ledger, entry }) => `ledger ${ledger + 1}, entry ${entry.seq}: ${entry.method} ${entry.origin}${entry.path}`,
    ),
    packets: session.packets,
  };
}
