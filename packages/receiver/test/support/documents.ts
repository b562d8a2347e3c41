/** Orders and manifests that the tests' authorities publish. All names are invented. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import type { WebAddress } from '@lodestone/protocol/text';
import type { Instant } from '@lodestone/protocol/time';
import { type DetectionOrder, printOrder, type SignalRule } from '@lodestone/protocol/order';
import { printManifest } from '@lodestone/protocol/release';
import type { TargetPath } from '@lodestone/protocol/paths';

export const LIST_PATH = 'v1/lists/known/manifest.json';
export const MODEL_PATH = 'v1/models/sensitive/manifest.json';
export const LIST = `lists:${LIST_PATH}` as TargetReference;
export const MODEL = `provider:${MODEL_PATH}` as TargetReference;

/** Valid from 2026-11-01; its counting windows of 10 days begin on the 1st, the 11th and the 21st. */
export function order(id: string, change: Partial<DetectionOrder> & { rule?: Partial<SignalRule> } = {}): Uint8Array {
  const { rule, ...fields } = change;
  const document: DetectionOrder = {
    schema: 'lodestone/order/v1',
    id: id as Name,
    basis: 'order',
    legal: { instrument: 'An invented act, section 1', jurisdiction: 'Nowhere' },
    issuer: { authority: 'An invented court', reference: 'N 1/26' },
    service: { name: 'Invented chat', endToEndEncrypted: true },
    notBefore: '2026-11-01T00:00:00Z' as Instant,
    notAfter: '2027-10-31T00:00:00Z' as Instant,
    summary: { en: 'Pictures are checked on the device against a list.' },
    help: [],
    surfaces: ['send', 'upload', 'receive'],
    media: ['image'],
    detect: [
      {
        kind: 'known',
        list: LIST,
        alsoBy: [],
        maxDistance: 20,
        minQuality: 50,
        variants: [],
        action: 'block',
        signal: { surfaces: ['send', 'upload'], threshold: 2, withinDays: 10, ...rule },
      },
    ],
    onUnscannable: 'allow',
    notify: { user: 'immediately' },
    receiver: {
      endpoint: 'https://receiver.example/v1/signals' as WebAddress,
      keys: 'provider:v1/keys.json' as TargetReference,
      subject: 'pseudonym',
      slotsPerDay: 24,
      cover: true,
    },
    ...fields,
  };
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
