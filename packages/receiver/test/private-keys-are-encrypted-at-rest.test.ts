/** No file of the data folder contains a private key in the clear; without the passphrase or key, nothing decrypts it. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../src/db/open.ts';
import { initReceiver } from '../src/init.ts';
import { addKey } from '../src/keys/document.ts';
import { keyFolder, readKeys } from '../src/keys/files.ts';
import { KEY_VARIABLE, keySecretFrom, type KeySecret, PASSPHRASE_VARIABLE } from '../src/keys/key-encryption.ts';
import { makePrivate } from '../src/private-folder.ts';
import { copyEmbeddedDatabase } from './support/embedded-database.ts';
import { SECRET } from './support/secret.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const log = pino({ level: 'silent' });
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'receiver-keys-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const init = (secret: KeySecret) => initReceiver({ dataDir, secret, now: () => NOW });
const read = (secret: KeySecret) => readKeys(keyFolder({ dataDir, secret }));
const refused = (promise: Promise<unknown>, message: RegExp): Promise<void> =>
  expect(promise).rejects.toMatchObject({ code: 'ERR_RECEIVER', message: expect.stringMatching(message) });
const passphrase = (text: string): KeySecret => ({ kind: 'passphrase', passphrase: text });
const keyFile = () => path.join(dataDir, 'secrets/key-1.json');

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

describe.each<[string, KeySecret, KeySecret]>([
  ['a passphrase', passphrase('correct horse battery'), passphrase('correct horse batterz')],
  ['a random key', SECRET, { kind: 'key', key: new Uint8Array(32) }],
])('with %s', (_, secret, other) => {
  test('the key decrypts with the same secret only, and no file contains it', async () => {
    await init(secret);
    const [key] = await read(secret);
    if (!key) throw new Error('no key');
    await refused(read(other), /passphrase or key is another one/);
    await refused(addKey({ dataDir, keys: keyFolder({ dataDir, secret: other }), now: NOW, days: 1 }), /another one/);
    const raw = Buffer.from(key.privateKey, 'hex');
    for (const file of await filesBelow(dataDir)) {
      const bytes = await readFile(file);
      expect([bytes.includes(raw), bytes.includes(key.privateKey)], file).toEqual([false, false]);
    }
  });
});

test('a passphrase does not open a file of a random key, and the error names the variable to set', async () => {
  await init(SECRET);
  await refused(read(passphrase('correct horse battery')), new RegExp(KEY_VARIABLE));
});

test('a key file with any changed field or character is refused, and the error quotes no secret', async () => {
  await init(SECRET);
  const [{ privateKey } = { privateKey: '' }] = await read(SECRET);
  const whole = await readFile(keyFile(), 'utf8');
  const fields = Object.entries(JSON.parse(whole) as Record<string, string | number>);
  expect(fields.map(([name]) => name)).toEqual([
    'schema',
    'id',
    'publicKey',
    'notBefore',
    'notAfter',
    'kdf',
    'salt',
    'nonce',
    'encryptedPrivateKey',
  ]);
  const changed = (value: string | number): string | number =>
    typeof value === 'number' ? value + 1 : value.replace(/[0-9a-f]/, (digit) => (digit === '1' ? '2' : '1'));
  for (const [name, value] of fields) {
    await writeFile(keyFile(), JSON.stringify({ ...Object.fromEntries(fields), [name]: changed(value) }));
    const error: unknown = await read(SECRET).catch((thrown: unknown) => thrown);
    expect(error, name).toMatchObject({ code: 'ERR_RECEIVER' });
    expect(String(error)).not.toContain(privateKey);
    expect(error).not.toHaveProperty('cause');
  }
});

test('the same key is stored differently each time', async () => {
  await init(SECRET);
  const first = await readFile(keyFile(), 'utf8');
  await addKey({ dataDir, keys: keyFolder({ dataDir, secret: SECRET }), now: NOW, days: 1 });
  const second = await readFile(path.join(dataDir, 'secrets/key-2.json'), 'utf8');
  for (const field of ['salt', 'nonce'] as const)
    expect((JSON.parse(first) as Record<string, string>)[field]).not.toBe(
      (JSON.parse(second) as Record<string, string>)[field],
    );
});

describe('the secret comes from the environment', () => {
  const hex = '0123456789abcdef'.repeat(4);
  test.each<[string, Record<string, string>, RegExp]>([
    ['no variable', {}, /set LODESTONE_RECEIVER_PASSPHRASE or LODESTONE_RECEIVER_KEY/],
    ['both variables', { [PASSPHRASE_VARIABLE]: 'correct horse battery', [KEY_VARIABLE]: hex }, /not both/],
    ['a short passphrase', { [PASSPHRASE_VARIABLE]: 'elevenchars' }, /at least 12/],
    ['an empty passphrase', { [PASSPHRASE_VARIABLE]: '' }, /at least 12/],
    ['a short key', { [KEY_VARIABLE]: hex.slice(2) }, /64 hex digits/],
  ])('%s is an error', (_, env, message) => {
    expect(() => keySecretFrom(env)).toThrow(message);
    try {
      keySecretFrom(env);
    } catch (error) {
      for (const value of Object.values(env).filter(Boolean)) expect(String(error)).not.toContain(value);
    }
  });
  test('a passphrase or a key is accepted', () => {
    expect(keySecretFrom({ [PASSPHRASE_VARIABLE]: 'twelve chars' })).toEqual(passphrase('twelve chars'));
    expect(keySecretFrom({ [KEY_VARIABLE]: hex })).toMatchObject({ kind: 'key' });
  });
});

test('keys in a folder of their own leave none in the data folder', async () => {
  const keysDir = await mkdtemp(path.join(tmpdir(), 'receiver-keys-apart-'));
  try {
    await initReceiver({ dataDir, keysDir, secret: SECRET, now: () => NOW });
    expect((await readKeys(keyFolder({ dataDir, keysDir, secret: SECRET }))).map(({ id }) => id)).toEqual([1]);
    expect((await filesBelow(dataDir)).filter((file) => path.basename(file).startsWith('key-'))).toEqual([]);
  } finally {
    await rm(keysDir, { recursive: true, force: true });
  }
});

describe.skipIf(process.platform === 'win32')('other users cannot access the data folder', () => {
  const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

  test('an existing folder with loose modes, and PGlite files with mode 0666, are made private', async () => {
    await chmod(dataDir, 0o755);
    const database = path.join(dataDir, 'db');
    await copyEmbeddedDatabase(database);
    expect((await modeOf(path.join(database, 'PG_VERSION'))) & 0o077).not.toBe(0);
    await chmod(database, 0o755);
    const { close } = await openDatabase({ dataDir, databaseUrl: undefined, log });
    await close();
    expect([await modeOf(dataDir), await modeOf(database)]).toEqual([0o700, 0o700]);
    const loose = [];
    for (const file of await filesBelow(database)) if (((await modeOf(file)) & 0o077) !== 0) loose.push(file);
    expect(loose).toEqual([]);
  });

  test('init makes an existing folder private', async () => {
    await chmod(dataDir, 0o777);
    await init(SECRET);
    expect(await modeOf(dataDir)).toBe(0o700);
    expect(await modeOf(path.join(dataDir, 'receiver.json'))).toBe(0o600);
  });

  test.skipIf(process.getuid?.() === 0)('a folder of another user with loose modes is refused', async () => {
    await refused(makePrivate(tmpdir()), /other users can access/);
  });
});
