/** Orders and manifests that the tests' authorities publish. All names are invented. */
import { createHash } from 'node:crypto';
import type { AnyDigest } from '@lodestone/testkit/digests';
import type { Name } from '@lodestone/protocol/name';
import { exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import { keysPath, type TargetPath, targetReference, type TargetReference } from '@lodestone/protocol/paths';
import type { ListPurpose } from '@lodestone/protocol/purpose';
import type { WebAddress } from '@lodestone/protocol/text';
import type { Instant } from '@lodestone/protocol/time';
import { type DetectionOrder, printOrder, type SignalRule } from '@lodestone/protocol/order';
import { parseRelease, printRelease } from '@lodestone/protocol/list-file';
import { printManifest } from '@lodestone/protocol/release';
import { sha256Hex } from '@lodestone/trust';

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
        signal: { surfaces: ['send', 'upload'], evidence: ['exact'], threshold: 2, withinDays: 10, ...rule },
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

/** The entries of every version of the test list, if a test names no others. */
export const ENTRIES: readonly number[] = [
  ...Array.from({ length: 300 }, (_, i) => i + 1),
  3_999_999_999,
  4_000_000_001,
  4_294_967_295,
];

/** A list file in which each entry has a PDQ row and a SHA-256 row, or the rows that `types` names. */
export function listFile(
  entries: readonly number[] = ENTRIES,
  types: readonly ('pdq' | 'sha256' | 'vpdq')[] = ['pdq', 'sha256'],
): Uint8Array<ArrayBuffer> {
  return printRelease(
    types.flatMap((type) => entries.map((entry) => ({ type, entry, payload: payloadOf(`${type} ${entry}`) }))),
  );
}

function payloadOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

/** A list version as targets: its manifest and its file. */
export function list(
  version: number,
  file: Uint8Array<ArrayBuffer> = listFile(),
  purpose: ListPurpose = 'verified',
): Record<string, Uint8Array> {
  return { [LIST_PATH]: manifest(version, file, purpose), [`v1/lists/known/${version}.lode`]: file };
}

function manifest(version: number, file: Uint8Array<ArrayBuffer>, purpose: ListPurpose): Uint8Array {
  const { pdq, sha256, vpdq } = parseRelease(file);
  return printManifest({
    schema: 'lodestone/list/v1',
    list: 'known' as Name,
    purpose,
    version,
    counts: { pdq: pdq.count, sha256: sha256.count, vpdq: vpdq.count },
    file: {
      path: `v1/lists/known/${version}.lode` as TargetPath,
      length: file.length,
      sha256: sha256Hex<AnyDigest>(file),
    },
    merkleRoot: '1'.repeat(64) as AnyDigest,
    notAfter: '2027-01-31T00:00:00Z' as Instant,
  });
}
