/**
 * One scan, as its steps: read → sniff → exact → decode → hash → match → classify → verdict. Flow: main → here → message gate.
 * Promise: a verdict is complete only if everything was looked up; the medium comes from the bytes alone; the item's bytes and pixels
 * are zeros when its verdict is returned. Spec: docs/design/sandbox.md#scanner
 */
import { LIMITS } from '@lodestone/protocol/limits';
import type { Media } from '@lodestone/protocol/surface';
import type { SandboxEvent, ScanJob } from '@lodestone/protocol/sandbox';
import type { IncompleteReason, KnownFinding, Verdict } from '@lodestone/protocol/verdict';
import { mediaOf, type PictureType, sniff, type Sniffed } from '../decode/sniff.ts';
import { type BlockReader, Content } from './content.ts';
import { Budget } from '../parts/containers/input.ts';
import type { HostBitmaps } from './host-bitmaps.ts';
import { lookAtIcon } from './icon.ts';
import { type Inside, scanBesidePicture, scanInsideFile, scanInsideJpeg } from './inside.ts';
import type { Lists } from './lists.ts';
import { type Looked, lookAtPicture, type PictureTools } from './look-at-picture.ts';
import { chooseFindings, type ListLookup, matchExact, needsDigest } from './match.ts';
import { digestOfVideo, inMemory, lookAtVideo, needsFrames, type VideoBytes } from './video.ts';

/** The same for all items. */
export interface ScanTools extends PictureTools {
  readonly lists: Lists;
  readonly bitmaps: Pick<HostBitmaps, 'request'>;
  readonly reader: Pick<BlockReader, 'read'>;
  readonly send: (event: SandboxEvent) => void;
}

/** An item whose format is known, and the lines of the plan for its medium. */
interface Item {
  readonly job: ScanJob;
  /** The first block, if no more is needed, or if the item is a large video. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The whole item, to be read in slices. */
  readonly slices: VideoBytes;
  readonly lookups: readonly ListLookup[];
  /** Lists with the item's digest. */
  readonly exact: readonly KnownFinding[];
  readonly progress: (fraction: number) => void;
}

/** The progress of an item whose bytes are read, and of one that is decoded. */
const READ = 10 / 16;
const DECODED = 14 / 16;

export async function scan(job: ScanJob, tools: ScanTools): Promise<Verdict> {
  if (job.sizeBytes > LIMITS.videoBytes) return incomplete('unknown', 'too-large');
  const content = new Content(tools.reader, job.contentId, job.sizeBytes);
  try {
    return await scanContent(content, job, tools);
  } finally {
    content.clear();
  }
}

async function scanContent(content: Content, job: ScanJob, tools: ScanTools): Promise<Verdict> {
  const progress = progressOf(job.contentId, tools.send);
  const head = await content.head();
  if (!head) return incomplete('unknown', 'decode');

  const sniffed = sniff(head);
  const media = mediaOf(sniffed);
  await tools.lists.openLocked(tools.parts);
  const lookups = tools.lists.lookupsFor(job.plan, media === 'unknown' ? 'file' : media);
  if (!lookups) return incomplete(media, 'list-missing');
  const models = media === 'image' ? job.plan.models : [];
  if (lookups.length + models.length === 0 && media !== 'unknown') return { media, findings: [], complete: true };

  const isLarge = job.sizeBytes > LIMITS.contentBytes;
  if (isLarge && sniffed.kind !== 'video') return incomplete(media, 'too-large');
  const reading = (fraction: number): void => progress(fraction * READ);
  const needsAll = !isLarge && (needsDigest(lookups) || isLookedAt(sniffed, lookups));
  const bytes = needsAll ? await content.whole(reading) : head;
  if (!bytes) return incomplete(media, 'decode');
  const slices = isLarge ? content : inMemory(bytes);
  const digest = await (isLarge ? digestOfVideo(slices, lookups, tools.parts, reading) : sha256(bytes, lookups));
  if (typeof digest === 'string') return incomplete(media, digest);
  const exact = digest ? matchExact(lookups, digest) : [];
  const looked = await lookAt(sniffed, { job, bytes, slices, lookups, exact, progress }, tools);
  progress(1);
  const unsearched = lookups.find(({ locked }) => locked?.fault)?.locked?.fault;
  return verdictOf(media, exact, { ...looked, fault: looked.fault ?? unsearched });
}

/** Whether more than the digest is looked up. */
function isLookedAt({ kind }: Sniffed, lookups: readonly ListLookup[]): boolean {
  return kind === 'picture' || kind === 'icon' || kind === 'file' || (kind === 'video' && needsFrames(lookups));
}

async function lookAt(sniffed: Sniffed, item: Item, tools: ScanTools): Promise<Looked> {
  const { job, bytes, slices, lookups, exact, progress } = item;
  switch (sniffed.kind) {
    case 'picture': {
      const looked = await lookAtWholePicture(sniffed.type, item, tools);
      return withInside(looked, await scanBesidePicture(bytes, lookups, tools));
    }
    case 'icon': {
      const looked = await lookAtIcon(tools, bytes, lookups, job.plan.models, new Budget(bytes.length));
      return withInside(looked, await scanBesidePicture(bytes, lookups, tools));
    }
    case 'video':
      if (!needsFrames(lookups)) return found([], undefined);
      return lookAtVideo(slices, lookups, exact, { ...tools, progress: (part) => progress(READ + (1 - READ) * part) });
    case 'file': {
      const { findings, fault } = await scanInsideFile(bytes, sniffed.container, lookups, tools);
      return found(findings, fault);
    }
    case 'unreadable-picture':
    case 'unknown':
      return found([], 'format');
  }
}

/** With what is inside a JPEG, and pictures and videos behind it. */
async function lookAtWholePicture(type: PictureType, { job, bytes, lookups, progress }: Item, tools: ScanTools) {
  const still = { bytes, type, bitmap: (size: 'reduced' | 'full') => tools.bitmaps.request(job.contentId, type, size) };
  const looked = await lookAtPicture(tools, still, lookups, job.plan.models, () => progress(DECODED));
  return type === 'image/jpeg' ? withInside(looked, await scanInsideJpeg(bytes, lookups, tools)) : looked;
}

function withInside(looked: Looked, { findings, fault }: Inside): Looked {
  return { ...looked, near: [...looked.near, ...findings], fault: looked.fault ?? fault };
}

function found(near: readonly KnownFinding[], fault: Looked['fault']): Looked {
  return { near, sensitive: [], failedModels: [], fault };
}

/** A fault is named first: `model-missing` means that everything else was looked at. */
function verdictOf(media: Media | 'unknown', exact: readonly KnownFinding[], looked: Looked): Verdict {
  const { near, sensitive, failedModels, fault } = looked;
  const findings = chooseFindings(exact, near, sensitive);
  if (failedModels.length > 0) {
    const reason = fault ?? 'model-missing';
    return { media: 'image', findings, complete: false, reason, failedModels: [...failedModels] };
  }
  if (fault) return { media, findings, complete: false, reason: fault };
  if (media === 'unknown') throw new Error('unknown content is never complete');
  return { media, findings, complete: true };
}

export function incomplete(media: Media | 'unknown', reason: Exclude<IncompleteReason, 'model-missing'>): Verdict {
  return { media, findings: [], complete: false, reason };
}

/** Sends an event for each full sixteenth. */
function progressOf(contentId: number, send: ScanTools['send']): (fraction: number) => void {
  let sent = 0;
  return (fraction) => {
    const sixteenths = Math.floor(fraction * 16);
    if (sixteenths <= sent) return;
    sent = sixteenths;
    send({ type: 'progress', contentId, sixteenths });
  };
}

async function sha256(bytes: Uint8Array<ArrayBuffer>, lookups: readonly ListLookup[]): Promise<Uint8Array | undefined> {
  if (!needsDigest(lookups)) return undefined;
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
