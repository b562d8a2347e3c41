/**
 * Our client refuses a change at every offset. tuf-js refuses it if the change alters the meaning (upper-case hex does not).
 * Published metadata is canonical JSON, so every byte has a meaning.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TufGet } from '@lodestone/trust';
import { OurClient } from './repository/our-client.ts';
import { FileServer, TufJsClient } from './repository/second-opinion.ts';
import { newKey, TestRepository } from './repository/test-repository.ts';

const TARGETS = ['v1/orders/one.json', 'v1/keys/receiver.json'];
const repository = new TestRepository(Date.now());
const pinned = repository.pinned;
repository.keys.timestamp = [newKey()];
repository.publishRoot();
repository.publish({ 'v1/orders/one.json': '{"one":1}\n', 'v1/keys/receiver.json': '{"two":2}\n' });
repository.files.delete('metadata/1.timestamp.json'); // a copy for the record, which no client fetches

const server = new FileServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

/** The first root is pinned, not fetched. A changed one means a wrong pin. */
const PATHS = [...repository.files.keys()];
const FIRST_ROOT = 'metadata/1.root.json';

function flipped(bytes: Uint8Array, offset: number, mask: number): Uint8Array {
  const copy = bytes.slice();
  copy[offset] = (copy[offset] ?? 0) ^ mask;
  return copy;
}

async function weRefuse(path: string, bytes: Uint8Array): Promise<void> {
  const ours = new OurClient(path === FIRST_ROOT ? { root: bytes } : pinned);
  const get: TufGet = (asked, maxBytes) => (asked === path ? Promise.resolve(bytes) : repository.get(asked, maxBytes));
  await expect(ours.refreshWith(TARGETS, get, repository.now)).rejects.toMatchObject({ name: 'LodestoneError' });
}

async function theyRefuse(path: string, bytes: Uint8Array): Promise<void> {
  server.files = new Map([...repository.files, [path, bytes]]);
  await expect(
    (async () => {
      const theirs = await TufJsClient.create(server.url, path === FIRST_ROOT ? bytes : pinned.root);
      await theirs.refresh(TARGETS);
    })(),
  ).rejects.toThrow();
}

test('both clients accept the unchanged repository', async () => {
  expect(PATHS.filter((path) => path.startsWith('targets/'))).toHaveLength(TARGETS.length);
  await new OurClient(pinned).refreshWith(TARGETS, repository.get, repository.now);
  server.files = repository.files;
  await (await TufJsClient.create(server.url, pinned.root)).refresh(TARGETS);
});

test.for(PATHS)('our client refuses %s with any one byte changed', { timeout: 60_000 }, async (path) => {
  const bytes = repository.file(path);
  for (let offset = 0; offset < bytes.length; offset++) {
    await weRefuse(path, flipped(bytes, offset, 0x01));
    // Changes the case of a letter: other clients accept upper-case hex in a signature.
    if (offset % 4 === 0) await weRefuse(path, flipped(bytes, offset, 0x20));
  }
});

test.for(PATHS)('tuf-js refuses %s with one byte changed at each of 24 places', { timeout: 60_000 }, async (path) => {
  const bytes = repository.file(path);
  const step = Math.max(1, Math.floor(bytes.length / 24));
  for (let offset = 0; offset < bytes.length; offset += step) await theyRefuse(path, flipped(bytes, offset, 0x01));
  await theyRefuse(path, flipped(bytes, bytes.length - 1, 0x01));
});

test.for(PATHS)('both clients refuse %s truncated or extended', async (path) => {
  const bytes = repository.file(path);
  for (const changed of [
    bytes.subarray(0, -1),
    bytes.subarray(1),
    new Uint8Array(),
    Uint8Array.from([...bytes, 0x30]),
  ]) {
    await weRefuse(path, changed);
    await theyRefuse(path, changed);
  }
});
