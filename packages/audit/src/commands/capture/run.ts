/**
 * `lodestone-audit capture`: runs an app that embeds Lodestone in a real browser behind a recording proxy, and compares every
 * byte that left with its ledgers. Flow: session → explain, search → claims. Spec: docs/design/audit.md#capture
 */
import { parseLedger } from '@lodestone/protocol/ledger';
import { sha256Hex, verifyLedger } from '@lodestone/trust';
import type { Adapter } from '../../traffic/adapter.ts';
import { type RecordedEngine, isBrowserMaker } from '../../traffic/recorded-browser.ts';
import { captureClaims, type Evidence, type VerifiedLedger } from './claims.ts';
import { type ComparedPictures, UNSEEN_PICTURES } from './picture-claim.ts';
import { type Canary, type CorpusFile, decodePictures, readCorpus } from '../../traffic/corpus.ts';
import { decodingsOf } from '../../traffic/decodings.ts';
import { explainTraffic, type Explained, type Reason } from '../../traffic/explain.ts';
import { createGallery, type Look } from '../../traffic/pictures/likeness.ts';
import { openPictureDecoder, type PictureDecoder } from '../../traffic/pictures/picture-decoder.ts';
import { controlSearch, searchPictures } from '../../traffic/pictures/picture-search.ts';
import { type SearchedPlace, searchedPlaces } from '../../traffic/searched-places.ts';
import { type Hit, withoutRepeats } from '../../traffic/hits.ts';
import { searchFor } from '../../traffic/search.ts';
import { type Moment, runSession, type Session } from '../../traffic/session.ts';
import { destinationOf, sizeOf, describeRecord } from '../../traffic/record.ts';
import { requestsOf } from '../ledger/claims.ts';
import { requireRecordable } from '../../packets/programs.ts';
import type { PacketFacts } from '../../packets/records.ts';
import { fail, count, pass, errorText, type Report, reportOf } from '../../report/report.ts';
import type { SandboxLock } from '../sandbox/document.ts';

export interface CaptureOptions {
  engine: RecordedEngine;
  url: string;
  /** Folder of pictures and files to attach. */
  corpus: string;
  adapter: Adapter;
  /** Origins of the host's servers, in addition to that of `url`. */
  firstParty?: readonly string[];
  /** Origins to which the host sends unencrypted content by its own design. */
  contentTo?: readonly string[];
  canaries?: readonly Canary[];
  /** The published sandbox, to compare the app's with. */
  published?: Partial<SandboxLock> | undefined;
  waitAfterMs: number;
  /** Records packets too, in a network namespace for the browser: Chromium only, as root on Linux. */
  packets?: boolean;
  say?: (line: string) => void;
  memoryFile?: string | undefined;
}

export interface CaptureFacts {
  app: string;
  browser: string;
  firstParty: readonly string[];
  moments: readonly Moment[];
  files: readonly { name: string; bytes: number; picture: boolean }[];
  traffic: readonly TrafficFact[];
  hits: readonly Hit[];
  ledgers: readonly { entries: number; chain: string }[];
  unseen: readonly string[];
  /** If they were recorded. */
  packets: PacketFacts | undefined;
}

export interface TrafficFact {
  id: number;
  at: number;
  kind: Explained['sent']['kind'];
  /** "GET https://…": method and address. */
  what: string;
  to: string;
  sentBytes: number;
  bodyBytes: number;
  receivedBytes: number;
  status: number;
  reason: Reason;
}

export async function auditCapture(options: CaptureOptions): Promise<Report<CaptureFacts>> {
  const { engine, memoryFile } = options;
  if (options.packets) requireRecordable(engine);
  const files = await readCorpus(options.corpus);
  const decoder = await openPictureDecoder(engine, memoryFile === undefined ? {} : { memoryFile });
  try {
    return await auditWith(decoder, files, options);
  } finally {
    await decoder.close();
  }
}

async function auditWith(
  decoder: PictureDecoder,
  files: Awaited<ReturnType<typeof readCorpus>>,
  options: CaptureOptions,
): Promise<Report<CaptureFacts>> {
  const { url, adapter, engine, canaries = [], contentTo = [], published, say = () => {} } = options;
  const firstParty = [...new Set([new URL(url).origin, ...(options.firstParty ?? [])])];
  const corpus = await decodePictures(files, decoder);
  say(`${count(corpus.length, 'file')}, ${corpus.filter(({ look }) => look !== undefined).length} of them pictures`);
  const session = await runSession({ ...options, firstParty, files, say });
  say(
    `${count(session.traffic.length, 'record')} recorded; comparing them with ${count(session.ledgers.length, 'ledger')}`,
  );
  const ledgers = session.ledgers.map(verifyExport);
  const explanation = explainTraffic(
    session.traffic,
    ledgers.map(({ entries }) => requestsOf(entries)),
    { firstParty, isBrowserMaker: (host) => isBrowserMaker(engine, host) },
  );
  say(`Searching the traffic for ${count(corpus.length, 'file')}`);
  const places = placesOf(session, contentTo);
  const { content, pictures } = await searchPlaces(places, { corpus, canaries, decoder });
  const hits = [...content, ...pictures.hits];
  const evidence = {
    session,
    corpus,
    explanation,
    hits,
    pictures,
    ledgers,
    firstParty,
    contentTo,
    canaries,
    published,
  };
  return reportOf('capture', `${adapter.name} at ${url}, in ${session.browser}`, {
    claims: captureClaims(evidence),
    limits: limitsOf(options),
    facts: factsOf(adapter.name, firstParty, { session, corpus, explanation, hits, ledgers }),
  });
}

function placesOf({ traffic, moments }: Session, contentTo: readonly string[]): SearchedPlace[] {
  const searched = traffic.filter((sent) => !contentTo.includes(destinationOf(sent)));
  return [
    ...searchedPlaces(
      searched,
      moments.map(({ at }) => at),
    ),
  ];
}

/** Both searches read the same decodings, and the same header or body once, since requests repeat them. */
async function searchPlaces(
  places: readonly SearchedPlace[],
  { corpus, canaries, decoder }: Pick<Evidence, 'corpus' | 'canaries'> & { decoder: PictureDecoder },
): Promise<{ content: Hit[]; pictures: ComparedPictures }> {
  const attached = corpus.filter((file): file is CorpusFile & { look: Look } => file.look !== undefined);
  const gallery = createGallery(attached);
  const search = searchFor(corpus, canaries);
  const pictureSearch = searchPictures(gallery, decoder);
  const known = new Map<string, { content: readonly Hit[]; pictures: readonly Hit[] }>();
  const content: FoundIn[] = [];
  const pictures: FoundIn[] = [];
  for (const place of places) {
    const key = `${place.place} ${sha256Hex(place.bytes)}`;
    let found = known.get(key);
    if (!found) {
      const views = [...decodingsOf(place.bytes)];
      found = { content: search.in(place, views), pictures: await pictureSearch.in(place, views) };
      known.set(key, found);
    }
    content.push({ place, hits: hitsAt(place, found.content) });
    pictures.push({ place, hits: hitsAt(place, found.pictures) });
  }
  return {
    content: withoutRepeats(content),
    pictures: {
      hits: withoutRepeats(pictures),
      tally: pictureSearch.tally,
      control: await controlSearch(attached, gallery, decoder),
    },
  };
}

interface FoundIn {
  place: SearchedPlace;
  hits: readonly Hit[];
}

/** Hits of a place with the same name and bytes are the same, but for the record. */
function hitsAt({ sent }: SearchedPlace, hits: readonly Hit[]): Hit[] {
  return hits.map((hit) => ({ ...hit, sent }));
}

/** The entries of a broken chain still explain requests; the broken chain fails its own claim. */
function verifyExport(ndjson: string): VerifiedLedger {
  try {
    const entries = parseLedger(ndjson);
    return { entries, chain: chainOf(entries) };
  } catch (error) {
    return { entries: [], chain: fail(errorText(error)) };
  }
}

function chainOf(entries: VerifiedLedger['entries']): VerifiedLedger['chain'] {
  try {
    verifyLedger(entries);
    return pass(count(entries.length, 'entry', 'entries'));
  } catch (error) {
    return fail(errorText(error));
  }
}

function limitsOf(options: CaptureOptions): string[] {
  return [
    ...UNSEEN_PICTURES,
    'No search finds content that was encrypted before it was sent, or that was spread over several addresses in pieces of fewer than 8 bytes. A request of the SDK must still be explained; one of the host is not detected.',
    'The order, number and times of the host’s requests and DNS look-ups can carry information too (a covert channel). lodestone-audit compare tests those of the SDK only.',
    proxyLimit(options),
    'Behind a proxy a browser does not follow resource hints such as dns-prefetch. They are read from the page’s <link> elements instead.',
    'This is one session, with these files, in this browser. Another session could differ.',
  ];
}

function proxyLimit({ engine, packets }: CaptureOptions): string {
  if (packets)
    return 'Packets were recorded, so traffic that the browser does not log is included. Data that the browser passes to another program of this machine without a network (a Unix socket, a file) is not. DNS look-ups and connections that bypass the proxy got no answer, so what would have followed was not sent.';
  return engine === 'chromium'
    ? 'Datagrams and DNS look-ups come from the browser’s log. Traffic that the browser does not log appears only in a packet recording (--packets, as root on Linux).'
    : 'Firefox logs DNS look-ups, but no datagrams, so WebRTC traffic is missing here. Run it in Chromium too, as root on Linux with --packets.';
}

function factsOf(
  app: string,
  firstParty: readonly string[],
  {
    session,
    corpus,
    explanation: { explained, unrecorded },
    hits,
    ledgers,
  }: Pick<Evidence, 'session' | 'corpus' | 'explanation' | 'hits' | 'ledgers'>,
): CaptureFacts {
  return {
    app,
    browser: session.browser,
    firstParty,
    moments: session.moments,
    files: corpus.map(({ name, bytes, look }) => ({ name, bytes: bytes.length, picture: look !== undefined })),
    traffic: explained.map(({ sent, reason }) => ({
      id: sent.id,
      at: sent.at,
      kind: sent.kind,
      what: describeRecord(sent),
      to: destinationOf(sent),
      sentBytes: sizeOf(sent),
      bodyBytes: 'body' in sent ? sent.body.length : 0,
      receivedBytes: sent.kind === 'request' ? sent.receivedBytes : 0,
      status: sent.kind === 'request' ? sent.status : 0,
      reason,
    })),
    hits,
    ledgers: ledgers.map(({ entries, chain }) => ({ entries: entries.length, chain: chain.result })),
    unseen: unrecorded.map(
      ({ ledger, entry }) => `ledger ${ledger + 1}, entry ${entry.seq}: ${entry.method} ${entry.origin}${entry.path}`,
    ),
    packets: session.packets,
  };
}
