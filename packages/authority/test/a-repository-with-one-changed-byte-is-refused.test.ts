/**
 * Three authorities publish every kind of document. Our client and tuf-js accept the repositories, and both refuse them
 * after any single byte was changed.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Updater } from 'tuf-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  importList,
  type InForce,
  initAllKeysHere,
  publish,
  stageKeys,
  stageOrder,
  suppressEntries,
  verifyRepository,
} from '@lodestone/authority';
import { DAY_MS } from '@lodestone/protocol/time';
import { picture } from './support/authority-folder.ts';
import { KEYS, order } from './support/documents.ts';

/** tuf-js has no clock to set. */
const NOW = Date.now();
const POWERS = ['lists', 'orders', 'provider'] as const;
type Files = Map<string, Uint8Array>;

let folder: string;
let server: Server;
let served: Files = new Map();
const rootFiles = new Map<string, string>();
const repositories = new Map<string, Files>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lodestone-ceremony-'));
  for (const power of POWERS) {
    const directory = path.join(folder, power);
    // So long ago that this publication needs a second root, which clients fetch.
    const { rootFile } = await initAllKeysHere({ directory, name: `demo-${power}`, power, now: NOW - 500 * DAY_MS });
    rootFiles.set(power, rootFile);
  }
  const pictures = path.join(folder, 'pictures');
  await mkdir(pictures);
  for (const seed of [1, 2, 4])
    await writeFile(path.join(pictures, `${seed}.png`), await picture(seed).png().toBuffer());
  const lists = path.join(folder, 'lists');
  const { added } = await importList({
    directory: lists,
    list: 'demo',
    source: pictures,
    purpose: 'verified',
    by: 'test',
    now: NOW,
    exact: true,
  });
  await suppressEntries({ directory: lists, list: 'demo', entries: [added[0]?.entry ?? 0], by: 'test', now: NOW });
  await stageOrder({
    directory: path.join(folder, 'orders'),
    order: order({ notBefore: '2026-01-01T00:00:00Z', notAfter: '2027-12-01T00:00:00Z' }),
    now: Date.parse('2026-11-24T08:00:00Z'),
  });
  await stageKeys({ directory: path.join(folder, 'provider'), name: 'receiver', keys: KEYS });
  for (const power of POWERS) {
    const { repository } = await publish({ directory: path.join(folder, power), now: NOW });
    repositories.set(power, await readFiles(repository));
  }
  server = createServer((request, response) => {
    const bytes = served.get((request.url ?? '').slice(1));
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true, force: true });
});

async function readFiles(repository: string): Promise<Files> {
  const all = await readdir(repository, { recursive: true, withFileTypes: true });
  const files = all.filter((file) => file.isFile()).map((file) => path.join(file.parentPath, file.name));
  return new Map(
    await Promise.all(
      files.map(async (file) => [path.relative(repository, file), new Uint8Array(await readFile(file))] as const),
    ),
  );
}

const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

async function ours(files: Files, root: Uint8Array): Promise<InForce> {
  served = files;
  return verifyRepository({ repository: address(), root, now: NOW });
}

/** Metadata and every target, as tuf-js sees it. */
async function theirs(files: Files, root: Uint8Array): Promise<number> {
  served = files;
  const cache = await mkdtemp(path.join(tmpdir(), 'lodestone-tuf-js-'));
  try {
    await writeFile(path.join(cache, 'root.json'), root);
    const updater = new Updater({
      metadataDir: cache,
      metadataBaseUrl: `${address()}metadata`,
      targetDir: cache,
      targetBaseUrl: `${address()}targets`,
      config: { fetchRetries: 0 },
    });
    await updater.refresh();
    const targets = targetPaths(files);
    for (const target of targets) {
      const file = await updater.getTargetInfo(target);
      if (!file) throw new Error(`tuf-js knows no ${target}`);
      await updater.downloadTarget(file);
    }
    return targets.length;
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

function targetPaths(files: Files): string[] {
  return [...files.keys()]
    .filter((name) => name.startsWith('targets/'))
    .map((name) => name.slice('targets/'.length).replace(/[0-9a-f]{64}\./, ''));
}

function repositoryOf(power: string): { files: Files; root: Uint8Array } {
  const files = repositories.get(power);
  const root = files?.get('metadata/1.root.json');
  if (!files || !root) throw new Error(power);
  return { files, root };
}

test('the root to pin is the first root', async () => {
  for (const power of POWERS) {
    expect(new Uint8Array(await readFile(rootFiles.get(power) ?? ''))).toEqual(repositoryOf(power).root);
  }
});

test('every imported and staged document is in force', async () => {
  const lists = repositoryOf('lists');
  expect(await ours(lists.files, lists.root)).toMatchObject({
    versions: { targets: 1, timestamp: 1 },
    lists: [
      { path: 'v1/lists/demo/manifest.json', inForce: true, manifest: { version: 1, counts: { pdq: 2, sha256: 2 } } },
    ],
    suppressions: [{ path: 'v1/lists/demo/suppression.json', suppression: { entries: [expect.any(Number)] } }],
    orders: [],
    keys: [],
  });
  const orders = repositoryOf('orders');
  expect((await ours(orders.files, orders.root)).orders).toMatchObject([
    {
      path: 'v1/orders/demo-order.json',
      order: order({ notBefore: '2026-01-01T00:00:00Z', notAfter: '2027-12-01T00:00:00Z' }),
    },
  ]);
  const provider = repositoryOf('provider');
  expect((await ours(provider.files, provider.root)).keys).toMatchObject([
    { path: 'v1/keys/receiver.json', keys: KEYS },
  ]);
});

test.for(POWERS)('tuf-js accepts the repository of the power %s, with every target', async (power) => {
  const { files, root } = repositoryOf(power);
  expect(await theirs(files, root)).toBe({ lists: 3, orders: 1, provider: 1 }[power]);
});

test.for(POWERS)(
  'one byte changed in any file of the power %s is refused by both',
  { timeout: 120_000 },
  async (power) => {
    const { files, root } = repositoryOf(power);
    expect([...files.keys()].filter((name) => name.startsWith('metadata/')).sort()).toEqual([
      'metadata/1.root.json',
      'metadata/1.snapshot.json',
      'metadata/1.targets.json',
      'metadata/2.root.json',
      'metadata/timestamp.json',
    ]);
    for (const [name, bytes] of files) {
      for (const share of [0, 0.13, 0.37, 0.5, 0.71, 0.93, 1]) {
        const changed = bytes.slice();
        const offset = Math.round(share * (bytes.length - 1));
        changed[offset] = (changed[offset] ?? 0) ^ 1;
        const repository = new Map(files).set(name, changed);
        // The first root is pinned and not fetched; a client that pins the changed one refuses it.
        const pin = name === 'metadata/1.root.json' ? changed : root;
        await Promise.all([
          expect(ours(repository, root), `${name} at ${offset}`).rejects.toMatchObject({ name: 'LodestoneError' }),
          expect(theirs(repository, pin), `${name} at ${offset}`).rejects.toThrow(),
        ]);
      }
    }
  },
);
