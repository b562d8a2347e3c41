/**
 * Confirms exact findings outside the sandbox: the host hashes the content itself and finds the digest in the list file that
 * it has verified. Flow: plausibility → here → policy. Promise: a compromised decoder cannot claim that a listed file was sent.
 * Spec: docs/design/message-gate.md#exact-findings
 */
import { LodestoneError, type ScanPlan, type Verdict } from '@lodestone/protocol';
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
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await content.arrayBuffer()));
  for (const { list, entry } of exact) {
    const fileDigest = plan.lists[list]?.fileDigest;
    const listed = fileDigest && (await entryOfSha256(fileDigest, digest));
    if (listed === undefined) throw new LodestoneError('ERR_TRUST_MISSING', `list ${fileDigest} is no longer in force`);
    if (listed !== entry)
      return 'an exact finding, but the SHA-256 digest of the content is not listed under its entry';
  }
  return undefined;
}
