/**
 * A draft as a complete publication: it is still what the folder would publish, and enough holders signed it.
 * Flow: publish and status → here. Promise: a draft is refused by name if anything has changed since it was prepared.
 * Spec: docs/design/authority.md#signing
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { fromInstant } from '@lodestone/protocol/time';
import { canonicalJson, type Role, type RootSigned } from '@lodestone/trust';
import type { Authority } from '../keys/authority.ts';
import { sha256Hex } from '../repository/digest.ts';
import type { PublishedState } from '../repository/published-state.ts';
import { type BuildOptions, buildPublication, type Publication } from './build.ts';
import { type Draft, readDraft } from './draft.ts';
import { partsOf, stateOf, type SignedPart, withSignatures } from './parts.ts';
import { nameOf, readSignatures } from './signatures.ts';
import { targetChanges, targetFiles } from './target-changes.ts';

export interface SignedDraft {
  publication: Publication;
  /** The bytes to publish by role. */
  signed: Map<Role, Uint8Array>;
}

/** @throws {LodestoneError} `ERR_REPOSITORY` if there is no draft, it is out of date, or signatures are missing */
export async function signedDraft(
  authority: Authority,
  published: PublishedState,
  say?: BuildOptions['say'],
): Promise<SignedDraft> {
  const draft = await readDraft(authority.paths.draft);
  const { publication, outdated } = await compareWithFolder(draft, authority, published, say);
  if (outdated.length > 0) {
    const signers = await signersOf(draft, published.root);
    const since = signers.length > 0 ? `after ${signers.join(', ')} signed` : 'since the draft was prepared';
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `changed ${since}: ${outdated.join('; ')}. Run "lodestone-authority prepare", and have the holders sign again`,
    );
  }
  const parts = partsOf(publication);
  const { valid, refused } = await readSignatures(draft.folder, parts, draft.holders);
  const missing = parts.flatMap((part) =>
    missingSignatures(
      part,
      draft,
      (valid.get(part) ?? []).map(({ keyid }) => keyid),
    ),
  );
  if (missing.length > 0) {
    throw new LodestoneError('ERR_REPOSITORY', ['signatures are missing', ...missing, ...refused].join('; '));
  }
  const bytes = parts.map((part) => [part.role, withSignatures(part.signed, valid.get(part) ?? [])] as const);
  return { publication, signed: new Map(bytes) };
}

/** Names of the holders whose signatures of the draft count. */
export async function signersOf(draft: Draft, root: RootSigned | undefined): Promise<string[]> {
  const parts = partsOf({ before: root, nextRoot: draft.nextRoot, targets: draft.targets });
  const { valid } = await readSignatures(draft.folder, parts, draft.holders);
  return [...new Set([...valid.values()].flat().map(({ keyid }) => nameOf(draft.holders, keyid)))];
}

/** One sentence for each group of keys of which too few signed. */
export function missingSignatures(
  part: SignedPart,
  { holders }: Pick<Draft, 'holders'>,
  signers: readonly SignedPart['sha256'][],
): string[] {
  return stateOf(part, signers)
    .filter(({ group, signed }) => signed.length < group.threshold)
    .map(({ group, signed, open }) => {
      const names = open
        .map((id) => nameOf(holders, id))
        .sort()
        .join(', ');
      const whose = group.whose === 'targets' ? '' : ` (keys of ${group.whose})`;
      const count = group.threshold - signed.length;
      return `${part.role} ${part.version}${whose}: ${count} more of ${names || 'no holder'} must sign`;
    });
}

/** Builds the publication again as of the draft's time, and names everything that differs. */
export async function compareWithFolder(
  draft: Draft,
  authority: Authority,
  published: PublishedState,
  say?: BuildOptions['say'],
): Promise<{ publication: Publication; outdated: string[] }> {
  const built = await buildPublication(authority, published, { now: fromInstant(draft.builtAt), say });
  const publication = isInstalled(draft, published) ? { ...built, targets: atVersion(built.targets, draft) } : built;
  const outdated = [...rootDifference(draft, publication), ...targetsDifference(draft, publication)];
  return { publication, outdated };
}

/** A publication of a new root that stopped after its first timestamp has published the draft's targets already. */
function isInstalled({ nextRoot, targets }: Draft, { root, online }: PublishedState): boolean {
  if (!nextRoot || !root || digestOf(targets) !== digestOf(online?.targets)) return false;
  return nextRoot.version === root.version + 1 || digestOf(nextRoot) === digestOf(root);
}

function atVersion(targets: Publication['targets'], draft: Draft): Publication['targets'] {
  return { ...targets, version: draft.targets.version };
}

const digestOf = (signed: object | undefined): string => (signed ? sha256Hex(canonicalJson(signed)) : '');

function rootDifference({ nextRoot }: Draft, { before, nextRoot: wanted }: Publication): string[] {
  if (digestOf(nextRoot) === digestOf(wanted)) return [];
  // A publication that stopped between root and timestamp has published the draft's root already.
  if (!wanted && digestOf(nextRoot) === digestOf(before)) return [];
  return ['the root: its keys, its threshold or the published root'];
}

function targetsDifference({ targets }: Draft, { targets: wanted }: Publication): string[] {
  if (digestOf(targets) === digestOf(wanted)) return [];
  const changed = targetChanges(targetFiles(targets), wanted).map(({ path, before, after }) => {
    if (!before) return `${path} is new`;
    return after ? `${path} has other content` : `${path} is gone`;
  });
  if (changed.length > 0) return changed;
  return [`targets ${targets.version}: the folder would publish targets ${wanted.version}`];
}
