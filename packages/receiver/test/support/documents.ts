/** Orders and manifests that the tests' authorities publish. All names are invented. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import type { Name } from '@lodestone/protocol/name';
import { exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import { keysPath, type TargetPath, targetReference, type TargetReference } from '@lodestone/protocol/paths';
import type { WebAddress } from '@lodestone/protocol/text';
import type { Instant } from '@lodestone/protocol/time';
import { type DetectionOrder, printOrder, type SignalRule } from '@lodestone/protocol/order';
import { printManifest } from '@lodestone/protocol/release';

export const LIST_PATH = 'v1/lists/known/manifest.json';
export const MODEL_PATH = 'v1/models/sensitive/manifest.json';
export const LIST = `lists:${LIST_PATH}` as TargetReference;
export const MODEL = `provider:${MODEL_PATH}` as TargetReference;

/** Valid from 2026-11-01. Its counting windows of 10 days begin on 2026-11-03, 11-13 and 11-23. */
export function order(id: string, change: Partial<DetectionOrder> & { rule?: Partial<SignalRule> } = {}): Uint8Array {
  const { rule, ...fields } = change;
  const document = exampleOrder({
    id: id as Name,
    notAfter: '2027-10-31T00:00:00Z' as Instant,
    surfaces: ['send', 'upload', 'receive'],
    detect: [
      exampleKnown({
        list: LIST,
        maxDistance: 20,
        signal: { surfaces: ['send', 'upload'], threshold: 2, withinDays: 10, ...rule },
      }),
    ],
    onUnscannable: 'allow',
    receiver: {
      endpoint: 'https://receiver.example/v1/signals' as WebAddress,
      keys: targetReference('provider' as Name, keysPath('receiver' as Name)),
      subject: 'pseudonym',
      slotsPerDay: 24,
      cover: true,
    },
    ...fields,
  });
  return printOrder(document);
}

export function manifest(version: number): Uint8Array {
  return printManifest({
    schema: 'lodestone/list/v1',
    list: 'known' as Name,
    version,
    counts: { pdq: 1, sha256: 0, vpdq: 0 },
    file: { path: `v1/lists/known/${version}.lode` as TargetPath, length: 68, sha256: '0'.repeat(64) as AnyDigest },
    merkleRoot: '1'.repeat(64) as AnyDigest,
    notAfter: '2027-01-31T00:00:00Z' as Instant,
  });
}
