/**
 * An authority's signing keys: PEM files with mode 0600, and the TUF keys made from them. The files of root and targets
 * can be stored elsewhere between publications.
 * Spec: docs/design/authority.md#keys, TUF 1.0 §4.3; Ed25519, RFC 8032; PKCS#8, RFC 5958
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Key, type Metadata, type Root, Signature, type Snapshot, type Targets, type Timestamp } from '@tufjs/models';
import { utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { canonicalJson, type Role, sha256Hex } from '@lodestone/trust';
import { writeAtomically } from '../repository/atomic-files.ts';

export interface SigningKey {
  key: Key;
  secret: KeyObject;
}

/** Makes `count` keys for a role and writes them to `folder`, mode 0600: `root-1.pem`, `root-2.pem`, … */
export async function makeKeys(folder: string, role: Role, count: number): Promise<SigningKey[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys: SigningKey[] = [];
  for (let number = 1; number <= count; number++) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
    await writeAtomically(path.join(folder, `${role}-${number}.pem`), utf8(pem), { mode: 0o600 });
    keys.push(signingKey(privateKey));
  }
  return keys;
}

/** The keys of a role that are in the folder now. */
async function readKeys(folder: string, role: Role): Promise<SigningKey[]> {
  const names = (await readdir(folder)).filter((name) => new RegExp(`^${role}-\\d+\\.pem$`).test(name)).sort();
  return Promise.all(names.map(async (name) => readKey(path.join(folder, name))));
}

async function readKey(file: string): Promise<SigningKey> {
  try {
    const secret = createPrivateKey(await readFile(file));
    if (secret.asymmetricKeyType !== 'ed25519') throw new Error(`the key type is ${secret.asymmetricKeyType}`);
    return signingKey(secret);
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `${file} is not an Ed25519 key in PKCS#8 PEM`, { cause });
  }
}

function signingKey(secret: KeyObject): SigningKey {
  const raw = createPublicKey(secret).export({ format: 'jwk' }).x;
  const keyVal = { public: Buffer.from(raw ?? '', 'base64url').toString('hex') };
  const keyID = sha256Hex(canonicalJson({ keytype: 'ed25519', scheme: 'ed25519', keyval: keyVal }));
  return { key: new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal }), secret };
}

/**
 * The keys with which a role signs: exactly as many as the root requires, so that every signature counts.
 * @throws {LodestoneError} `ERR_REPOSITORY` if the folder has too few of them
 */
export async function signersOf(folder: string, role: Role, root: Root): Promise<SigningKey[]> {
  const required = root.roles[role];
  if (!required) throw new LodestoneError('ERR_REPOSITORY', `the root does not define the role ${role}`);
  const { keyIDs, threshold } = required;
  const available = (await readKeys(folder, role)).filter(({ key }) => keyIDs.includes(key.keyID));
  if (available.length < threshold) {
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `${threshold} keys of the role ${role} must sign, but ${folder} has ${available.length} of ${keyIDs.length}; copy the missing key files there`,
    );
  }
  return available.slice(0, threshold);
}

/** The bytes to publish: canonical JSON, as our TUF profile requires. */
export function signedBytes<T extends Root | Targets | Snapshot | Timestamp>(
  metadata: Metadata<T>,
  signers: readonly SigningKey[],
): Uint8Array<ArrayBuffer> {
  for (const { key, secret } of signers) {
    metadata.sign((data) => new Signature({ keyID: key.keyID, sig: sign(null, data, secret).toString('hex') }));
  }
  return canonicalJson(metadata.toJSON());
}
