/**
 * Adds one holder's signatures to a draft. Flow: the holder has read the review → here → `signatures/` → publish.
 * Promise: the journal is written before the signature, so a crash cannot make the holder forget it.
 * Spec: docs/design/authority.md#signing
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { toInstant } from '@lodestone/protocol/time';
import { keyIdOf, type Signer } from '../keys/signer.ts';
import { checkNotOlder, type Journal, readJournal, rememberSigned } from './journal.ts';
import { publicKeyOf, type SignedPart } from './parts.ts';
import type { Review } from './review.ts';
import { nameOf, writeSignature } from './signatures.ts';

export interface SignOptions {
  review: Review;
  signer: Signer;
  /** The holder's journal, see `journalOf`. */
  journal: string;
  now: number;
  /** Sign another document of a version that this key has signed. Default: false. */
  replace?: boolean;
}

/**
 * @returns the signature files, one for each part that this key may sign
 * @throws {LodestoneError} `ERR_SIGNER` if the key is not a holder's; `ERR_TRUST_ROLLBACK` for a version that is older than one that
 * this key has signed
 */
export async function signDraft(options: SignOptions): Promise<string[]> {
  const { review, signer, now, replace = false } = options;
  const { draft } = review;
  const keyId = keyIdOf(signer.publicKey);
  const parts = review.parts.filter((part) => publicKeyOf(part, keyId) !== undefined);
  if (parts.length === 0) {
    throw new LodestoneError(
      'ERR_SIGNER',
      `key ${keyId.slice(0, 16)} may not sign this publication of ${draft.authority}: it is not one of its holders' keys`,
    );
  }
  const journal = await readJournal(options.journal, draft.authority);
  checkJournal(review, journal, replace);
  // One after the other: a person may have to touch a token for each.
  const signatures: string[] = [];
  for (const part of parts) signatures.push(await signer.sign(part.bytes, about(review, part)));
  await rememberSigned(options.journal, journal, parts);
  const holder = nameOf(draft.holders, keyId).replaceAll(' ', '-');
  const files: string[] = [];
  for (const [i, { role, version, sha256 }] of parts.entries()) {
    const file = { role, version, sha256, keyId, signature: signatures[i] ?? '', signedAt: toInstant(now) };
    files.push(await writeSignature(draft.folder, holder, file));
  }
  return files;
}

const about = ({ draft }: Review, { role, version }: SignedPart): string => `${role} ${version} of ${draft.authority}`;

/** Compares all parts, also those that this key does not sign now: an old root with new targets is old. */
function checkJournal(review: Review, journal: Journal, replace: boolean): void {
  const { parts, before } = review;
  checkRootIsOurs(review, journal);
  for (const part of parts) checkNotOlder(journal, part, replace);
  const isRootNew = parts.some(({ role }) => role === 'root');
  if (!isRootNew && before && journal.root && before.version < journal.root.version && !replace) {
    throw new LodestoneError(
      'ERR_TRUST_ROLLBACK',
      `this draft builds on root ${before.version}, and this key has signed root ${journal.root.version}; if that root was given up, pass --replace`,
    );
  }
}

/** Without a pinned root, the root that this key has signed shows that the draft's published state is not a forgery. */
function checkRootIsOurs({ roots, isPinned }: Review, { root }: Journal): void {
  const published = root && roots.get(root.version);
  if (isPinned || published === undefined || published === root?.sha256) return;
  throw new LodestoneError(
    'ERR_TRUST_ROLLBACK',
    `the published root ${root?.version} in this draft is not the one that this key signed; compare it with the other holders, and pass the root.json that apps pin with --root`,
  );
}
