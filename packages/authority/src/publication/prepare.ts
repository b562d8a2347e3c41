/**
 * Prepares the next publication for the holders to sign. Flow: init, rotate, and the command `prepare` → here → sign → publish.
 * Promise: a draft that is still right keeps its signatures. Spec: docs/design/authority.md#signing
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { DAY_MS, fromInstant } from '@lodestone/protocol/time';
import { type Authority, openAuthority } from '../keys/authority.ts';
import { type PublishedState, readPublishedState } from '../repository/published-state.ts';
import { type BuildOptions, buildPublication } from './build.ts';
import { readDraft, writeDraft } from './draft.ts';
import { partsOf } from './parts.ts';
import { compareWithFolder, signersOf } from './signed-draft.ts';

export interface PrepareReport {
  /** The folder that holders review and sign. */
  draft: string;
  /** What holders sign, such as `root 2` and `targets 5`. */
  parts: string[];
  /** False if the draft was already right: its signatures still count. */
  isNew: boolean;
  /** Names of holders whose signatures of the draft before no longer count. */
  dropped: string[];
}

/** @throws {LodestoneError} `ERR_USAGE` if the authority has all its keys in its folder; `ERR_REPOSITORY` if it does not verify */
export async function prepare(options: { directory: string } & BuildOptions): Promise<PrepareReport> {
  const authority = await openAuthority(options.directory);
  if (authority.custody !== 'holders') {
    throw new LodestoneError(
      'ERR_USAGE',
      `"${authority.name}" has all its keys in its folder, so there is nothing to prepare: run "lodestone-authority publish"`,
    );
  }
  const published = await readPublishedState(authority.paths);
  // Documents have whole seconds, and publish builds the same bytes again from the draft's time.
  const now = options.now - (options.now % 1_000);
  const existing = await readExisting(authority, published, { now, say: options.say });
  if (existing.parts) return { draft: authority.paths.draft, parts: existing.parts, isNew: false, dropped: [] };
  const publication = await buildPublication(authority, published, { now, say: options.say });
  await writeDraft(publication, published);
  const parts = partsOf(publication).map(({ role, version }) => `${role} ${version}`);
  return { draft: authority.paths.draft, parts, isNew: true, dropped: existing.signers };
}

/** The parts of a draft that is still right, and who signed one that is not. */
async function readExisting(
  authority: Authority,
  published: PublishedState,
  { now, say }: BuildOptions,
): Promise<{ parts?: string[]; signers: string[] }> {
  const draft = await readDraft(authority.paths.draft).catch(() => undefined);
  // A missing or damaged draft has no signatures to keep.
  if (!draft) return { signers: [] };
  const { publication, outdated } = await compareWithFolder(draft, authority, published, say);
  const isFresh = fromInstant(draft.targets.expires) - now > (authority.lifetimeDays.targets * DAY_MS) / 2;
  if (outdated.length === 0 && isFresh) {
    return { parts: partsOf(publication).map(({ role, version }) => `${role} ${version}`), signers: [] };
  }
  return { signers: await signersOf(draft, published.root) };
}
