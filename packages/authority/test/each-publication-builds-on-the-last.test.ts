/** Publications: versions increase, online keys suffice for a timestamp, readers never see a partial state, and a repository that does not verify is refused. */
import { cp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { importList, publish, stageKeys, verifyRepository } from '@lodestone/authority';
import { DAY_MS, toInstant } from '@lodestone/protocol/time';
import { inventedHash, newAuthority, NOW, temporaryFolder } from './support/authority-folder.ts';
import { KEYS } from './support/documents.ts';

async function provider(): Promise<{ directory: string; root: Uint8Array }> {
  const { directory, rootFile } = await newAuthority('provider');
  await stageKeys({ directory, name: 'receiver', keys: KEYS });
  return { directory, root: await readFile(rootFile) };
}
async function lists(hashes: readonly number[]): Promise<{ directory: string; root: Uint8Array }> {
  const { directory, rootFile } = await newAuthority('lists');
  await takeHashes(directory, hashes);
  return { directory, root: await readFile(rootFile) };
}
async function takeHashes(directory: string, hashes: readonly number[]): Promise<void> {
  const source = path.join(await temporaryFolder(), 'rows.csv');
  await writeFile(source, hashes.map((seed) => `pdq,${inventedHash(seed)}\n`).join(''));
  await importList({ directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: NOW });
}
const readRole = async (
  directory: string,
  file: string,
): Promise<{ signatures: unknown[]; signed: Record<string, unknown> }> =>
  JSON.parse(await readFile(path.join(directory, 'repository/metadata', file), 'utf8'));

describe('versions', () => {
  test('increase by one with each publication, and published files never change', async () => {
    const { directory, root } = await provider();
    expect((await publish({ directory, now: NOW })).versions).toEqual({
      root: 1,
      targets: 1,
      snapshot: 1,
      timestamp: 1,
    });
    const before = await readFile(path.join(directory, 'repository/metadata/1.targets.json'));
    const { repository, versions } = await publish({ directory, now: NOW });
    expect(versions).toEqual({ root: 1, targets: 2, snapshot: 2, timestamp: 2 });
    expect(await readFile(path.join(directory, 'repository/metadata/1.targets.json'))).toEqual(before);
    expect((await verifyRepository({ repository, root, now: NOW })).versions).toEqual({ targets: 2, timestamp: 2 });
  });

  test('exactly as many keys sign as the root requires', async () => {
    const { directory } = await provider();
    await publish({ directory, now: NOW });
    const signatures = async (file: string) => (await readRole(directory, file)).signatures.length;
    expect(
      await Promise.all(['1.root.json', '1.targets.json', '1.snapshot.json', 'timestamp.json'].map(signatures)),
    ).toEqual([2, 2, 1, 1]);
  });

  test('signed metadata expires as its role defines', async () => {
    const { directory } = await newAuthority('provider', { lifetimeDays: { timestamp: 1 } });
    await publish({ directory, now: NOW });
    const expires = async (file: string) => (await readRole(directory, file)).signed['expires'];
    expect(await expires('1.root.json')).toBe(toInstant(NOW + 730 * DAY_MS));
    expect(await expires('1.targets.json')).toBe(toInstant(NOW + 90 * DAY_MS));
    expect(await expires('1.snapshot.json')).toBe(toInstant(NOW + 30 * DAY_MS));
    expect(await expires('timestamp.json')).toBe(toInstant(NOW + DAY_MS));
  });

  test('a timestamp carries the time at which it was issued, also with the online keys alone', async () => {
    const { directory } = await provider();
    const issued = async () => (await readRole(directory, 'timestamp.json')).signed['issued'];
    await publish({ directory, now: NOW });
    expect(await issued()).toBe(toInstant(NOW));
    await publish({ directory, now: NOW + DAY_MS, onlineOnly: true });
    expect(await issued()).toBe(toInstant(NOW + DAY_MS));
  });

  test('after half of its days the root is renewed with the same keys, and a client with the first root accepts it', async () => {
    const { directory, root } = await provider();
    await publish({ directory, now: NOW });
    const later = NOW + 370 * DAY_MS;
    const { repository, versions } = await publish({ directory, now: later });
    expect(versions.root).toBe(2);
    expect((await verifyRepository({ repository, root, now: later })).keys).toHaveLength(1);
  });
});

describe('a list', () => {
  test('gets a new release only if it has new rows', async () => {
    const { directory } = await lists([1, 2]);
    expect((await publish({ directory, now: NOW })).lists).toEqual([
      { list: 'demo', version: 1, counts: { pdq: 2, sha256: 0, vpdq: 0 } },
    ]);
    expect((await publish({ directory, now: NOW })).lists).toEqual([]);
    await takeHashes(directory, [2]);
    expect((await publish({ directory, now: NOW })).lists).toEqual([]);
    await takeHashes(directory, [3]);
    expect((await publish({ directory, now: NOW })).lists).toEqual([
      { list: 'demo', version: 2, counts: { pdq: 3, sha256: 0, vpdq: 0 } },
    ]);
  });

  test('is released again with the same rows after half of its days', async () => {
    const { directory, root } = await lists([1, 2]);
    await publish({ directory, now: NOW });
    expect((await publish({ directory, now: NOW + 44 * DAY_MS })).lists).toEqual([]);
    const later = NOW + 46 * DAY_MS;
    const { repository, lists: built } = await publish({ directory, now: later });
    expect(built).toMatchObject([{ version: 2, counts: { pdq: 2 } }]);
    const { lists: now } = await verifyRepository({ repository, root, now: later });
    expect(now).toMatchObject([{ inForce: true, manifest: { notAfter: toInstant(later + 90 * DAY_MS) } }]);
  });

  test('ends at its notAfter', async () => {
    const { directory, rootFile } = await newAuthority('lists', { lifetimeDays: { list: 3 } });
    await takeHashes(directory, [1]);
    const { repository } = await publish({ directory, now: NOW });
    const verify = async (now: number) =>
      (await verifyRepository({ repository, root: await readFile(rootFile), now })).lists[0]?.inForce;
    expect(await verify(NOW + 3 * DAY_MS - 1_000)).toBe(true);
    expect(await verify(NOW + 3 * DAY_MS)).toBe(false);
  });
});

describe('only with the online keys', () => {
  const offline = async (directory: string): Promise<void> => {
    for (const name of await readdir(path.join(directory, 'keys'))) {
      if (/^(?:root|targets)-/.test(name)) await rm(path.join(directory, 'keys', name));
    }
  };

  test('the timestamp is renewed, the snapshot if it is old, and no new target is published', async () => {
    const { directory, root } = await provider();
    await publish({ directory, now: NOW });
    await offline(directory);
    await stageKeys({ directory, name: 'further', keys: KEYS });
    const at = async (days: number) => publish({ directory, now: NOW + days * DAY_MS, onlineOnly: true });
    expect((await at(6)).versions).toEqual({ root: 1, targets: 1, snapshot: 1, timestamp: 2 });
    const { repository, versions } = await at(16);
    expect(versions).toEqual({ root: 1, targets: 1, snapshot: 2, timestamp: 3 });
    const { keys } = await verifyRepository({ repository, root, now: NOW + 16 * DAY_MS });
    expect(keys.map((file) => file.path)).toEqual(['v1/keys/receiver.json']);
  });

  test('publishing fails before the first publication and after the targets have expired', async () => {
    const { directory } = await provider();
    const online = (now: number) => publish({ directory, now, onlineOnly: true });
    await expect(online(NOW)).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
    await publish({ directory, now: NOW });
    await expect(online(NOW + 91 * DAY_MS)).rejects.toMatchObject({
      code: 'ERR_REPOSITORY',
      cause: { code: 'ERR_TRUST_EXPIRED' },
    });
    expect((await readRole(directory, 'timestamp.json')).signed['version']).toBe(1);
  });

  test('a full publication without the offline keys fails', async () => {
    const { directory } = await provider();
    await rm(path.join(directory, 'keys/targets-1.pem'));
    await publish({ directory, now: NOW });
    await rm(path.join(directory, 'keys/targets-2.pem'));
    await expect(publish({ directory, now: NOW })).rejects.toMatchObject({
      code: 'ERR_REPOSITORY',
      message: expect.stringContaining('2 keys of the role targets must sign'),
    });
  });
});

describe('fails if the existing repository does not verify', () => {
  test.for(['metadata/timestamp.json', 'metadata/1.snapshot.json', 'metadata/1.targets.json', 'metadata/1.root.json'])(
    'because %s was changed by hand',
    async (file) => {
      const { directory } = await provider();
      await publish({ directory, now: NOW });
      const place = path.join(directory, 'repository', file);
      await writeFile(place, (await readFile(place, 'utf8')).replace(/"version":1/, '"version":3'));
      await expect(publish({ directory, now: NOW })).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
    },
  );

  test('because a release was changed by hand', async () => {
    const { directory } = await lists([1]);
    const { repository } = await publish({ directory, now: NOW });
    const folder = path.join(repository, 'targets/v1/lists/demo');
    for (const name of await readdir(folder)) await writeFile(path.join(folder, name), 'x');
    await expect(publish({ directory, now: NOW })).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
  });

  test('because a key file is invalid, or the folder is not an authority’s', async () => {
    const { directory } = await provider();
    await writeFile(path.join(directory, 'keys/targets-1.pem'), 'x');
    await expect(publish({ directory, now: NOW })).rejects.toMatchObject({ code: 'ERR_SIGNER' });
    await expect(publish({ directory: await temporaryFolder(), now: NOW })).rejects.toMatchObject({
      code: 'ERR_REPOSITORY',
    });
    await writeFile(path.join(directory, 'authority.json'), '{}');
    await expect(publish({ directory, now: NOW })).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
  });
});

test('the error for a folder of another version names this version', async () => {
  const { directory } = await provider();
  const file = path.join(directory, 'authority.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('lodestone/authority/v1', 'lodestone/authority/v0'));
  await expect(publish({ directory, now: NOW })).rejects.toMatchObject({
    code: 'ERR_REPOSITORY',
    message: expect.stringContaining('this version reads lodestone/authority/v1') as unknown,
  });
});

test('only the owner can read secrets, and no temporary file remains', async () => {
  const { directory } = await provider();
  await publish({ directory, now: NOW });
  for (const name of await readdir(path.join(directory, 'keys'))) {
    expect((await stat(path.join(directory, 'keys', name))).mode & 0o777).toBe(0o600);
  }
  expect((await stat(path.join(directory, 'keys'))).mode & 0o777).toBe(0o700);
  expect((await readdir(directory)).sort()).toEqual(['authority.json', 'keys', 'repository', 'root.json', 'staged']);
});

test('a reader during publications always finds a complete one', { timeout: 30_000 }, async () => {
  const { directory, root } = await lists([1]);
  const { repository } = await publish({ directory, now: NOW });
  let publishing = true;
  let read = 0;
  const reader = (async () => {
    while (publishing) {
      await verifyRepository({ repository, root, now: NOW });
      read++;
    }
  })();
  for (let seed = 2; seed < 12; seed++) {
    await takeHashes(directory, [seed]);
    await publish({ directory, now: NOW });
  }
  publishing = false;
  await reader;
  expect(read).toBeGreaterThan(5);
});

test('a publication that was interrupted before its timestamp is not visible, and the next one replaces it', async () => {
  const { directory, root } = await lists([1]);
  await publish({ directory, now: NOW });
  const timestamp = path.join(directory, 'repository/metadata/timestamp.json');
  const kept = path.join(await temporaryFolder(), 'timestamp.json');
  await cp(timestamp, kept);
  await takeHashes(directory, [2]);
  await publish({ directory, now: NOW });
  await rename(kept, timestamp);
  const repository = path.join(directory, 'repository');
  expect((await verifyRepository({ repository, root, now: NOW })).versions.targets).toBe(1);
  await takeHashes(directory, [3]);
  await publish({ directory, now: NOW });
  expect((await verifyRepository({ repository, root, now: NOW })).lists).toMatchObject([
    { manifest: { version: 2, counts: { pdq: 3 } } },
  ]);
});
