/**
 * One scan, as its steps: read → sniff → exact → decode → hash → match → classify → verdict. Flow: main → here → message gate.
 * Promise: a verdict is complete only if everything was looked up; the medium comes from the bytes alone; the item's bytes and pixels
 * are zeros when its verdict is returned. Spec: docs/design/sandbox.md#scanner
 */
import { orientations, type Pdq } from '@lodestone/pdq';
import { LIMITS } from '@lodestone/protocol/limits';
import type { Media } from '@lodestone/protocol/surface';
import type { PlanModel, SandboxEvent, ScanJob } from '@lodestone/protocol/sandbox';
import type { Finding, IncompleteReason, SensitiveFinding, Verdict } from '@lodestone/protocol/verdict';
import type { DecodeLaterFrames, Unseen } from '../decode/animation.ts';
import { isAnimated } from '../decode/is-animated.ts';
import type { Pixels, Size } from '../decode/pixels.ts';
import { sniff, type Sniffed } from '../decode/sniff.ts';
import type { StillDecoder } from '../decode/still.ts';
import { classifierInput } from '../parts/classifier/input.ts';
import { type BlockReader, Content } from './content.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { Lists } from './lists.ts';
import {
  chooseFindings,
  distinct,
  matchExact,
  matchNear,
  type PictureHashes,
  type ListLookup,
  needsDigest,
  needsOrientations,
  orElse,
} from './match.ts';
import { matchVideo } from './match-video.ts';
import { lookAtVideo, needsFrames } from './video.ts';

/** The same for all items. */
export interface ScanTools {
  readonly pdq: Pdq;
  readonly decoder: StillDecoder;
  readonly decodeLaterFrames: DecodeLaterFrames;
  readonly lists: Lists;
  readonly parts: Pick<LazyParts, 'run'>;
  readonly reader: BlockReader;
  readonly send: (event: SandboxEvent) => void;
}

/** The progress of an item whose bytes are read, and of one that is decoded. */
const READ = 10 / 16;
const DECODED = 14 / 16;

export async function scan(job: ScanJob, tools: ScanTools): Promise<Verdict> {
  if (job.sizeBytes > LIMITS.contentBytes) return incomplete('unknown', 'too-large');
  const content = new Content(tools.reader, job.contentId, job.sizeBytes);
  try {
    return await scanContent(content, job, tools);
  } finally {
    content.clear();
  }
}

async function scanContent(content: Content, job: ScanJob, tools: ScanTools): Promise<Verdict> {
  const { pdq, decoder, lists, parts, send } = tools;
  const progress = progressOf(job.contentId, send);
  const head = await content.head();
  if (!head) return incomplete('unknown', 'decode');

  const sniffed = sniff(head);
  const media = mediaOf(sniffed);
  const lookups = lists.lookupsFor(job.plan, media === 'unknown' ? 'file' : media);
  if (!lookups) return incomplete(media, 'list-missing');
  const models = media === 'image' ? job.plan.models : [];
  if (lookups.length + models.length === 0 && media !== 'unknown') return complete(media, []);

  const isVideo = sniffed.kind === 'video' && needsFrames(lookups);
  const needsAll = sniffed.kind === 'picture' || isVideo || needsDigest(lookups);
  const bytes = needsAll ? await content.whole((fraction) => progress(fraction * READ)) : head;
  if (!bytes) return incomplete(media, 'decode');
  const exact = needsDigest(lookups) ? matchExact(lookups, await sha256(bytes)) : [];
  if (sniffed.kind === 'file') return complete('file', chooseFindings(exact, []));
  if (isVideo) {
    const read = async (start: number, end: number): Promise<Uint8Array> => bytes.subarray(start, end);
    const viewed = { pdq, parts, progress: (fraction: number) => progress(READ + (1 - READ) * fraction) };
    const { near, unseen } = await lookAtVideo({ sizeBytes: job.sizeBytes, read }, lookups, exact, viewed);
    const findings = chooseFindings(exact, near);
    return unseen ? incomplete('video', unseen, findings) : complete('video', findings);
  }
  if (sniffed.kind === 'video') return complete('video', chooseFindings(exact, []));
  if (sniffed.kind !== 'picture') return incomplete(media, 'format', chooseFindings(exact, []));

  const decoded = await decoder.decode({ bytes, type: sniffed.type, bitmap: job.bitmap });
  if ('reason' in decoded) return incomplete('image', decoded.reason, chooseFindings(exact, []));
  progress(DECODED);
  const hashes = [hashPicture(pdq, decoded.pixels, lookups)];
  const classified = [await classify(parts, decoded, models)];
  const unseen = await lookAtLaterFrames({ bytes, type: sniffed.type }, tools, async (pixels, isClassified) => {
    hashes.push(hashPicture(pdq, pixels, lookups));
    if (isClassified) classified.push(await classify(parts, { pixels, full: pixels }, models));
  });
  const sensitive = strongest(classified);
  decoded.pixels.data.fill(0);
  hashPicture(pdq, decoded.pixels, lookups); // overwrites the samples in the kernel's memory, which keeps those of the last picture
  const pictures = distinct(hashes);
  const near = matchNear(lookups, pictures);
  const known = pictures.length > 1 ? orElse(near, matchVideo(lookups, pictures)) : near;
  const findings = chooseFindings(exact, known, sensitive.findings);
  progress(1);
  const { failedModels } = sensitive;
  if (failedModels.length > 0) {
    return { media: 'image', findings, complete: false, reason: 'model-missing', failedModels: [...failedModels] };
  }
  return unseen ? incomplete('image', unseen, findings) : complete('image', findings);
}

/** The frames of an animation after its first. @returns why not all of them were looked at; undefined for a still */
async function lookAtLaterFrames(
  picture: Parameters<DecodeLaterFrames>[0],
  { decodeLaterFrames }: ScanTools,
  look: (pixels: Pixels, isClassified: boolean) => Promise<void>,
): Promise<Unseen | undefined> {
  if (!isAnimated(picture.bytes, picture.type)) return undefined;
  return decodeLaterFrames(picture, (pixels, position, count) => {
    const every = Math.ceil(count / (LIMITS.animationClassified - 1)); // the first frame has been classified
    return look(pixels, position % every === 0);
  });
}

/** `findings`: in the order of the plan's models. */
interface Classified {
  readonly findings: readonly SensitiveFinding[];
  readonly failedModels: readonly number[];
}

/** For each model its highest bucket. A model that found something has not failed, whatever happened with another frame. */
function strongest(frames: readonly Classified[]): Classified {
  const byModel = new Map<number, SensitiveFinding>();
  for (const finding of frames.flatMap(({ findings }) => findings)) {
    if (finding.bucket > (byModel.get(finding.model)?.bucket ?? -1)) byModel.set(finding.model, finding);
  }
  return {
    findings: [...byModel.values()].sort((a, b) => a.model - b.model),
    failedModels: [...new Set(frames.flatMap(({ failedModels }) => failedModels))]
      .filter((model) => !byModel.has(model))
      .sort((a, b) => a - b),
  };
}

/** The verdict is incomplete if a model is missing or failed. The findings of the lists and of other models remain. */
async function classify(
  parts: ScanTools['parts'],
  { pixels, full }: { pixels: Pixels; full: Size },
  models: readonly PlanModel[],
): Promise<Classified> {
  const findings: SensitiveFinding[] = [];
  const failedModels: number[] = [];
  for (const [model, { manifestDigest, minBucket }] of models.entries()) {
    const bucket = await parts.run('classifier', manifestDigest, () => classifierInput(pixels, full));
    if (typeof bucket !== 'number') failedModels.push(model);
    else if (bucket >= minBucket) findings.push({ kind: 'sensitive', model, bucket });
  }
  return { findings, failedModels };
}

export function incomplete(
  media: Media | 'unknown',
  reason: Exclude<IncompleteReason, 'model-missing'>,
  findings: Finding[] = [],
): Verdict {
  return { media, findings, complete: false, reason };
}

function complete(media: Media, findings: Finding[]): Verdict {
  return { media, findings, complete: true };
}

function mediaOf({ kind }: Sniffed): Media | 'unknown' {
  return kind === 'picture' || kind === 'unreadable-picture' ? 'image' : kind;
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

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

function hashPicture(pdq: Pdq, pixels: Pixels, lookups: readonly ListLookup[]): PictureHashes {
  const { hash: own, quality } = pdq.hash(pixels);
  if (!needsOrientations(lookups)) return { quality, own, others: [] };
  const { hashes } = pdq.hashOrientations(pixels);
  return { quality, own, others: orientations.filter((name) => name !== 'original').map((name) => hashes[name]) };
}
