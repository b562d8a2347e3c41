/**
 * Confirms exact findings outside the sandbox: the host hashes the content itself and finds the digest in the list file that
 * it has verified. Flow: plausibility → here → policy. Promise: a compromised decoder cannot claim that a listed file was sent.
 * Spec: docs/design/message-gate.md#exact-findings
 */
import { LIMITS, LodestoneError, type ScanPlan, type Verdict } from '@lodestone/protocol';
import { createSha256 } from '@lodestone/trust';
import type { ListSource } from './loaded-lists.ts';

/**
 * Returns why an exact finding is false, or undefined. Content without an exact finding is not read.
 * @throws {LodestoneError} `ERR_TRUST_MISSING` if a list is no longer in force
 */
export async function disprovedExact(
  content: Blob,
  { findings }: Verdict,
  plan: ScanPlan,
  entryOfSha256: ListSource['entryOfSha256'],
): Promise<string | undefined> {
  const exact = findings.flatMap((finding) => (finding.kind === 'known' && finding.match === 'exact' ? [finding] : []));
  if (exact.length === 0) return undefined;
  const digest = await digestOf(content);
  for (const { list, entry } of exact) {
    const fileDigest = plan.lists[list]?.fileDigest;
    const listed = fileDigest && (await entryOfSha256(fileDigest, digest));
    if (listed === undefined) throw new LodestoneError('ERR_TRUST_MISSING', `list ${fileDigest} is no longer in force`);
    if (listed !== entry)
      return 'an exact finding, but the SHA-256 digest of the content is not listed under its entry';
  }
  return undefined;
}

/** Hashed in one task of the page. */
const SLICE_BYTES = LIMITS.blocksWanted * LIMITS.blockBytes;

/** WebCrypto needs the whole content in memory, and a large video would fill it. */
async function digestOf(content: Blob): Promise<Uint8Array> {
  if (content.size <= LIMITS.contentBytes)
    return new Uint8Array(await crypto.subtle.digest('SHA-256', await content.arrayBuffer()));
  const hash = createSha256();
  for (let at = 0; at < content.size; at += SLICE_BYTES) {
    hash.update(new Uint8Array(await content.slice(at, at + SLICE_BYTES).arrayBuffer()));
  }
  return hash.digest();
}
