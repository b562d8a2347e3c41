/** Signs with the private keys in the authority's folder: for tests and demos. Spec: docs/design/authority.md#keys */
import type { Digest } from '@lodestone/protocol/digest';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Signature } from '@lodestone/trust';
import type { Authority } from '../keys/authority.ts';
import type { AskPassphrase } from '../keys/key-file.ts';
import { openLocalKeys } from '../keys/local-keys.ts';
import { keyIdOf } from '../keys/signer.ts';
import { type SignedPart, withSignatures } from './parts.ts';

/** Exactly as many keys of each group sign as it requires, so that every signature counts. */
export async function signHere(
  { name, paths }: Authority,
  part: SignedPart,
  ask: AskPassphrase,
): Promise<Uint8Array<ArrayBuffer>> {
  const signatures = new Map<Digest, Signature>();
  for (const { keys, threshold } of part.groups) {
    const available = await openLocalKeys(paths.keys, part.role, [...keys.values()], ask);
    if (available.length < threshold) {
      throw new LodestoneError(
        'ERR_REPOSITORY',
        `${threshold} keys of the role ${part.role} must sign, but ${paths.keys} has ${available.length} of ${keys.size}; copy the missing key files there`,
      );
    }
    for (const signer of available.slice(0, threshold)) {
      const keyid = keyIdOf(signer.publicKey);
      const sig = await signer.sign(part.bytes, `${part.role} ${part.version} of ${name}`);
      signatures.set(keyid, { keyid, sig });
    }
  }
  return withSignatures(part.signed, [...signatures.values()]);
}
