/**
 * Confirms exact findings outside the sandbox: the host hashes the content itself and finds the digest in the list file that
 * it has verified. Flow: plausibility → here → policy. Promise: a compromised decoder cannot claim that a listed file was sent.
 * Spec: docs/design/message-gate.md#exact-findings
 */
import { LIMITS, LodestoneError, type ScanPlan, type Verdict } from '@lodestone/protocol';
import { createSha256 } from '@lodestone/trust';
import type { ListSource } from './loaded-lists.ts';
import { readBlob } from './read-blob.ts';

export function hasExact({ findings }: Verdict): boolean {
  return findings.some((finding) => finding.kind === 'known' && finding.match === 'exact');
}

/** The verdict if the content can no longer be read: what was found by its digest is not confirmed. */
export function withoutExact({ media, findings }: Verdict): Verdict {
  const others = findings.filter((finding) => finding.kind !== 'known' || finding.match !== 'exact');
  return { media, findings: others, complete: false, reason: 'decode' };
}

/**
 * Returns why an exact finding is false, or undefined.
 * @param digest the content's
 * @throws {LodestoneError} `ERR_TRUST_MISSING` if a list is no longer in force
 */
export async function disprovedExact(
  digest: Uint8Array,
  { findings }: Verdict,
  plan: ScanPlan,
  entryOfSha256: ListSource['entryOfSha256'],
): Promise<string | undefined> {
  for (const finding of findings) {
    if (finding.kind !== 'known' || finding.match !== 'exact') continue;
    const fileDigest = plan.lists[finding.list]?.fileDigest;
    const listed = fileDigest && (await entryOfSha256(fileDigest, digest));
    if (listed === undefined) throw new LodestoneError('ERR_TRUST_MISSING', `list ${fileDigest} is no longer in force`);
    if (listed !== finding.entry)
      return 'an exact finding, but the SHA-256 digest of the content is not listed under its entry';
  }
  return undefined;
}

/** Hashed in one task of the page. */
const SLICE_BYTES = LIMITS.blocksWanted * LIMITS.blockBytes;

/**
 * WebCrypto needs the whole content in memory, and a large video would fill it.
 * @throws if the content can no longer be read, and when `stop` aborts
 */
export async function digestOf(content: Blob, stop: AbortSignal | undefined): Promise<Uint8Array> {
  if (content.size <= LIMITS.contentBytes)
    return new Uint8Array(await crypto.subtle.digest('SHA-256', await readBlob(content, stop)));
  const hash = createSha256();
  for (let at = 0; at < content.size; at += SLICE_BYTES) {
    hash.update(new Uint8Array(await readBlob(content.slice(at, at + SLICE_BYTES), stop)));
  }
  return hash.digest();
}
