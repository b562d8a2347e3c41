/**
 * Reads and writes `DATA/subject-keys.json`: the public keys of the account service, with which subject ids are verified.
 * Promise: no private key is stored here, so nobody who reads the receiver's files can make a subject id.
 * Flow: subject-keys → here → ingest. Spec: docs/design/receiver.md#subject-keys.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { generateSubjectKey, importSubjectPublicKey } from '@lodestone/seal';
import * as z from 'zod/mini';

interface SubjectKeys {
  schema: 'lodestone/subject-keys/v1';
  /** Ed25519 public keys, 32 bytes in hex. All of them are live; several only while the account service changes its key. */
  publicKeys: string[];
}

/** Every key may be tried on every signal. */
const MAX_KEYS = 4;

const SubjectKeys: z.ZodMiniType<SubjectKeys> = z.strictObject({
  schema: z.literal('lodestone/subject-keys/v1'),
  publicKeys: z.array(z.string().check(z.regex(/^[0-9a-f]{64}$/, 'not 32 bytes in lower-case hex'))).check(
    z.maxLength(MAX_KEYS, `more than ${MAX_KEYS} keys; remove one that is no longer used`),
    z.refine((keys) => new Set(keys).size === keys.length, 'contains a key twice'),
  ),
});

export const subjectKeysFile = (dataDir: string): string => path.join(dataDir, 'subject-keys.json');

/** The live public keys in hex; none if the account service's key was not imported yet. */
export async function readSubjectKeys(dataDir: string): Promise<readonly string[]> {
  const file = subjectKeysFile(dataDir);
  try {
    return check(SubjectKeys, JSON.parse(await readFile(file, 'utf8')), file).publicKeys;
  } catch (cause) {
    if (isMissing(cause)) return [];
    const why = cause instanceof LodestoneError ? cause.message : `cannot read ${file} as JSON`;
    throw new LodestoneError('ERR_RECEIVER', `${why}; correct it, or import the public key again`, { cause });
  }
}

/** @throws {LodestoneError} `ERR_RECEIVER` for a key that is invalid, already imported, or a fifth one */
export async function addSubjectKey(dataDir: string, publicKey: string): Promise<readonly string[]> {
  return writeSubjectKeys(dataDir, [...(await readSubjectKeys(dataDir)), publicKey]);
}

/** @throws {LodestoneError} `ERR_RECEIVER` if the key was not imported */
export async function removeSubjectKey(dataDir: string, publicKey: string): Promise<readonly string[]> {
  const before = await readSubjectKeys(dataDir);
  if (!before.includes(publicKey))
    throw new LodestoneError(
      'ERR_RECEIVER',
      `the public subject key ${publicKey} is not in ${subjectKeysFile(dataDir)}`,
    );
  return writeSubjectKeys(
    dataDir,
    before.filter((each) => each !== publicKey),
  );
}

/**
 * Creates the account service's key pair in a new file, mode 0600. The receiver does not need it: keep the file where only
 * the account service reads it.
 * @returns the public key
 */
export async function createSubjectKey(file: string): Promise<string> {
  const { publicKey, privateKey } = await generateSubjectKey();
  const document = { schema: 'lodestone/subject-key/v1', publicKey, privateKey };
  try {
    await writeFile(file, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    const why = 'it already exists, or its folder cannot be written';
    throw new LodestoneError('ERR_RECEIVER', `cannot create ${file}: ${why}`, { cause });
  }
  return publicKey;
}

async function writeSubjectKeys(dataDir: string, publicKeys: string[]): Promise<readonly string[]> {
  const file = subjectKeysFile(dataDir);
  try {
    const document = check(SubjectKeys, { schema: 'lodestone/subject-keys/v1', publicKeys }, file);
    for (const key of publicKeys) await importSubjectPublicKey(key);
    await writeFile(`${file}.new`, `${JSON.stringify(document, null, 2)}\n`);
    await rename(`${file}.new`, file); // a running receiver reads the old file or the new one
    return document.publicKeys;
  } catch (cause) {
    if (!(cause instanceof LodestoneError)) throw cause;
    throw new LodestoneError('ERR_RECEIVER', `the public subject keys are not changed: ${cause.message}`, { cause });
  }
}

/** The file does not exist. */
export function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
