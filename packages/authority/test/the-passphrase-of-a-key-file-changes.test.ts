/** `passphrase` encrypts a key file with another passphrase: the same key, and the old file intact after any failure. Spec: docs/design/authority.md#keys */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import type * as fs from 'node:fs/promises';
import { chmod, chown, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { changePassphrase, createKeyFile, openKeyFile } from '@lodestone/authority';
import { changedPassphrase } from '../src/cli/passphrase.ts';
import { temporaryFolder } from './support/authority-folder.ts';

const MAIN = path.join(import.meta.dirname, '../src/cli/main.ts');
const [OLD, NEW] = ['correct horse battery', 'another horse battery'];

const { disk } = vi.hoisted(() => ({ disk: { isFull: false } }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const rename: typeof real.rename = (from, to) =>
    disk.isFull ? Promise.reject(new Error('the disk is full')) : real.rename(from, to);
  return { ...real, rename };
});

/** Node encrypts with 2,048 iterations, so opening this file costs nothing. */
const { privateKey, publicKey: key } = generateKeyPairSync('ed25519');
const PEM = privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: OLD });
const PUBLIC = key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');

async function keyFile(): Promise<string> {
  const file = path.join(await temporaryFolder(), 'alice.pem');
  await writeFile(file, PEM, { mode: 0o600 });
  return file;
}
const opens = (file: string, passphrase: string): Promise<string> =>
  openKeyFile(file, () => Promise.resolve(passphrase)).then(({ publicKey }) => publicKey);
const with_ = (old: string | undefined, next: string) => ({ old, next });

test.each<[string, (file: string) => Promise<unknown>, string]>([
  ['a wrong passphrase', (file) => changePassphrase(file, with_('a wrong passphrase', NEW)), 'does not open this key'],
  ['no passphrase', (file) => changePassphrase(file, with_(undefined, NEW)), 'is encrypted'],
  ['a short new passphrase', (file) => changePassphrase(file, with_(OLD, 'short')), 'use at least 12'],
  [
    'a full disk',
    (file) => {
      disk.isFull = true;
      return changePassphrase(file, with_(OLD, NEW)).finally(() => (disk.isFull = false));
    },
    'the disk is full',
  ],
])('with %s the file is as before', async (_, change, why) => {
  const file = await keyFile();
  await expect(change(file)).rejects.toThrow(why);
  expect(await readFile(file, 'utf8')).toBe(PEM);
  expect(await readdir(path.dirname(file))).toEqual(['alice.pem']);
});

test('a key that was not encrypted is afterwards, also behind a symbolic link', async () => {
  const folder = await temporaryFolder();
  const [file, link] = [path.join(folder, 'timestamp-1.pem'), path.join(folder, 'link.pem')];
  const { publicKey } = await createKeyFile(file, undefined);
  await symlink(file, link);
  await changePassphrase(link, with_(undefined, NEW));
  expect(await opens(file, NEW)).toBe(publicKey);
  expect((await readdir(folder)).sort()).toEqual(['link.pem', 'timestamp-1.pem']);
});

test.each(['600', '400', '640'])('owner and mode %s stay', async (octal) => {
  const mode = Number.parseInt(octal, 8);
  const file = await keyFile();
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(file, 1234, 2345); // only root may give a file away
  await chmod(file, mode);
  const before = await stat(file);
  await changePassphrase(file, with_(OLD, NEW));
  const { uid, gid, mode: after } = await stat(file);
  expect({ uid, gid, mode: after & 0o777 }).toEqual({ uid: before.uid, gid: before.gid, mode });
  expect(uid === 1234).toBe(isRoot);
});

test.each(['', '\n', 'Bag Attributes: \xff\r\n'])('text around the key stays: %j', async (around) => {
  const file = await keyFile();
  await writeFile(file, `${around}${PEM}${around}`, 'latin1');
  await changePassphrase(file, with_(OLD, NEW));
  expect(await opens(file, NEW)).toBe(PUBLIC);
  const text = await readFile(file, 'latin1');
  expect(text.startsWith(around) && text.endsWith(`-----END ENCRYPTED PRIVATE KEY-----\n${around}`)).toBe(true);
});

test('a file with two keys, and one that everybody may read, are refused and left alone', async () => {
  const file = await keyFile();
  await writeFile(file, `${PEM}${PEM}`);
  await expect(changePassphrase(file, with_(OLD, NEW))).rejects.toThrow('has 2 private keys');
  expect(await readFile(file, 'utf8')).toBe(`${PEM}${PEM}`);
  await writeFile(file, PEM);
  await chmod(file, 0o644);
  await expect(changePassphrase(file, with_(OLD, NEW))).rejects.toThrow('mode 644');
  expect(await readFile(file, 'utf8')).toBe(PEM);
});

test.skipIf(!process.getuid)('a file of another user is refused, except to root, and left alone', async () => {
  const file = await keyFile();
  const { uid } = await stat(file);
  using _ = vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
  await expect(changePassphrase(file, with_(OLD, NEW))).rejects.toThrow('belongs to another user');
  expect(await readFile(file, 'utf8')).toBe(PEM);
});

test('a file that is no key is refused and left alone', async () => {
  const file = path.join(await temporaryFolder(), 'alice.pub.json');
  await writeFile(file, '{}');
  await expect(changePassphrase(file, with_(undefined, NEW))).rejects.toMatchObject({ code: 'ERR_SIGNER' });
  expect(await readFile(file, 'utf8')).toBe('{}');
});

test('the terminal asks for what no file and no variable gives, the new one twice, without echo', async () => {
  const asked = async (typed: string, source: Partial<Parameters<typeof changedPassphrase>[1]>) => {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    let shown = '';
    const output = new Writable({ write: (chunk, _, done) => ((shown += String(chunk)), done()) });
    input.write(typed);
    const terminal = { input, output };
    const answer = await changedPassphrase('a.pem', { isEncrypted: true, env: {}, terminal, ...source });
    return { ...answer, shown: shown.split('\n') };
  };
  const questions = ['Passphrase of a.pem: ', 'New passphrase of a.pem: ', 'The same passphrase again: ', ''];
  expect(await asked('old\rnew\rnew\r', {})).toEqual({ old: 'old', next: 'new', shown: questions });
  expect(await asked('new\rnew\r', { isEncrypted: false })).toMatchObject({
    old: undefined,
    shown: questions.slice(1),
  });
  const env = { LODESTONE_PASSPHRASE: 'old' };
  expect(await asked('new\rnew\r', { env })).toEqual({ old: 'old', next: 'new', shown: questions.slice(1) });
  const both = { ...env, LODESTONE_NEW_PASSPHRASE: 'new' };
  expect(await asked('', { env: both })).toEqual({ old: 'old', next: 'new', shown: [''] });
  await expect(asked('old\rnew\rother\r', {})).rejects.toMatchObject({ code: 'ERR_USAGE' });
});

test('the key stays, the old passphrase no longer opens the file, and the command says what is left to do', async () => {
  const file = await keyFile();
  const next = path.join(path.dirname(file), 'new');
  await writeFile(next, `${NEW}\n`);
  const { LODESTONE_NEW_PASSPHRASE: _, ...env } = process.env;
  const args = ['--conditions=source', MAIN, 'passphrase', file, '--new-passphrase-file', next];
  const child = spawn(process.execPath, args, {
    env: { ...env, LODESTONE_PASSPHRASE: OLD },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => void child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect({ code: await code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain(`${file} opens with the new passphrase`);
  expect(out).toContain('copies of the file still open with the old one');
  expect(await opens(file, NEW)).toBe(PUBLIC);
  await expect(opens(file, OLD)).rejects.toMatchObject({ code: 'ERR_SIGNER' });
  expect(await readFile(file, 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readdir(path.dirname(file))).sort(), 'no copy is left').toEqual(['alice.pem', 'new']);
});
