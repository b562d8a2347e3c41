/**
 * The draft: `draft/` in the authority's folder, or a holder's copy of it. It has all that a holder needs to review and sign
 * one publication: the unsigned metadata, new files, and what is published.
 * Promise: it is replaced as a whole. Spec: docs/design/authority.md#signing
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { fromUtf8 } from '@lodestone/protocol/bytes';
import { Digest } from '@lodestone/protocol/digest';
import { parseDocument, printDocument } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { Name } from '@lodestone/protocol/name';
import type { TargetFile } from '@lodestone/protocol/paths';
import { Instant, toInstant } from '@lodestone/protocol/time';
import { canonicalJson, parseMetadata, type Power, type SignedOf, targetUrlPath } from '@lodestone/trust';
import { LockedReport } from '../locked/report.ts';
import { messageOf, type Paths } from '../keys/authority.ts';
import { keyIdOf } from '../keys/signer.ts';
import { removeLeftovers } from '../repository/atomic-files.ts';
import type { PublishedState } from '../repository/published-state.ts';
import type { Publication } from './build.ts';
import { isDocument, targetChanges } from './target-changes.ts';

const SCHEMA = 'lodestone/draft/v1';

export interface DraftFile {
  schema: typeof SCHEMA;
  authority: Name;
  power: Power;
  builtAt: Instant;
  /** The names of present and former holders, which only the authority's own folder vouches for. */
  holders: { name: Name; keyId: Digest }[];
  /** What the authority's folder reports of its locked lists: the list files do not show it. Nobody signs it. */
  locked?: LockedReport[] | undefined;
}

const DraftFile: z.ZodMiniType<DraftFile> = z.strictObject({
  schema: z.literal(SCHEMA),
  authority: Name,
  power: z.enum(['orders', 'lists', 'provider']),
  builtAt: Instant,
  holders: z.array(z.strictObject({ name: Name, keyId: Digest })).check(z.maxLength(96)),
  locked: z.optional(z.array(LockedReport).check(z.maxLength(64))),
});
const KIND = { what: 'draft.json', maxBytes: 2_097_152, schema: SCHEMA };

export interface Draft extends DraftFile {
  readonly folder: string;
  readonly nextRoot: SignedOf['root'] | undefined;
  readonly targets: SignedOf['targets'];
}

/** Accepts a draft or the folder of its authority. */
export function draftFolder(folder: string): string {
  return [folder, path.join(folder, 'draft')].find((at) => existsSync(path.join(at, 'draft.json'))) ?? folder;
}

/** @throws {LodestoneError} `ERR_REPOSITORY` if there is no draft, or a part of it does not parse */
export async function readDraft(folder: string): Promise<Draft> {
  if (!existsSync(path.join(folder, 'draft.json'))) {
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `${folder} has no publication to sign; run "lodestone-authority prepare" in the authority's folder`,
    );
  }
  try {
    const file = parseDocument(DraftFile, await readFile(path.join(folder, 'draft.json')), KIND);
    const nextRoot = existsSync(path.join(folder, 'metadata/root.json'))
      ? await readUnsigned(folder, 'root')
      : undefined;
    return { ...file, folder, nextRoot, targets: await readUnsigned(folder, 'targets') };
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `${folder}: ${messageOf(cause)}`, { cause });
  }
}

/** Metadata without signatures has the form of metadata with none. */
async function readUnsigned<R extends 'root' | 'targets'>(folder: string, role: R): Promise<SignedOf[R]> {
  const bytes = await readFile(path.join(folder, 'metadata', `${role}.json`));
  const envelope = { signatures: [], signed: JSON.parse(fromUtf8(bytes)) as unknown };
  return parseMetadata(role, canonicalJson(envelope)).signed;
}

/** Replaces the draft, and with it all signatures of the one before. */
export async function writeDraft(publication: Publication, published: PublishedState): Promise<void> {
  const { authority, nextRoot, targets } = publication;
  const { paths } = authority;
  await removeLeftovers(path.dirname(paths.draft), ['.draft-']);
  const folder = path.join(path.dirname(paths.draft), `.draft-${randomUUID()}`);
  try {
    const write = async (file: string, bytes: Uint8Array): Promise<void> => {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), bytes);
    };
    await mkdir(path.join(folder, 'signatures'), { recursive: true });
    if (nextRoot) await write('metadata/root.json', canonicalJson(nextRoot));
    await write('metadata/targets.json', canonicalJson(targets));
    await writeTargets(publication, published, { write, folder });
    await copyPublished(paths, published, folder);
    await write('draft.json', printDocument(DraftFile, draftFileOf(publication), KIND));
    await removeDraft(paths);
    await rename(folder, paths.draft);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function draftFileOf({ authority, builtAt, locked }: Publication): DraftFile {
  const { name, power, holders, formerHolders } = authority;
  return {
    schema: SCHEMA,
    authority: name,
    power,
    builtAt: toInstant(builtAt),
    holders: [...holders, ...formerHolders].map((holder) => ({ name: holder.name, keyId: keyIdOf(holder.publicKey) })),
    ...(locked.length > 0 && { locked }),
  };
}

interface Writer {
  folder: string;
  write: (file: string, bytes: Uint8Array) => Promise<void>;
}

/** New and changed targets, and the published documents that they replace. */
async function writeTargets(
  { authority, targets, files }: Publication,
  published: PublishedState,
  { write, folder }: Writer,
): Promise<void> {
  for (const { path: target, before, after } of targetChanges(published.files, targets)) {
    const bytes = after && files.get(targetUrlPath(after));
    if (after && bytes) await write(targetUrlPath(after), bytes);
    if (before && isDocument(target)) await copyTarget(authority.paths, before, folder);
  }
}

async function copyTarget({ repository }: Paths, file: TargetFile, folder: string): Promise<void> {
  const place = targetUrlPath(file);
  await cp(path.join(repository, place), path.join(folder, 'published', place), { recursive: true });
}

/** Every root, so that a holder can follow them from the pinned one, and the newest metadata of the other roles. */
async function copyPublished({ repository }: Paths, { root, online }: PublishedState, folder: string): Promise<void> {
  if (!root) return;
  const names = Array.from({ length: root.version }, (_, i) => `${i + 1}.root.json`);
  if (online) {
    const { snapshot, targets } = online;
    names.push('timestamp.json', `${snapshot.version}.snapshot.json`, `${targets.version}.targets.json`);
  }
  for (const name of names) {
    await cp(path.join(repository, 'metadata', name), path.join(folder, 'published/metadata', name));
  }
}

export async function removeDraft({ draft }: Paths): Promise<void> {
  if (!existsSync(draft)) return;
  const gone = path.join(path.dirname(draft), `.draft-${randomUUID()}`);
  await rename(draft, gone);
  await rm(gone, { recursive: true, force: true });
}
