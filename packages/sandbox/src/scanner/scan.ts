/**
 * One scan, as its steps: read → sniff → exact → decode → hash → match → classify → verdict. Flow: main → here → the host's gate.
 * Promise: "complete" is said only of what was looked up to the end; the medium comes from the bytes alone; the item's
 * bytes and pixels are zeros when its verdict is given.
 */
import { orientations, type Pdq } from '@lodestone/pdq';
import { LIMITS } from '@lodestone/protocol/limits';
import type { Media } from '@lodestone/protocol/surface';
import type { PlanModel, SandboxEvent, ScanJob } from '@lodestone/protocol/sandbox';
import type { Finding, IncompleteReason, SensitiveFinding, Verdict } from '@lodestone/protocol/verdict';
import type { Pixels, Size } from '../decode/pixels.ts';
import { sniff, type Sniffed } from '../decode/sniff.ts';
import type { StillDecoder } from '../decode/still.ts';
import type { Classifier } from './classifier.ts';
import { type BlockReader, Content } from './content.ts';
import type { Lists } from './lists.ts';
import {
  chooseFindings,
  matchExact,
  matchNear,
  type PictureHashes,
  type PlanLine,
  wantsDigest,
  wantsTurned,
} from './match.ts';

/** What a scan works with; the same for all items. */
export interface Instruments {
  readonly pdq: Pdq;
  readonly decoder: StillDecoder;
  readonly lists: Lists;
  readonly classifier: Pick<Classifier, 'look'>;
  readonly reader: BlockReader;
  readonly tell: (event: SandboxEvent) => void;
}

/** How far an item is when its bytes are read, and when it is decoded. */
const READ = 10 / 16;
const DECODED = 14 / 16;

export async function scan(job: ScanJob, instruments: Instruments): Promise<Verdict> {
  if (job.sizeBytes > LIMITS.contentBytes) return incomplete('unknown', 'too-large');
  const content = new Content(instruments.reader, job.contentId, job.sizeBytes);
  try {
    return await look(content, job, instruments);
  } finally {
    content.wipe();
  }
}

async function look(content: Content, job: ScanJob, instruments: Instruments): Promise<Verdict> {
  const { pdq, decoder, lists, classifier, tell } = instruments;
  const progress = progressOf(job.contentId, tell);
  const head = await content.head();
  if (!head) return incomplete('unknown', 'decode');

  const what = sniff(head);
  const media = mediaOf(what);
  const lines = lists.linesFor(job.plan, media === 'unknown' ? 'file' : media);
  if (!lines) return incomplete(media, 'list-missing');
  const models = media === 'image' ? job.plan.models : [];
  if (lines.length + models.length === 0 && media !== 'unknown') return complete(media, []);

  const needsAll = what.kind === 'picture' || wantsDigest(lines);
  const bytes = needsAll ? await content.whole((share) => progress(share * READ)) : head;
  if (!bytes) return incomplete(media, 'decode');
  const exact = wantsDigest(lines) ? matchExact(lines, await sha256(bytes)) : [];
  if (what.kind === 'file') return complete('file', chooseFindings(exact, []));
  if (what.kind !== 'picture') return incomplete(media, 'format', chooseFindings(exact, []));

  const decoded = await decoder.decode({ bytes, type: what.type, bitmap: job.bitmap });
  if ('reason' in decoded) return incomplete('image', decoded.reason, chooseFindings(exact, []));
  progress(DECODED);
  const hashes = hashPicture(pdq, decoded.pixels, lines);
  const sensitive = await classify(classifier, decoded, models);
  decoded.pixels.data.fill(0);
  hashPicture(pdq, decoded.pixels, lines); // the kernel's memory keeps the samples of what it has hashed last
  const known = chooseFindings(exact, matchNear(lines, hashes));
  progress(1);
  const findings = [...known.slice(0, LIMITS.findings - sensitive.findings.length), ...sensitive.findings];
  return sensitive.isComplete ? complete('image', findings) : incomplete('image', 'model-missing', findings);
}

/** Incomplete where a model is not there, or failed: what lists and other models found stands without it. */
async function classify(
  classifier: Instruments['classifier'],
  { pixels, full }: { pixels: Pixels; full: Size },
  models: readonly PlanModel[],
): Promise<{ findings: SensitiveFinding[]; isComplete: boolean }> {
  const findings: SensitiveFinding[] = [];
  let isComplete = true;
  for (const [model, { manifestDigest, minBucket }] of models.entries()) {
    const bucket = await classifier.look(manifestDigest, pixels, full);
    if (bucket === undefined) isComplete = false;
    else if (bucket >= minBucket) findings.push({ kind: 'sensitive', model, bucket });
  }
  return { findings, isComplete };
}

export function incomplete(media: Media | 'unknown', reason: IncompleteReason, findings: Finding[] = []): Verdict {
  return { media, findings, complete: false, reason };
}

function complete(media: Media, findings: Finding[]): Verdict {
  return { media, findings, complete: true };
}

function mediaOf({ kind }: Sniffed): Media | 'unknown' {
  return kind === 'picture' || kind === 'unreadable-picture' ? 'image' : kind;
}

/** Tells in sixteenths, and only when one is full. */
function progressOf(contentId: number, tell: Instruments['tell']): (share: number) => void {
  let told = 0;
  return (share) => {
    const sixteenths = Math.floor(share * 16);
    if (sixteenths <= told) return;
    told = sixteenths;
    tell({ type: 'progress', contentId, sixteenths });
  };
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

function hashPicture(pdq: Pdq, pixels: Pixels, lines: readonly PlanLine[]): PictureHashes {
  const { hash: own, quality } = pdq.hash(pixels);
  if (!wantsTurned(lines)) return { quality, own, turned: [] };
  const { hashes } = pdq.hashOrientations(pixels);
  return { quality, own, turned: orientations.filter((name) => name !== 'original').map((name) => hashes[name]) };
}
