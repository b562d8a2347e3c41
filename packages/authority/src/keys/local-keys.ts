/**
 * Private keys in the authority's folder, `keys/ROLE-N.pem`: the online keys, and every key of an authority for tests and
 * demos (`--all-keys-here`). Spec: docs/design/authority.md#keys
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Role } from '@lodestone/trust';
import { type AskPassphrase, createKeyFile, openKeyFile } from './key-file.ts';
import type { Signer } from './signer.ts';

export interface LocalKey {
  /** Such as `root-1`. */
  name: string;
  signer: Signer;
}

/** Creates a key with the next free number of its role. */
export async function createLocalKey(folder: string, role: Role, passphrase?: string): Promise<LocalKey> {
  const numbers = (await namesOf(folder, role)).map((name) => Number(name.slice(role.length + 1)));
  const name = `${role}-${Math.max(0, ...numbers) + 1}`;
  return { name, signer: await createKeyFile(path.join(folder, `${name}.pem`), passphrase) };
}

/** @throws {LodestoneError} `ERR_REPOSITORY` if the folder has no file with this key */
export async function openOnlineKey(
  folder: string,
  role: Role,
  publicKeys: readonly string[],
  ask: AskPassphrase,
): Promise<Signer> {
  const [found] = await openLocalKeys(folder, role, publicKeys, ask);
  if (found) return found;
  throw new LodestoneError(
    'ERR_REPOSITORY',
    `${folder} has no private key of the role ${role} that the root names; copy its ${role}-N.pem there`,
  );
}

/** The keys of a role that are in the folder and among `publicKeys`. */
export async function openLocalKeys(
  folder: string,
  role: Role,
  publicKeys: readonly string[],
  ask: AskPassphrase,
): Promise<Signer[]> {
  const signers: Signer[] = [];
  for (const name of await namesOf(folder, role)) {
    const signer = await openKeyFile(path.join(folder, `${name}.pem`), ask);
    if (publicKeys.includes(signer.publicKey)) signers.push(signer);
  }
  return signers;
}

async function namesOf(folder: string, role: Role): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const form = new RegExp(`^${role}-\\d+\\.pem$`);
  const names = (await readdir(folder)).filter((name) => form.test(name));
  return names.map((name) => name.slice(0, -'.pem'.length)).sort();
}
