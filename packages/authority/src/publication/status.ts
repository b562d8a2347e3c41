/**
 * The status of a draft: what holders sign, who has signed, what is missing, and whether the folder has changed since.
 * Spec: docs/design/authority.md#signing
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { openAuthority } from '../keys/authority.ts';
import { readPublishedState } from '../repository/published-state.ts';
import type { BuildOptions } from './build.ts';
import { draftFolder } from './draft.ts';
import { isComplete } from './parts.ts';
import { type Review, reviewDraft } from './review.ts';
import { nameOf, readSignatures } from './signatures.ts';
import { compareWithFolder, missingSignatures } from './signed-draft.ts';

export interface PartStatus {
  /** Such as `root 2`. */
  part: string;
  signedBy: string[];
  isComplete: boolean;
}

export interface DraftStatus {
  review: Review;
  parts: PartStatus[];
  /** One sentence for each threshold that is not reached. */
  missing: string[];
  /** One sentence for each signature file that does not count. */
  refused: string[];
  /** What has changed in the authority's folder since. Undefined for a holder's copy of the draft. */
  outdated: string[] | undefined;
}

/** @param options.directory the authority's folder, or a holder's copy of its draft */
export async function draftStatus(options: { directory: string } & BuildOptions): Promise<DraftStatus> {
  const { directory, now, say } = options;
  const review = await reviewDraft({ draft: draftFolder(directory), now });
  const { draft } = review;
  const { valid, refused } = await readSignatures(draft.folder, review.parts, draft.holders);
  const signersOf = (part: Review['parts'][number]) => (valid.get(part) ?? []).map(({ keyid }) => keyid);
  return {
    review,
    parts: review.parts.map((part) => ({
      part: `${part.role} ${part.version}`,
      signedBy: signersOf(part).map((id) => nameOf(draft.holders, id)),
      isComplete: isComplete(part, signersOf(part)),
    })),
    missing: review.parts.flatMap((part) => missingSignatures(part, draft, signersOf(part))),
    refused,
    outdated: await outdatedIn(directory, review, say),
  };
}

async function outdatedIn(
  directory: string,
  { draft }: Review,
  say: BuildOptions['say'],
): Promise<string[] | undefined> {
  if (!existsSync(path.join(directory, 'authority.json'))) return undefined;
  const authority = await openAuthority(directory);
  const published = await readPublishedState(authority.paths);
  return (await compareWithFolder(draft, authority, published, say)).outdated;
}
