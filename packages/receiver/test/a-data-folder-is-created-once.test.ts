/** A data folder is created once, its files are checked strictly, and its secrets are private. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseKeys, sealingKey } from '@lodestone/protocol/keys';
import { toInstant } from '@lodestone/protocol/time';
import { generateReceiverKey, importPrivateKeys, openSignal, sealSignal } from '@lodestone/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configFile, DEFAULT_CONFIG, readConfig } from '../src/config.ts';
import { initReceiver } from '../src/init.ts';
import { addKey } from '../src/keys/document.ts';
import { keyFolder, readKeys, secretsFolder, writeKey } from '../src/keys/files.ts';
import { addSubjectKey, readSubjectKeys, subjectKeysFile } from '../src/keys/subject-keys.ts';
import { SECRET } from './support/secret.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const DAY = 86_400_000;
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'receiver-data-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const init = () => initReceiver({ dataDir, secret: SECRET, now: () => NOW });
const folder = () => keyFolder({ dataDir, secret: SECRET });
const refused = (promise: Promise<unknown>, message: RegExp): Promise<void> =>
  expect(promise).rejects.toMatchObject({ code: 'ERR_RECEIVER', message: expect.stringMatching(message) });

describe('init', () => {
  test('the private keys decrypt what is encrypted to the keys document', async () => {
    const { keysDocument, keysFile } = await init();
    expect(await readFile(keysFile)).toEqual(Buffer.from(keysDocument));
    const key = sealingKey(parseKeys(keysDocument), NOW);
    if (!key) throw new Error('no key is valid now');
    const keys = await importPrivateKeys(await readKeys(folder()));
    expect(await openSignal(await sealSignal({ kind: 'cover' }, key), keys)).toMatchObject({ keyId: 1 });
  });
  test('only the owner can read the secrets, and the keys document contains none of them', async () => {
    const { keysDocument } = await init();
    for (const name of await readdir(secretsFolder(dataDir))) {
      const file = path.join(secretsFolder(dataDir), name);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    expect((await stat(secretsFolder(dataDir))).mode & 0o777).toBe(0o700);
    const [key] = await readKeys(folder());
    const text = new TextDecoder().decode(keysDocument);
    expect(text).toContain(key?.publicKey);
    expect(text).not.toContain(key?.privateKey);
  });
  test('init writes the default configuration, and never overwrites a receiver', async () => {
    await init();
    expect(await readConfig(dataDir)).toEqual(DEFAULT_CONFIG);
    const before = await readKeys(folder());
    await refused(init(), /already exists/);
    await rm(configFile(dataDir));
    await refused(init(), /already exists/);
    expect(await readKeys(folder())).toEqual(before);
  });
});

describe('receiver.json', () => {
  const source = { name: 'orders', url: 'https://orders.example/', root: 'root.json' };
  test.each<[string, unknown, RegExp]>([
    ['a misspelt key', { ...DEFAULT_CONFIG, retentoin: {} }, /retentoin/],
    ['a missing key', { ...DEFAULT_CONFIG, retention: undefined }, /retention/],
    ['another version', { ...DEFAULT_CONFIG, schema: 'lodestone/receiver/v2' }, /schema/],
    [
      'a retention that is longer than a signal can count',
      { ...DEFAULT_CONFIG, retention: { signalDays: 151, countDays: 1 } },
      /signalDays/,
    ],
    ['an endpoint without TLS', { ...DEFAULT_CONFIG, endpoint: 'http://receiver.example/v1/signals' }, /endpoint/],
    [
      'two sources with the same name',
      { ...DEFAULT_CONFIG, authorities: { orders: [source], lists: [source] } },
      /two sources/,
    ],
    [
      'a source with a misspelt key',
      { ...DEFAULT_CONFIG, authorities: { orders: [{ ...source, rot: '' }], lists: [] } },
      /authorities\.orders\.0/,
    ],
  ])('%s is an error that names the place', async (_, config, message) => {
    await init();
    await writeFile(configFile(dataDir), JSON.stringify(config));
    await refused(readConfig(dataDir), message);
  });
  test('a file that is missing or not JSON is an error that mentions init', async () => {
    await refused(readConfig(dataDir), /create it with init/);
    await writeFile(configFile(dataDir), '{');
    await refused(readConfig(dataDir), /create it with init/);
  });
});

describe('secrets', () => {
  test.skipIf(process.platform === 'win32')('a secret that others may read is refused', async () => {
    await init();
    await chmod(path.join(secretsFolder(dataDir), 'key-1.json'), 0o640);
    await refused(readKeys(folder()), /other users may read/);
  });
  test('a damaged secret is refused, and the error does not quote it', async () => {
    await init();
    const file = path.join(secretsFolder(dataDir), 'key-1.json');
    const damaged = (await readFile(file, 'utf8')).replace('"salt": "', '"salt": ');
    await writeFile(file, damaged);
    const error: unknown = await readKeys(folder()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_RECEIVER' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toMatch(/[0-9a-f]{16}/);
  });
  test('a secret is never overwritten', async () => {
    await init();
    const { privateKey } = await generateReceiverKey(1, toInstant(NOW), toInstant(NOW + DAY));
    await refused(writeKey(folder(), privateKey), /already exists/);
  });
});

describe('subject keys', () => {
  const keys = ['11', '22', '33', '44', '55'].map((byte) => byte.repeat(32));
  test('a new folder has none; up to four can be imported, each once', async () => {
    await init();
    expect(await readSubjectKeys(dataDir)).toEqual([]);
    for (const key of keys.slice(0, 4)) await addSubjectKey(dataDir, key);
    expect(await readSubjectKeys(dataDir)).toEqual(keys.slice(0, 4));
    await refused(addSubjectKey(dataDir, keys[4] ?? ''), /more than 4 keys/);
    await refused(addSubjectKey(dataDir, keys[0] ?? ''), /more than 4 keys|twice/);
  });
  test('a key twice, another length or a damaged file is refused', async () => {
    await init();
    await addSubjectKey(dataDir, keys[0] ?? '');
    await refused(addSubjectKey(dataDir, keys[0] ?? ''), /twice/);
    await refused(addSubjectKey(dataDir, 'ab'), /32 bytes/);
    await writeFile(subjectKeysFile(dataDir), '{');
    await refused(readSubjectKeys(dataDir), /import the public key again/);
  });
  test('no file of the receiver holds a secret with which subject ids can be made', async () => {
    await init();
    await addSubjectKey(dataDir, keys[0] ?? '');
    expect((await readdir(dataDir)).sort()).toEqual(['keys.json', 'receiver.json', 'secrets', 'subject-keys.json']);
    expect(await readdir(secretsFolder(dataDir))).toEqual(['key-1.json']);
    expect(Object.keys(JSON.parse(await readFile(subjectKeysFile(dataDir), 'utf8')) as object)).toEqual([
      'schema',
      'publicKeys',
    ]);
  });
});

describe('rotate', () => {
  test('devices encrypt with the new key, the old key still decrypts, and an expired key leaves the document', async () => {
    await init();
    const second = parseKeys(await addKey({ dataDir, keys: folder(), now: NOW + 60 * DAY, days: 90 }));
    expect(second.keys.map(({ id }) => id)).toEqual([1, 2]);
    expect(sealingKey(second, NOW + 61 * DAY)?.id).toBe(2);
    const third = parseKeys(await addKey({ dataDir, keys: folder(), now: NOW + 120 * DAY, days: 90 }));
    expect(third.keys.map(({ id }) => id)).toEqual([2, 3]);
    expect((await readKeys(folder())).map(({ id }) => id)).toEqual([1, 2, 3]);
  });
  test('a key id is reused only after all higher ids, and never while its file exists', async () => {
    await init();
    const { privateKey } = await generateReceiverKey(255, toInstant(NOW), toInstant(NOW + DAY));
    await writeKey(folder(), privateKey);
    const { keys } = parseKeys(await addKey({ dataDir, keys: folder(), now: NOW, days: 1 }));
    expect(keys.map(({ id }) => id)).toEqual([1, 255, 2]);
  });
  test('rotate without a data folder is an error that mentions init', async () => {
    await refused(addKey({ dataDir, keys: folder(), now: NOW, days: 1 }), /create it with init/);
  });
});
