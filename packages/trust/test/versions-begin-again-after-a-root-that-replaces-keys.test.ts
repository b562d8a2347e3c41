/**
 * Recovery from stolen keys: a thief publishes versions far ahead, the authority replaces the role's keys in a new root, and
 * devices that saw the thief's versions accept the authority's next ones. A root that replaces no keys forgets nothing.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { compareTrust, readTrusted, sha256Hex } from '@lodestone/trust';
import { OurClient } from './repository/our-client.ts';
import { FileServer, TufJsClient } from './repository/second-opinion.ts';
import { newKey, TestRepository } from './repository/test-repository.ts';

const ORDER = 'v1/orders/one.json';
const FAR = 1_000_000;
const server = new FileServer();

let repository: TestRepository;
let ours: OurClient;
beforeEach(() => {
  repository = new TestRepository(Date.now());
  repository.publish();
  repository.publish();
  ours = new OurClient(repository.pinned);
});

/** Replaces the keys of a role in a new root, and sets its version back to that before the theft. */
function recover(role: 'timestamp' | 'snapshot' | 'targets', before: number): void {
  repository.keys[role] = repository.keys[role].map(() => newKey());
  repository.publishRoot();
  repository.versions[role] = before;
}

describe('after a thief has pushed versions far ahead, a root that replaces the keys of', () => {
  test.for(['timestamp', 'targets'] as const)('%s lets that role begin again', async (role) => {
    const before = repository.versions[role];
    repository.versions[role] = FAR;
    repository.publish();
    await ours.refresh(repository.get, repository.now);

    recover(role, before);
    repository.publish();
    await ours.refreshWith([ORDER], repository.get, repository.now);
    expect(await readTrusted(ours.state)).toMatchObject(
      role === 'targets' ? { version: before + 1 } : { timestampVersion: before + 1 },
    );
  });

  test('targets lets that role begin again, although tuf-js keeps the version that the stored snapshot names', async () => {
    server.files = repository.files;
    const theirs = await TufJsClient.create(server, repository.pinned.root);
    repository.versions.targets = FAR;
    repository.publish();
    await theirs.refresh([ORDER]);
    recover('targets', 2);
    repository.publish();
    await expect(theirs.refresh([ORDER])).rejects.toThrow('less than current version');
  });

  test('targets keeps the versions of timestamp and snapshot', async () => {
    await ours.refresh(repository.get, repository.now);
    const old = repository.file('metadata/1.timestamp.json');
    recover('targets', 2);
    repository.publish();
    await ours.refresh(repository.get, repository.now);
    repository.files.set('metadata/timestamp.json', old);
    await expect(ours.refresh(repository.get, repository.now)).rejects.toMatchObject({ code: 'ERR_TRUST_ROLLBACK' });
  });
});

describe('targets keys', () => {
  test('are the same as long as no root replaces them, and `keysSince` says so', async () => {
    const first = await ours.refresh(repository.get, repository.now);
    expect(first.keysSince).toBe(sha256Hex(repository.file('metadata/1.root.json')));
    repository.keys.timestamp = [newKey()];
    repository.publishRoot();
    repository.publish();
    const second = await ours.refresh(repository.get, repository.now);
    expect(second.keysSince).toBe(first.keysSince);
    expect(await readTrusted(ours.state)).toEqual(second);

    recover('targets', 3);
    repository.publish();
    repository.publishRoot();
    const third = await ours.refresh(repository.get, repository.now);
    expect(third.keysSince).toBe(sha256Hex(repository.file('metadata/3.root.json')));
    expect(await readTrusted(ours.state)).toEqual(third);
  });

  test('that are replaced and put back are other keys to a device that sees both roots in one refresh', async () => {
    const first = await ours.refresh(repository.get, repository.now);
    const keys = repository.keys.targets;
    repository.keys.targets = keys.map(() => newKey());
    repository.publishRoot();
    repository.keys.targets = keys;
    repository.publishRoot();
    repository.publish();
    expect((await ours.refresh(repository.get, repository.now)).keysSince).not.toBe(first.keysSince);
  });
});

test('the state names the roots that led to its root, so that a pin among them is recognized', async () => {
  repository.publishRoot();
  repository.publishRoot();
  await ours.refresh(repository.get, repository.now);
  expect(ours.state.earlierRoots).toEqual([1, 2].map((n) => sha256Hex(repository.file(`metadata/${n}.root.json`))));
});

test('state compares by root version first, then by timestamp version', async () => {
  const before = await ours.refresh(repository.get, repository.now);
  repository.publish();
  const newer = await ours.refresh(repository.get, repository.now);
  recover('timestamp', 0);
  repository.publish();
  const newest = await ours.refresh(repository.get, repository.now);
  expect(newest).toMatchObject({ rootVersion: 2, timestampVersion: 1 });
  expect(compareTrust(before, newer)).toBeLessThan(0);
  expect(compareTrust(newer, newest)).toBeLessThan(0);
  expect(compareTrust(newest, before)).toBeGreaterThan(0);
  expect(compareTrust(newer, newer)).toBe(0);
});
