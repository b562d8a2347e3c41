/**
 * Checks that a threshold of a role's keys signed the metadata. Each key counts once. WebCrypto verifies Ed25519.
 * Spec: docs/design/signed-inputs.md#tuf-client, TUF 1.0 §5.3.4, 5.4.2, 5.5.3, 5.6.3; RFC 8032
 */
import { fromHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Key, Metadata, Role, RoleKeys, RootSigned } from './metadata.ts';

/**
 * @returns the ids of the role's keys that signed: at least as many as its threshold
 * @throws {LodestoneError} `ERR_TRUST_SIGNATURE`; `ERR_UNSUPPORTED` if the engine has no Ed25519
 */
export async function checkSignatures<R extends Role>(
  root: RootSigned,
  role: R,
  { signatures, signedBytes }: Metadata<R>,
): Promise<Digest[]> {
  const { keyids, threshold } = root.roles[role];
  const verified = await Promise.all(
    signatures
      .filter(({ keyid }) => keyids.includes(keyid))
      .map(async ({ keyid, sig }) => {
        const key = root.keys[keyid];
        return key !== undefined && (await isSigned(key, fromHex(sig), signedBytes)) ? [keyid] : [];
      }),
  );
  const signers = verified.flat();
  if (signers.length < threshold) {
    throw new LodestoneError(
      'ERR_TRUST_SIGNATURE',
      `${role}.json: signed by ${signers.length} of the ${threshold} required keys`,
    );
  }
  return signers;
}

/** Would metadata that these keys signed be accepted under this role? False once a newer root has revoked too many of them. */
export function isStillSigned(signers: readonly Digest[], { keyids, threshold }: RoleKeys): boolean {
  return signers.filter((keyid) => keyids.includes(keyid)).length >= threshold;
}

async function isSigned(
  key: Key,
  signature: Uint8Array<ArrayBuffer>,
  signedBytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const publicKey = await importKey(fromHex(key.keyval.public));
  return publicKey !== undefined && crypto.subtle.verify('Ed25519', publicKey, signature, signedBytes);
}

/** Returns `undefined` if the 32 bytes are not a point of the curve: such a key cannot have signed anything. */
async function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey('raw', bytes, 'Ed25519', false, ['verify']);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'DataError') return undefined;
    throw new LodestoneError(
      'ERR_UNSUPPORTED',
      'WebCrypto has no Ed25519 here: use a current browser, and serve the page over https or from localhost',
      {
        cause,
      },
    );
  }
}
