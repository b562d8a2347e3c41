/**
 * An authority's signing keys: PEM files that only their owner can read, and what TUF calls a key. Spec: TUF 1.0 §4.3;
 * Ed25519, RFC 8032; PKCS#8, RFC 5958. The files of root and targets may be kept elsewhere between publications.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Key, type Metadata, type Root, Signature, type Snapshot, type Targets, type Timestamp } from '@tufjs/models';
import { utf8 } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { canonicalJson, type Role, sha256Hex } from '@lodestone/trust';
import { writeWhole } from '../repository/folder.ts';

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
    await writeWhole(path.join(folder, `${role}-${number}.pem`), utf8(pem), { mode: 0o600 });
    keys.push(signingKey(privateKey));
  }
  return keys;
}

/** The keys of a role that lie in the folder now. */
async function readKeys(folder: string, role: Role): Promise<SigningKey[]> {
  const names = (await readdir(folder)).filter((name) => new RegExp(`^${role}-\\d+\\.pem$`).test(name)).sort();
  return Promise.all(names.map(async (name) => readKey(path.join(folder, name))));
}

async function readKey(file: string): Promise<SigningKey> {
  try {
    const secret = createPrivateKey(await readFile(file));
    if (secret.asymmetricKeyType !== 'ed25519') throw new Error(`a key of type ${secret.asymmetricKeyType}`);
    return signingKey(secret);
  } catch (cause) {
    throw new LodestoneError('ERR_REPOSITORY', `${file} holds no Ed25519 key in PKCS#8 PEM`, { cause });
  }
}

function signingKey(secret: KeyObject): SigningKey {
  const raw = createPublicKey(secret).export({ format: 'jwk' }).x;
  const keyVal = { public: Buffer.from(raw ?? '', 'base64url').toString('hex') };
  const keyID = sha256Hex(canonicalJson({ keytype: 'ed25519', scheme: 'ed25519', keyval: keyVal }));
  return { key: new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal }), secret };
}

/**
 * The keys that a role signs with: as many as `root` asks for and no more, so that every signature counts.
 * @throws {LodestoneError} `ERR_REPOSITORY` where too few of them lie in the folder
 */
export async function signersOf(folder: string, role: Role, root: Root): Promise<SigningKey[]> {
  const asked = root.roles[role];
  if (!asked) throw new LodestoneError('ERR_REPOSITORY', `the root names no role ${role}`);
  const { keyIDs, threshold } = asked;
  const here = (await readKeys(folder, role)).filter(({ key }) => keyIDs.includes(key.keyID));
  if (here.length < threshold) {
    throw new LodestoneError(
      'ERR_REPOSITORY',
      `${threshold} keys of the role ${role} must sign, and ${folder} has ${here.length} of its ${keyIDs.length}`,
    );
  }
  return here.slice(0, threshold);
}

/** The bytes to publish: canonical JSON, as our profile of TUF asks. */
export function signedBytes<T extends Root | Targets | Snapshot | Timestamp>(
  metadata: Metadata<T>,
  signers: readonly SigningKey[],
): Uint8Array<ArrayBuffer> {
  for (const { key, secret } of signers) {
    metadata.sign((data) => new Signature({ keyID: key.keyID, sig: sign(null, data, secret).toString('hex') }));
  }
  return canonicalJson(metadata.toJSON());
}
