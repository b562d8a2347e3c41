/** A data folder is made once, read strictly, its secrets are private, and one process has it at a time. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseKeys, sealingKey } from '@lodestone/protocol/keys';
import { toInstant } from '@lodestone/protocol/time';
import { generateReceiverKey, importPrivateKeys, openSignal, sealSignal } from '@lodestone/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configFile, DEFAULT_CONFIG, readConfig } from '../src/config.ts';
import { lockFolder } from '../src/db/lock.ts';
import { initReceiver } from '../src/init.ts';
import { addKey } from '../src/keys/document.ts';
import { readKeys, readSubjectKey, secretsFolder, subjectKeyFile, writeKey } from '../src/keys/files.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const DAY = 86_400_000;
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'receiver-data-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const init = () => initReceiver({ dataDir, now: () => NOW });
const refused = (promise: Promise<unknown>, message: RegExp): Promise<void> =>
  expect(promise).rejects.toMatchObject({ code: 'ERR_RECEIVER', message: expect.stringMatching(message) });

describe('init', () => {
  test('makes keys that open what is sealed to the document it gives', async () => {
    const { keysDocument, keysFile } = await init();
    expect(await readFile(keysFile)).toEqual(Buffer.from(keysDocument));
    const key = sealingKey(parseKeys(keysDocument), NOW);
    if (!key) throw new Error('no key is valid now');
    const keys = await importPrivateKeys(await readKeys(dataDir));
    expect(await openSignal(await sealSignal({ kind: 'cover' }, key), keys)).toMatchObject({ keyId: 1 });
    expect((await readSubjectKey(dataDir)).length).toBe(32);
  });
  test('its secrets are their user’s only, and the public document holds none of them', async () => {
    const { keysDocument } = await init();
    for (const name of await readdir(secretsFolder(dataDir))) {
      const file = path.join(secretsFolder(dataDir), name);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    expect((await stat(secretsFolder(dataDir))).mode & 0o777).toBe(0o700);
    const [key] = await readKeys(dataDir);
    const text = new TextDecoder().decode(keysDocument);
    expect(text).toContain(key?.publicKey);
    expect(text).not.toContain(key?.privateKey);
  });
  test('writes the default configuration, and never over a receiver that is there', async () => {
    await init();
    expect(await readConfig(dataDir)).toEqual(DEFAULT_CONFIG);
    const before = await readFile(subjectKeyFile(dataDir), 'utf8');
    await refused(init(), /is there already/);
    await rm(configFile(dataDir));
    await refused(init(), /is there already/);
    expect(await readFile(subjectKeyFile(dataDir), 'utf8')).toBe(before);
  });
});

describe('receiver.json', () => {
  const source = { name: 'orders', url: 'https://orders.example/', root: 'root.json' };
  test.each<[string, unknown, RegExp]>([
    ['a misspelt key', { ...DEFAULT_CONFIG, retentoin: {} }, /retentoin/],
    ['a missing key', { ...DEFAULT_CONFIG, retention: undefined }, /retention/],
    ['another version', { ...DEFAULT_CONFIG, schema: 'lodestone/receiver/v2' }, /schema/],
    [
      'a retention longer than a signal can count',
      { ...DEFAULT_CONFIG, retention: { signalDays: 151, countDays: 1 } },
      /signalDays/,
    ],
    ['an endpoint without TLS', { ...DEFAULT_CONFIG, endpoint: 'http://receiver.example/v1/signals' }, /endpoint/],
    [
      'two sources of one name',
      { ...DEFAULT_CONFIG, authorities: { orders: [source], lists: [source] } },
      /two sources/,
    ],
    [
      'a source with a misspelt key',
      { ...DEFAULT_CONFIG, authorities: { orders: [{ ...source, rot: '' }], lists: [] } },
      /authorities\.orders\.0/,
    ],
  ])('%s is refused, by its place', async (_, config, message) => {
    await init();
    await writeFile(configFile(dataDir), JSON.stringify(config));
    await refused(readConfig(dataDir), message);
  });
  test('no JSON, and no file, say how to make one', async () => {
    await refused(readConfig(dataDir), /init makes it/);
    await writeFile(configFile(dataDir), '{');
    await refused(readConfig(dataDir), /init makes it/);
  });
});

describe('secrets', () => {
  test.skipIf(process.platform === 'win32')('a file that others may read is refused', async () => {
    await init();
    for (const name of ['key-1.json', 'subject.key']) {
      const file = path.join(secretsFolder(dataDir), name);
      await chmod(file, 0o640);
      await refused(name === 'subject.key' ? readSubjectKey(dataDir) : readKeys(dataDir), /others may read it/);
      await chmod(file, 0o600);
    }
  });
  test('a damaged file is refused without quoting what it holds', async () => {
    await init();
    const file = path.join(secretsFolder(dataDir), 'key-1.json');
    const damaged = (await readFile(file, 'utf8')).replace('"privateKey": "', '"privateKey": ');
    await writeFile(file, damaged);
    const error: unknown = await readKeys(dataDir).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_RECEIVER' });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toMatch(/[0-9a-f]{16}/);
    await writeFile(subjectKeyFile(dataDir), 'abc');
    await refused(readSubjectKey(dataDir), /not 32 bytes/);
  });
  test('a secret is never written over', async () => {
    await init();
    const { privateKey } = await generateReceiverKey(1, toInstant(NOW), toInstant(NOW + DAY));
    await refused(writeKey(dataDir, privateKey), /is there already/);
  });
});

describe('rotate', () => {
  test('the new key is the one to seal with, the old one still opens, and one that is over leaves the document', async () => {
    await init();
    const second = parseKeys(await addKey(dataDir, { now: NOW + 100 * DAY, days: 180 }));
    expect(second.keys.map(({ id }) => id)).toEqual([1, 2]);
    expect(sealingKey(second, NOW + 101 * DAY)?.id).toBe(2);
    const third = parseKeys(await addKey(dataDir, { now: NOW + 200 * DAY, days: 180 }));
    expect(third.keys.map(({ id }) => id)).toEqual([2, 3]);
    expect((await readKeys(dataDir)).map(({ id }) => id)).toEqual([1, 2, 3]);
  });
  test('an id comes back only when its file is gone, after the highest was used', async () => {
    await init();
    const { privateKey } = await generateReceiverKey(255, toInstant(NOW), toInstant(NOW + DAY));
    await writeKey(dataDir, privateKey);
    const { keys } = parseKeys(await addKey(dataDir, { now: NOW, days: 1 }));
    expect(keys.map(({ id }) => id)).toEqual([1, 255, 2]);
  });
  test('without an init there is nothing to rotate', async () => {
    await refused(addKey(dataDir, { now: NOW, days: 1 }), /init makes it/);
  });
});

describe('lock', () => {
  const lock = () => path.join(dataDir, 'receiver.lock');
  test('a second lock is refused until the first is given back', async () => {
    const unlock = await lockFolder(dataDir);
    await refused(lockFolder(dataDir), /in use by process/);
    await unlock();
    await (
      await lockFolder(dataDir)
    )();
    expect(await readdir(dataDir)).toEqual([]);
  });
  test('the lock of another process that runs is respected', async () => {
    await writeFile(lock(), String(process.ppid));
    await refused(lockFolder(dataDir), new RegExp(`process ${process.ppid}`));
    expect(await readFile(lock(), 'utf8')).toBe(String(process.ppid));
  });
  test.each([
    ['of a process that is gone', '4194304'],
    ['of this process id, from before a restart', String(process.pid)],
    ['that is empty', ''],
  ])('a lock %s is taken over', async (_, left) => {
    await writeFile(lock(), left);
    const unlock = await lockFolder(dataDir);
    expect(await readFile(lock(), 'utf8')).toBe(String(process.pid));
    await unlock();
  });
});
