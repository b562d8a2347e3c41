/**
 * Metadata with additions that prove nothing is accepted: unknown members of keys, and signatures that are empty, malformed or
 * of unknown keys next to enough valid ones. tuf-js accepts each case, too.
 */
import { describe, expect, test } from 'vitest';
import type { Role } from '@lodestone/trust';
import { OurClient } from './repository/our-client.ts';
import { FileServer, TufJsClient } from './repository/second-opinion.ts';
import { newKey, TestRepository } from './repository/test-repository.ts';

const ORDER = 'v1/orders/one.json';
const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
const server = new FileServer();

/** Both clients accept the repository, from its first root. */
async function bothAccept(repository: TestRepository): Promise<void> {
  server.files = repository.files;
  await new OurClient(repository.pinned).refreshWith([ORDER], repository.get, repository.now);
  await (await TufJsClient.create(server, repository.pinned.root)).refresh([ORDER]);
}

function publishedRepository(): TestRepository {
  const repository = new TestRepository(Date.now());
  repository.publishRoot();
  repository.publish();
  return repository;
}

test.for(ROLES)('4.3 unknown members of the %s keys are kept, and key ids are calculated over them', async (role) => {
  const repository = new TestRepository(Date.now());
  const before = repository.signers('root');
  repository.keys[role] = repository.keys[role].map(() =>
    newKey({ key: { 'x-holder': 'one', keyid_hash_algorithms: ['sha256'] }, keyval: { 'x-card': '7' } }),
  );
  repository.publishRoot([...before, ...repository.signers('root')]);
  repository.publish();
  await bothAccept(repository);
});

test('4.3 an unknown member that the key id does not cover is refused', async () => {
  const repository = publishedRepository();
  repository.forge('root', (signed) => {
    const keys = Object.entries(signed['keys'] as Record<string, object>);
    return { ...signed, keys: Object.fromEntries(keys.map(([id, key]) => [id, { ...key, 'x-holder': 'one' }])) };
  });
  const ours = new OurClient(repository.pinned);
  await expect(ours.refresh(repository.get, repository.now)).rejects.toMatchObject({ code: 'ERR_TRUST_METADATA' });
});

const GOOD_LENGTH = 'ab'.repeat(64);
const ADDITIONS: Record<string, (keyid: string) => unknown> = {
  'an empty signature': (keyid) => ({ keyid, sig: '' }),
  'a signature that is too short': (keyid) => ({ keyid, sig: 'abcd' }),
  'a signature that is not hex': (keyid) => ({ keyid, sig: 'z'.repeat(128) }),
  'an invalid signature': (keyid) => ({ keyid, sig: GOOD_LENGTH }),
  'a signature of an unknown key': () => ({ keyid: 'cd'.repeat(32), sig: GOOD_LENGTH }),
  'a signature whose key id is no digest': () => ({ keyid: 'a-name', sig: GOOD_LENGTH }),
};

describe.for(ROLES)('5.3.4, 5.4.2, 5.5.3, 5.6.3 %s metadata is accepted with', (role) => {
  test.for(Object.entries(ADDITIONS))('%s next to enough valid ones', async ([, addition]) => {
    const repository = publishedRepository();
    const unused = repository.keys[role].find((key) => !repository.signers(role).includes(key)) ?? newKey();
    repository.changeSignatures(role, (signatures) => [addition(unused.key.keyID), ...signatures]);
    await bothAccept(repository);
  });

  test('unknown members of a signature', async () => {
    const repository = publishedRepository();
    repository.changeSignatures(role, (all) => all.map((signature) => ({ ...signature, 'x-at': 'a desk' })));
    await bothAccept(repository);
  });
});

test.for<[Role, number]>([
  ['root', 1],
  ['targets', 1],
  ['snapshot', 0],
  ['timestamp', 0],
])('%s metadata is refused if a needed signature is empty', async ([role, at]) => {
  const repository = publishedRepository();
  repository.changeSignatures(role, (all) => all.map((one, i) => (i === at ? { ...one, sig: '' } : one)));
  const ours = new OurClient(repository.pinned);
  await expect(ours.refresh(repository.get, repository.now)).rejects.toMatchObject({ code: 'ERR_TRUST_SIGNATURE' });
  server.files = repository.files;
  await expect(TufJsClient.create(server, repository.pinned.root).then((c) => c.refresh())).rejects.toThrow();
});
