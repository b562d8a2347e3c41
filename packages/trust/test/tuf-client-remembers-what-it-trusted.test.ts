/**
 * The client's state between refreshes: saved where TUF 1.0 requires persistence, sufficient to refuse rollbacks, and never
 * an obstacle to an update.
 */
import { MetaFile } from '@tufjs/models';
import { beforeEach, expect, test } from 'vitest';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { toInstant } from '@lodestone/protocol/time';
import { isStillSigned, readTrusted, readTrustedState, type TufGet, type TufState } from '@lodestone/trust';
import { OurClient } from './repository/our-client.ts';
import { FileServer, TufJsClient } from './repository/second-opinion.ts';
import { HOUR, newKey, TestRepository } from './repository/test-repository.ts';

const ORDER = 'v1/orders/one.json';
const server = new FileServer();

let repository: TestRepository;
let ours: OurClient;
beforeEach(() => {
  repository = new TestRepository(Date.now());
  repository.publish();
  server.files = repository.files;
  ours = new OurClient(repository.pinned);
});

/** Fetches from the repository and records each request. */
function noting(asked: string[], get: TufGet = repository.get): TufGet {
  return (path, maxBytes) => {
    asked.push(path);
    return get(path, maxBytes);
  };
}

const kinds = (state: TufState): string =>
  Object.keys(state)
    .filter((member) => ['root', 'timestamp', 'snapshot', 'targets'].includes(member))
    .sort()
    .join();

test('the first refresh requests the next root, timestamp, snapshot and targets, in this order', async () => {
  const asked: string[] = [];
  const trusted = await ours.refresh(noting(asked), repository.now);
  expect(asked).toEqual([
    'metadata/2.root.json',
    'metadata/timestamp.json',
    'metadata/1.snapshot.json',
    'metadata/1.targets.json',
  ]);
  expect(trusted).toMatchObject({ version: 1, timestampVersion: 1 });
  expect([...trusted.files.keys()]).toEqual([ORDER]);
});

test('a second refresh requests only the next root and the timestamp', async () => {
  await ours.refresh(repository.get, repository.now);
  const asked: string[] = [];
  await ours.refresh(noting(asked), repository.now);
  expect(asked).toEqual(['metadata/2.root.json', 'metadata/timestamp.json']);
});

test('each request is limited to the signed length', async () => {
  const asked = new Map<string, number>();
  await ours.refresh((path, maxBytes) => {
    asked.set(path, maxBytes);
    return repository.get(path, maxBytes);
  }, repository.now);
  expect(asked.get('metadata/2.root.json')).toBe(LIMITS.rootBytes);
  expect(asked.get('metadata/timestamp.json')).toBe(LIMITS.timestampBytes);
  expect(asked.get('metadata/1.snapshot.json')).toBe(repository.file('metadata/1.snapshot.json').length);
  expect(asked.get('metadata/1.targets.json')).toBe(repository.file('metadata/1.targets.json').length);
});

test('5.3.8, 5.4.5, 5.5.7, 5.6.6 each role is saved when it is accepted', async () => {
  repository.publishRoot();
  await ours.refresh(repository.get, repository.now);
  expect(ours.saves.map(kinds)).toEqual([
    'root',
    'root,timestamp',
    'root,snapshot,timestamp',
    'root,snapshot,targets,timestamp',
  ]);
  expect(ours.state.root).toEqual(repository.file('metadata/2.root.json'));
  expect(ours.state.targets).toEqual(repository.file('metadata/1.targets.json'));
});

test.for(['timestamp', 'snapshot', 'targets'] as const)(
  'a refresh that ends at the %s goes on from there the next time, at the same timestamp',
  async (role) => {
    const broken: TufGet = (path, maxBytes) =>
      path === repository.pathOf(role)
        ? Promise.reject(new LodestoneError('ERR_NETWORK', 'cut'))
        : repository.get(path, maxBytes);
    await expect(ours.refresh(broken, repository.now)).rejects.toMatchObject({ code: 'ERR_NETWORK' });
    const trusted = await ours.refresh(repository.get, repository.now);
    expect(trusted.version).toBe(1);
  },
);

test('5.4.3.1 other bytes at the same timestamp version are discarded, without an error', async () => {
  await ours.refresh(repository.get, repository.now);
  const before = ours.state;
  repository.forge('timestamp', (signed) => ({ ...signed, expires: toInstant(repository.now + HOUR) }));
  await ours.refresh(repository.get, repository.now);
  expect(ours.state).toEqual(before);
});

test('5.4.4 the trusted timestamp is refused after it expires', async () => {
  repository.expires.timestamp = toInstant(repository.now + HOUR);
  repository.publishTimestamp();
  await ours.refresh(repository.get, repository.now);
  await expect(ours.refresh(repository.get, repository.now + 2 * HOUR)).rejects.toMatchObject({
    code: 'ERR_TRUST_EXPIRED',
  });
});

test.for(['snapshot', 'targets'] as const)('5.5.6, 5.6.5 a trusted %s is refused after it expires', async (role) => {
  repository.expires[role] = toInstant(repository.now + HOUR);
  repository.publish();
  await ours.refresh(repository.get, repository.now);
  repository.publishTimestamp();
  await expect(ours.refresh(repository.get, repository.now + 2 * HOUR)).rejects.toMatchObject({
    code: 'ERR_TRUST_EXPIRED',
  });
});

test('5.1 metadata that expires at the start of the update has expired, and one second later it has not', async () => {
  repository.expires.timestamp = toInstant(repository.now);
  const cut = Date.parse(repository.expires.timestamp);
  repository.publish();
  await expect(ours.refresh(repository.get, cut)).rejects.toMatchObject({ code: 'ERR_TRUST_EXPIRED' });
  await ours.refresh(repository.get, cut - 1);
});

test('5.3.9 roots are followed one by one, with new keys at each', async () => {
  for (let version = 2; version <= 4; version++) {
    const before = repository.signers('root');
    repository.keys.root = [newKey(), newKey(), newKey()];
    repository.publishRoot([...before, ...repository.signers('root')]);
  }
  repository.publish();
  await ours.refreshWith([ORDER], repository.get, repository.now);
  expect(ours.state.root).toEqual(repository.file('metadata/4.root.json'));
  await (await TufJsClient.create(server, repository.pinned.root)).refresh([ORDER]);
});

test('5.3.3 one refresh follows no more roots than the limit', async () => {
  for (let version = 2; version <= LIMITS.rootRotations + 3; version++) repository.publishRoot();
  await ours.refresh(repository.get, repository.now);
  expect(ours.state.root).toEqual(repository.file(`metadata/${LIMITS.rootRotations + 1}.root.json`));
  await ours.refresh(repository.get, repository.now);
  expect(ours.state.root).toEqual(repository.file(`metadata/${LIMITS.rootRotations + 3}.root.json`));
});

test.for(['timestamp', 'snapshot'] as const)(
  '5.3.11 after a thief of the %s key has pushed versions far ahead, a new key starts over',
  async (role) => {
    const good = { ...repository.versions };
    repository.versions = { ...good, [role]: 1_000_000 };
    repository.publishSnapshot(
      role === 'snapshot'
        ? new MetaFile({ ...repository.metaFile('targets'), version: 1 })
        : repository.metaFile('targets'),
    );
    repository.publishTimestamp();
    await ours.refresh(repository.get, repository.now);
    const theirs = await TufJsClient.create(server, repository.pinned.root);
    await theirs.refresh();

    repository.versions = { ...good, timestamp: role === 'timestamp' ? good.timestamp : repository.versions.timestamp };
    repository.keys[role] = [newKey()];
    repository.publish();
    await expect(ours.refresh(repository.get, repository.now)).rejects.toMatchObject({ name: 'LodestoneError' });
    await expect(theirs.refresh()).rejects.toThrow();

    repository.publishRoot();
    await ours.refreshWith([ORDER], repository.get, repository.now);
    if (role === 'timestamp') await theirs.refresh([ORDER]);
    // tuf-js deletes only metadata that no longer verifies, so the timestamp key must be replaced too.
    else await expect(theirs.refresh([ORDER])).rejects.toThrow('less than current version');
    const rotated = ours.saves.find(({ root }) => root === repository.file('metadata/2.root.json'));
    expect(rotated && kinds(rotated)).toBe('root,targets');
  },
);

test('damaged stored metadata is fetched again and does not block updates', async () => {
  await ours.refresh(repository.get, repository.now);
  const good = ours.state;
  for (const role of ['timestamp', 'snapshot', 'targets'] as const) {
    ours.state = { ...good, [role]: Uint8Array.of(1, 2, 3) };
    const trusted = await ours.refresh(repository.get, repository.now);
    expect(trusted.version).toBe(1);
    expect(ours.state).toEqual(good);
  }
});

test('files of later protocol versions are ignored', async () => {
  repository.publish({ [ORDER]: '1', 'v2/anything/At All': '2' });
  const trusted = await ours.refresh(repository.get, repository.now);
  expect([...trusted.files.keys()]).toEqual([ORDER]);
});

test('unknown signed members are accepted', async () => {
  repository.forge('targets', (signed) => ({ ...signed, 'x-later': { deep: [1, 'two', null, true] } }));
  await ours.refreshWith([ORDER], repository.get, repository.now);
  await (await TufJsClient.create(server, repository.pinned.root)).refresh([ORDER]);
});

test('stored state is read without network, even if it has expired', async () => {
  expect(await readTrusted(ours.state)).toBeUndefined();
  const trusted = await ours.refresh(repository.get, repository.now);
  expect(await readTrusted(ours.state)).toEqual(trusted);
});

test('stored state of an interrupted refresh still has the earlier files, and timestamp version 0', async () => {
  await ours.refresh(repository.get, repository.now);
  repository.publish({ 'v1/orders/two.json': '2' });
  const broken: TufGet = (path, maxBytes) =>
    path.endsWith('snapshot.json')
      ? Promise.reject(new LodestoneError('ERR_NETWORK', 'cut'))
      : repository.get(path, maxBytes);
  await expect(ours.refresh(broken, repository.now)).rejects.toMatchObject({ code: 'ERR_NETWORK' });
  const trusted = await readTrusted(ours.state);
  expect(trusted).toMatchObject({ version: 1, timestampVersion: 0 });
  expect([...(trusted?.files.keys() ?? [])]).toEqual([ORDER]);
});

test("stored targets do not outlive their authority's keys", async () => {
  await ours.refresh(repository.get, repository.now);
  repository.keys.targets = [newKey(), newKey(), newKey()];
  repository.publishRoot();
  repository.files.delete('metadata/timestamp.json');
  await expect(ours.refresh(repository.get, repository.now)).rejects.toMatchObject({ code: 'ERR_TRUST_MISSING' });
  expect(await readTrusted(ours.state)).toBeUndefined();
});

test('stored state names its root, its timestamp with the time of issue, and the keys that signed its targets', async () => {
  await ours.refresh(repository.get, repository.now);
  const { rootVersion, timestamp, signers, targetsKeys } = await readTrustedState(ours.state);
  expect(rootVersion).toBe(1);
  expect(timestamp).toEqual({ version: 1, issued: repository.issued, expires: repository.expires.timestamp });
  expect(signers.toSorted()).toEqual(
    repository
      .signers('targets')
      .map(({ key }) => key.keyID)
      .toSorted(),
  );
  expect(isStillSigned(signers, targetsKeys)).toBe(true);
});

test('targets count as signed until a newer root revokes so many of their signers that the threshold is missed', async () => {
  await ours.refresh(repository.get, repository.now);
  const { signers } = await readTrustedState(ours.state);
  const [first, second, third] = repository.keys.targets;
  if (!first || !second || !third) throw new Error('three keys');
  for (const [keys, expected] of [
    [[first, second, newKey()], true],
    [[first, third, newKey()], false],
  ] as const) {
    repository.keys.targets = [...keys];
    repository.publishRoot();
    await ours.refresh(repository.get, repository.now).catch(() => undefined);
    expect(isStillSigned(signers, (await readTrustedState(ours.state)).targetsKeys)).toBe(expected);
  }
});

test('a timestamp without its time of issue is refused', async () => {
  repository.forge('timestamp', ({ issued: _, ...signed }) => signed);
  await expect(ours.refresh(repository.get, repository.now)).rejects.toMatchObject({ code: 'ERR_TRUST_METADATA' });
});

test('a damaged stored root is an error', async () => {
  await expect(readTrusted({ root: Uint8Array.of(1) })).rejects.toMatchObject({ code: 'ERR_TRUST_METADATA' });
});
