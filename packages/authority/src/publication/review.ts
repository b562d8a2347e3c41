/**
 * A holder's review of a draft: who signs what, every change to what is published, and whether it may be signed at all.
 * Flow: sign and status → here → describe.ts. Promise: a draft passes only if every new target parses, and it follows
 * from the published state. Spec: docs/design/authority.md#signing
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '@lodestone/protocol/digest';
import { LodestoneError } from '@lodestone/protocol/error';
import type { TargetPath } from '@lodestone/protocol/paths';
import { fromInstant } from '@lodestone/protocol/time';
import {
  acceptFirstRoot,
  acceptNextRoot,
  canonicalJson,
  checkBasis,
  type RootSigned,
  type TufGet,
} from '@lodestone/trust';
import { judgeOrder } from '../order/law.ts';
import { sha256Hex } from '../repository/digest.ts';
import { newestRootVersion, type PublishedState, readPublishedState } from '../repository/published-state.ts';
import { parseTargetDocument, type TargetDocument } from '../repository/target-document.ts';
import { checkFilesOf, fetchTarget } from '../repository/verify.ts';
import { type Draft, readDraft } from './draft.ts';
import { partsOf, type SignedPart } from './parts.ts';
import { type TargetChange, targetChanges, targetFiles } from './target-changes.ts';

export interface DocumentChange {
  path: TargetPath;
  /** Undefined if the target is new. */
  before: TargetDocument | undefined;
  /** Undefined if the target is withdrawn. */
  after: TargetDocument | undefined;
}

export interface Review {
  draft: Draft;
  /** The root in force before this publication. */
  before: RootSigned | undefined;
  /** The version of the published targets; 0 if there are none. */
  publishedTargets: number;
  parts: SignedPart[];
  changes: DocumentChange[];
  /** Version → SHA-256 of each published root's signed part. */
  roots: ReadonlyMap<number, Digest>;
  /** Whether the pinned root is among them. */
  isPinned: boolean;
}

export interface ReviewOptions {
  draft: string;
  /** The `root.json` that apps pin. Without it, only the journal shows that the draft is for the right repository. */
  root?: Uint8Array;
  now: number;
}

/**
 * @throws {LodestoneError} `ERR_REPOSITORY` if the draft does not follow from the published state; `ERR_TRUST_…` and `ERR_SCHEMA` for
 * a target that is missing or does not parse; `ERR_ORDER_LAW` for an order that a rule forbids; `ERR_TRUST_EXPIRED`
 */
export async function reviewDraft({ draft: folder, root, now }: ReviewOptions): Promise<Review> {
  const draft = await readDraft(folder);
  const repository = path.join(folder, 'published');
  const roots = await checkRoots(path.join(repository, 'metadata'), root);
  const published = await readPublishedState({ repository });
  checkVersions(draft, published, now);
  const changes = await readChanges(draft, published);
  for (const { after } of changes) if (after?.kind === 'order') checkOrderAgain(draft, after.order);
  return {
    draft,
    before: published.root,
    publishedTargets: published.online?.targets.version ?? 0,
    parts: partsOf({ before: published.root, nextRoot: draft.nextRoot, targets: draft.targets }),
    changes,
    roots,
    isPinned: root !== undefined,
  };
}

/** Follows the roots from the first one, as a client does. The pinned root must be among them. */
async function checkRoots(metadata: string, pinned: Uint8Array | undefined): Promise<Map<number, Digest>> {
  const roots = new Map<number, Digest>();
  const newest = await newestRootVersion(metadata);
  const pin = pinned && (await acceptFirstRoot(pinned));
  if (pin && newest < pin.version) {
    throw new LodestoneError(
      'ERR_TRUST_ROLLBACK',
      `the draft's newest published root is ${newest}, older than the pinned root ${pin.version}`,
    );
  }
  let root: RootSigned | undefined;
  for (let version = 1; version <= newest; version++) {
    const bytes = await readFile(path.join(metadata, `${version}.root.json`));
    root = root ? await acceptNextRoot(root, bytes) : await acceptFirstRoot(bytes);
    roots.set(version, digestOf(root));
  }
  if (pin && roots.get(pin.version) !== digestOf(pin)) {
    throw new LodestoneError(
      'ERR_TRUST_SIGNATURE',
      `the draft's published root ${pin.version} is not the pinned root: the draft is for another repository`,
    );
  }
  return roots;
}

const digestOf = (root: RootSigned): Digest => sha256Hex(canonicalJson(root));

function checkVersions({ nextRoot, targets, folder }: Draft, { root, online }: PublishedState, now: number): void {
  const rootVersion = (root?.version ?? 0) + 1;
  if (nextRoot ? nextRoot.version !== rootVersion : !root) {
    throw wrong(folder, `root ${nextRoot?.version ?? 0} does not follow root ${rootVersion - 1}`);
  }
  const targetsVersion = (online?.targets.version ?? 0) + 1;
  if (targets.version !== targetsVersion) {
    throw wrong(folder, `targets ${targets.version} does not follow targets ${targetsVersion - 1}`);
  }
  for (const signed of nextRoot ? [nextRoot, targets] : [targets]) {
    if (fromInstant(signed.expires) <= now) {
      throw new LodestoneError('ERR_TRUST_EXPIRED', `${signed._type} ${signed.version} expired on ${signed.expires}`);
    }
  }
  for (const { keyids, threshold } of nextRoot ? Object.values(nextRoot.roles) : []) {
    if (threshold > keyids.length) throw wrong(folder, `root ${rootVersion} requires more keys than a role has`);
  }
}

async function readChanges(draft: Draft, published: PublishedState): Promise<DocumentChange[]> {
  const files = targetFiles(draft.targets);
  const get = folderReader(draft.folder);
  const changed = targetChanges(published.files, draft.targets);
  const changes: DocumentChange[] = [];
  const named = new Set<TargetPath>();
  for (const change of changed) {
    const { path: target, before, after } = await readDocuments(draft, change);
    await checkFilesOf(after, { get, files });
    for (const file of filesOf(after)) named.add(file);
    if (before ?? after) changes.push({ path: target, before, after });
    else if (change.after) await fetchTarget(get, change.after);
  }
  const orphan = changed.find((change) => change.after && isFile(changes, change) && !named.has(change.path));
  if (orphan) throw wrong(draft.folder, `no manifest in the draft names the new file ${orphan.path}`);
  return changes;
}

async function readDocuments(draft: Draft, change: TargetChange): Promise<DocumentChange> {
  const read = async (folder: string, file: TargetChange['after']): Promise<TargetDocument | undefined> => {
    if (!file || !isJson(file.path)) return undefined;
    return parseTargetDocument(file.path, await fetchTarget(folderReader(folder), file));
  };
  return {
    path: change.path,
    before: await read(path.join(draft.folder, 'published'), change.before),
    after: await read(draft.folder, change.after),
  };
}

const isJson = (target: TargetPath): boolean => target.endsWith('.json');
const isFile = (changes: readonly DocumentChange[], change: TargetChange): boolean =>
  !changes.some(({ path: target }) => target === change.path);

function filesOf(document: TargetDocument | undefined): TargetPath[] {
  if (document?.kind === 'list') return [document.manifest.file.path];
  return document?.kind === 'model' ? [document.manifest.file.path, document.manifest.runtime.path] : [];
}

function folderReader(folder: string): TufGet {
  return async (file) => {
    const place = path.join(folder, file);
    return existsSync(place) ? new Uint8Array(await readFile(place)) : undefined;
  };
}

/** An order that reached the draft around `order` is refused by its holders. */
function checkOrderAgain({ power }: Draft, order: Extract<TargetDocument, { kind: 'order' }>['order']): void {
  checkBasis(order, power);
  const { outcome, sentences } = judgeOrder(order);
  if (outcome === 'forbidden') {
    throw new LodestoneError('ERR_ORDER_LAW', `order ${order.id} is forbidden: ${sentences.join(' ')}`);
  }
}

function wrong(folder: string, why: string): LodestoneError<'ERR_REPOSITORY'> {
  return new LodestoneError(
    'ERR_REPOSITORY',
    `${folder}: ${why}. Run "lodestone-authority prepare" and sign its draft`,
  );
}
