/**
 * The timestamp between two roots: one that apps with the old root and with the new root accept. It is installed before the new
 * root, so that apps find a timestamp that they accept at every moment. Flow: publish → here → `repository/`.
 * Spec: docs/design/authority.md#replacing-keys
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseMetadata, readTrusted, type RootSigned, type TimestampSigned } from '@lodestone/trust';
import { withSignatures } from '../publication/parts.ts';

export const TIMESTAMP = 'metadata/timestamp.json';

/** Signs with a key of the first root, and with those of the others whose private keys are still there. */
export type SignTimestamp = (
  signed: TimestampSigned,
  roots: readonly [RootSigned, ...RootSigned[]],
) => Promise<Uint8Array>;

export interface HandoverOptions {
  repository: string;
  /** The files to install. */
  files: ReadonlyMap<string, Uint8Array>;
  root: RootSigned;
  /** The root that it replaces. */
  before: RootSigned;
  sign: SignTimestamp;
}

/**
 * The new timestamp, signed with the keys of both roots; or, if the old timestamp key is gone, the published one with a
 * signature of the new key added. Undefined if neither is possible: the old snapshot key is gone as well, or too few of the old
 * root's holders signed. Then the root comes first.
 */
export async function handover(options: HandoverOptions): Promise<Uint8Array | undefined> {
  const { repository, root, before, sign } = options;
  const { signed } = parseMetadata('timestamp', await read(options, TIMESTAMP));
  const next = await sign(signed, [root, before]);
  if (await accepts(options, before, next)) return next;
  const place = path.join(repository, TIMESTAMP);
  if (!existsSync(place)) return undefined;
  const published = await countersigned(await readFile(place), options);
  const isAccepted = (await accepts(options, before, published)) && (await accepts(options, root, published));
  return isAccepted ? published : undefined;
}

/** A published timestamp with a signature of the new root's key, which readers ignore until they see that root. */
async function countersigned(timestamp: Uint8Array, { root, sign }: HandoverOptions): Promise<Uint8Array> {
  const { signed, signatures } = parseMetadata('timestamp', timestamp);
  const own = parseMetadata('timestamp', await sign(signed, [root])).signatures;
  const others = signatures.filter(({ keyid }) => own.every((one) => one.keyid !== keyid));
  return withSignatures(signed, [...others, ...own]);
}

async function accepts(options: HandoverOptions, { version }: RootSigned, timestamp: Uint8Array): Promise<boolean> {
  const { meta } = parseMetadata('timestamp', timestamp).signed;
  const snapshot = await read(options, `metadata/${meta['snapshot.json'].version}.snapshot.json`);
  const named = parseMetadata('snapshot', snapshot).signed.meta['targets.json'];
  const targets = await read(options, `metadata/${named.version}.targets.json`);
  const root = await read(options, `metadata/${version}.root.json`);
  const trusted = await readTrusted({ root, timestamp, snapshot, targets });
  return trusted !== undefined && trusted.timestampVersion > 0;
}

async function read({ files, repository }: HandoverOptions, file: string): Promise<Uint8Array> {
  return files.get(file) ?? (await readFile(path.join(repository, file)));
}
