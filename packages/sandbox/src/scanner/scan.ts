/**
 * One scan, as its steps: read → sniff → exact → decode → hash → match → classify → verdict. Flow: main → here → message gate.
 * Promise: a verdict is complete only if everything was looked up; the medium comes from the bytes alone; the item's bytes and pixels
 * are zeros when its verdict is returned. Spec: docs/design/sandbox.md#scanner
 */
import type { Pdq } from '@lodestone/pdq';
import { LIMITS } from '@lodestone/protocol/limits';
import type { Media } from '@lodestone/protocol/surface';
import type { PlanModel, SandboxEvent, ScanJob } from '@lodestone/protocol/sandbox';
import type { Finding, IncompleteReason, SensitiveFinding, Verdict } from '@lodestone/protocol/verdict';
import type { Looks } from '../decode/looks.ts';
import { mediaOf, sniff } from '../decode/sniff.ts';
import type { Still, StillDecoder } from '../decode/still.ts';
import { classifierInput } from '../parts/classifier/input.ts';
import { type BlockReader, Content } from './content.ts';
import type { HostBitmaps } from './host-bitmaps.ts';
import { type Inside, scanInsideFile, scanInsideJpeg } from './inside.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { Lists } from './lists.ts';
import { lookUpStill } from './look-up-still.ts';
import { chooseFindings, matchExact, needsDigest } from './match.ts';

/** The same for all items. */
export interface ScanTools {
  readonly pdq: Pdq;
  readonly decoder: StillDecoder;
  readonly lists: Lists;
  readonly parts: Pick<LazyParts, 'run'>;
  readonly bitmaps: Pick<HostBitmaps, 'request'>;
  readonly reader: BlockReader;
  readonly send: (event: SandboxEvent) => void;
}

/** The progress of an item whose bytes are read, and of one that is decoded. */
const READ = 10 / 16;
const DECODED = 14 / 16;
const NOTHING_INSIDE: Inside = { findings: [], fault: undefined };

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
  const { decoder, bitmaps, lists, parts, send } = tools;
  const progress = progressOf(job.contentId, send);
  const head = await content.head();
  if (!head) return incomplete('unknown', 'decode');

  const sniffed = sniff(head);
  const media = mediaOf(sniffed);
  const lookups = lists.lookupsFor(job.plan, media === 'unknown' ? 'file' : media);
  if (!lookups) return incomplete(media, 'list-missing');
  const models = media === 'image' ? job.plan.models : [];
  if (lookups.length + models.length === 0 && media !== 'unknown') return complete(media, []);

  const needsAll = sniffed.kind === 'picture' || sniffed.kind === 'file' || needsDigest(lookups);
  const bytes = needsAll ? await content.whole((fraction) => progress(fraction * READ)) : head;
  if (!bytes) return incomplete(media, 'decode');
  const exact = needsDigest(lookups) ? matchExact(lookups, await sha256(bytes)) : [];
  if (sniffed.kind === 'file') {
    const inside = await scanInsideFile(bytes, sniffed.container, lookups, tools);
    progress(1);
    return verdictOf('file', chooseFindings(exact, inside.findings), inside.fault);
  }
  if (sniffed.kind !== 'picture') return incomplete(media, 'format', chooseFindings(exact, []));

  const { type } = sniffed;
  const still: Still = { bytes, type, bitmap: (size) => bitmaps.request(job.contentId, type, size) };
  const looks = await decoder.decode(still);
  if ('reason' in looks) return incomplete('image', looks.reason, chooseFindings(exact, []));
  progress(DECODED);
  try {
    const inside = type === 'image/jpeg' ? await scanInsideJpeg(bytes, lookups, tools) : NOTHING_INSIDE;
    const near = [...(await lookUpStill(tools, still, looks, lookups)), ...inside.findings];
    const { findings: sensitive, failedModels } = await classify(parts, looks, models);
    const findings = chooseFindings(exact, near, sensitive);
    progress(1);
    const fault = looks.isWhole ? inside.fault : 'decode';
    if (fault || failedModels.length === 0) return verdictOf('image', findings, fault);
    return { media: 'image', findings, complete: false, reason: 'model-missing', failedModels };
  } finally {
    looks.pixels.data.fill(0);
    looks.onBlack?.data.fill(0);
  }
}

/** The verdict is incomplete if a model is missing or failed. The findings of the lists and of other models remain. */
async function classify(
  parts: ScanTools['parts'],
  { pixels, onBlack, full }: Looks,
  models: readonly PlanModel[],
): Promise<{ findings: SensitiveFinding[]; failedModels: number[] }> {
  const findings: SensitiveFinding[] = [];
  const failedModels: number[] = [];
  for (const [model, { manifestDigest, minBucket }] of models.entries()) {
    const buckets: number[] = [];
    for (const look of onBlack ? [pixels, onBlack] : [pixels]) {
      const bucket = await parts.run('classifier', manifestDigest, () => classifierInput(look, full));
      buckets.push(typeof bucket === 'number' ? bucket : Number.NaN);
    }
    const highest = Math.max(...buckets);
    if (Number.isNaN(highest)) failedModels.push(model);
    else if (highest >= minBucket) findings.push({ kind: 'sensitive', model, bucket: highest });
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

function verdictOf(
  media: Media,
  findings: Finding[],
  fault: Exclude<IncompleteReason, 'model-missing'> | undefined,
): Verdict {
  return fault ? incomplete(media, fault, findings) : complete(media, findings);
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
