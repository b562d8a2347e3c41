/**
 * Looks at an icon or a cursor: each picture in it. Flow: scan, inside → here → look-at-picture. Promise: one that is not opened is a fault; models run on
 * the largest, and it alone is looked up with variants; a match is `near` only if it is the only one; copies are zeros when it returns. Spec: docs/design/hashing.md#icons
 */
import type { PlanModel } from '@lodestone/protocol/sandbox';
import { iconMembers } from '../decode/format/icon.ts';
import { readImageHeader } from '../decode/format/image-header.ts';
import { HEADER_READERS } from '../decode/sniff.ts';
import type { Budget } from '../parts/containers/input.ts';
import { type Looked, lookAtPicture, type PictureTools } from './look-at-picture.ts';
import { asParts, CHEAP_VARIANTS, type ListLookup, onlyWith } from './match.ts';

export async function lookAtIcon(
  tools: PictureTools,
  bytes: Uint8Array<ArrayBuffer>,
  lookups: readonly ListLookup[],
  models: readonly PlanModel[],
  budget: Budget,
): Promise<Looked> {
  // In WebKit only the host can decode, and it decodes no icons.
  if (tools.decoder.needsBitmap) return { near: [], sensitive: [], failedModels: [], fault: 'format' };
  const { members, fault } = iconMembers(bytes);
  const looked: Looked[] = [];
  const reasons: Looked['fault'][] = [fault];
  for (const [i, { isCopy, ...still }] of members.entries()) {
    const header = readImageHeader(HEADER_READERS[still.type], still.bytes);
    if (header && !budget.takePixels(header.width, header.height)) reasons.push('too-large');
    else {
      const picture = { ...still, bitmap: undefined };
      const isLargest = i === 0;
      const searched = isLargest ? lookups : onlyWith(CHEAP_VARIANTS, lookups);
      looked.push(await lookAtPicture(tools, picture, searched, isLargest ? models : []));
    }
    if (isCopy) still.bytes.fill(0);
  }
  const near = looked.flatMap((one) => one.near);
  return {
    near: members.length === 1 && !fault ? near : asParts(near),
    sensitive: looked.flatMap(({ sensitive }) => sensitive),
    failedModels: looked.flatMap(({ failedModels }) => failedModels),
    fault: [...reasons, ...looked.map((one) => one.fault)].find((reason) => reason !== undefined),
  };
}
