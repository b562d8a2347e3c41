/**
 * Our client refuses a change at every offset: the rule that judges the file is tried with each, the whole client with some. tuf-js refuses it if the change alters the meaning (upper-case hex does not).
 * Published metadata is canonical JSON, so every byte has a meaning.
 */
import { expect, test } from 'vitest';
import { LodestoneError } from '@lodestone/protocol/error';
import { checkTarget, targetUrlPath, type TufGet } from '@lodestone/trust';
import { acceptFirstRoot, acceptNextRoot, acceptSigned, acceptSnapshot, acceptTargets } from '../src/tuf/accept.ts';
import { trustedFiles } from '../src/tuf/files.ts';
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
      const theirs = await TufJsClient.create(server, path === FIRST_ROOT ? bytes : pinned.root);
      await theirs.refresh(TARGETS);
    })(),
  ).rejects.toThrow();
}

test('both clients accept the unchanged repository', async () => {
  expect(PATHS.filter((path) => path.startsWith('targets/'))).toHaveLength(TARGETS.length);
  await new OurClient(pinned).refreshWith(TARGETS, repository.get, repository.now);
  server.files = repository.files;
  await (await TufJsClient.create(server, pinned.root)).refresh(TARGETS);
});

/** For each file, the rule with which the client judges its bytes, after it has accepted the files before. */
async function rules(): Promise<Map<string, (bytes: Uint8Array) => unknown>> {
  const [first, second, timestamp, snapshot, targets] = [
    FIRST_ROOT,
    'metadata/2.root.json',
    'metadata/timestamp.json',
    'metadata/1.snapshot.json',
    'metadata/1.targets.json',
  ];
  const firstRoot = await acceptFirstRoot(repository.file(first));
  const root = await acceptNextRoot(firstRoot, repository.file(second));
  const trustedTimestamp = await acceptSigned(root, 'timestamp', repository.file(timestamp));
  const trustedSnapshot = await acceptSnapshot(root, trustedTimestamp, undefined, repository.file(snapshot));
  const files = trustedFiles(await acceptTargets(root, trustedSnapshot, repository.file(targets)));
  return new Map<string, (bytes: Uint8Array) => unknown>([
    [first, acceptFirstRoot],
    [second, (bytes) => acceptNextRoot(firstRoot, bytes)],
    [timestamp, (bytes) => acceptSigned(root, 'timestamp', bytes)],
    [snapshot, (bytes) => acceptSnapshot(root, trustedTimestamp, undefined, bytes)],
    [targets, (bytes) => acceptTargets(root, trustedSnapshot, bytes)],
    ...[...files.values()].map(
      (file) => [targetUrlPath(file), (bytes: Uint8Array) => checkTarget(file, bytes)] as const,
    ),
  ]);
}

test.for(PATHS)('our client refuses %s with any one byte changed', { timeout: 60_000 }, async (path) => {
  const bytes = repository.file(path);
  const judge = (await rules()).get(path);
  await judge?.(bytes);
  const refuses = async (offset: number, mask: number): Promise<void> => {
    const reason = await reasonOf(() => judge?.(flipped(bytes, offset, mask)));
    // A matcher for each would cost more than the rules.
    if (!(reason instanceof LodestoneError)) expect.fail(`at ${offset}, changed by ${mask}: ${String(reason)}`);
  };
  const offsets = [...bytes.keys()];
  await Promise.all(offsets.map((offset) => refuses(offset, 0x01)));
  // Changes the case of a letter: other clients accept upper-case hex in a signature.
  await Promise.all(offsets.filter((offset) => offset % 4 === 0).map((offset) => refuses(offset, 0x20)));
});

async function reasonOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
}

test.for(PATHS)(
  'both clients refuse %s with one byte changed at each of 24 places',
  { timeout: 60_000 },
  async (path) => {
    const bytes = repository.file(path);
    const step = Math.max(1, Math.floor(bytes.length / 24));
    for (let offset = 0; offset < bytes.length; offset += step) {
      await weRefuse(path, flipped(bytes, offset, 0x01));
      await weRefuse(path, flipped(bytes, offset, 0x20));
      await theyRefuse(path, flipped(bytes, offset, 0x01));
    }
    await theyRefuse(path, flipped(bytes, bytes.length - 1, 0x01));
  },
);

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
