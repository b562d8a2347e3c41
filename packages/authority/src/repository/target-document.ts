/** Reads the JSON documents that targets name. Promise: the name in a document is the name in its path. Spec: docs/design/contracts.md#target-paths */
import { LodestoneError } from '@lodestone/protocol/error';
import { parseKeys, type ReceiverKeys } from '@lodestone/protocol/keys';
import { type ModelManifest, parseModelManifest } from '@lodestone/protocol/model';
import { type DetectionOrder, parseOrder } from '@lodestone/protocol/order';
import { parseTargetPath, type TargetPath } from '@lodestone/protocol/paths';
import { type ListManifest, parseManifest, parseSuppression, type Suppression } from '@lodestone/protocol/release';

export type TargetDocument =
  | { kind: 'order'; order: DetectionOrder }
  | { kind: 'keys'; keys: ReceiverKeys }
  | { kind: 'list'; manifest: ListManifest }
  | { kind: 'suppression'; suppression: Suppression }
  | { kind: 'model'; manifest: ModelManifest };

/**
 * @returns undefined for a list's, model's or runtime's file, and for a path of a later version
 * @throws {LodestoneError} `ERR_SCHEMA`, `ERR_SIZE`; `ERR_TRUST_METADATA` if the document has another name than its path
 */
export function parseTargetDocument(path: TargetPath, bytes: Uint8Array): TargetDocument | undefined {
  const target = parseTargetPath(path);
  switch (target?.kind) {
    case 'order': {
      const order = parseOrder(bytes);
      checkName(path, order.id, target.name);
      return { kind: 'order', order };
    }
    case 'keys':
      return { kind: 'keys', keys: parseKeys(bytes) };
    case 'list-manifest': {
      const manifest = parseManifest(bytes);
      checkName(path, manifest.list, target.name);
      return { kind: 'list', manifest };
    }
    case 'suppression': {
      const suppression = parseSuppression(bytes);
      checkName(path, suppression.list, target.name);
      return { kind: 'suppression', suppression };
    }
    case 'model-manifest': {
      const manifest = parseModelManifest(bytes);
      checkName(path, manifest.model, target.name);
      return { kind: 'model', manifest };
    }
    case undefined:
    case 'list-file':
    case 'model-file':
    case 'runtime':
      return undefined;
  }
}

function checkName(path: TargetPath, named: string, expected: string): void {
  if (named !== expected) throw new LodestoneError('ERR_TRUST_METADATA', `${path} contains the document of "${named}"`);
}
