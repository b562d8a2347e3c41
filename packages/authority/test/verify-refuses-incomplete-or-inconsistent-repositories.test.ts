/** `verify` checks more than a client: it refuses incomplete repositories and signed documents that contradict each other. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { importList, publish, stageKeys, stageOrder, verifyRepository } from '@lodestone/authority';
import { utf8 } from '@lodestone/protocol/bytes';
import { DAY_MS } from '@lodestone/protocol/time';
import { inventedHash, newAuthority, NOW, temporaryFolder } from './support/authority-folder.ts';
import { KEYS, order } from './support/documents.ts';

/** Publishes `file` at any target path by hand: a holder of the keys can sign what the tools refuse. */
async function publishedAt(
  power: 'orders' | 'lists' | 'provider',
  target: string,
  file: Uint8Array,
): Promise<{ repository: string; root: Uint8Array }> {
  const { directory, rootFile } = await newAuthority(power);
  await cp(await fileWith(file), path.join(directory, 'staged', target));
  return { ...(await publish({ directory, now: NOW })), root: await readFile(rootFile) };
}
async function fileWith(bytes: Uint8Array): Promise<string> {
  const file = path.join(await temporaryFolder(), 'file');
  await writeFile(file, bytes);
  return file;
}

async function publishedList(): Promise<{
  directory: string;
  repository: string;
  root: Uint8Array;
  manifest: Record<string, unknown>;
}> {
  const { directory, rootFile } = await newAuthority('lists');
  const source = await fileWith(utf8(`pdq,${inventedHash(1)}\npdq,${inventedHash(2)}\n`));
  await importList({ directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: NOW });
  const { repository } = await publish({ directory, now: NOW });
  const root = await readFile(rootFile);
  const { lists } = await verifyRepository({ repository, root, now: NOW });
  return { directory, repository, root, manifest: { ...lists[0]?.manifest } };
}

test.for([
  ['an order under the name of another', 'orders', 'v1/orders/other.json', order(), 'ERR_TRUST_METADATA'],
  ['an order that does not fit its schema', 'orders', 'v1/orders/demo-order.json', {}, 'ERR_SCHEMA'],
  ['keys that do not fit their schema', 'provider', 'v1/keys/receiver.json', {}, 'ERR_SCHEMA'],
  [
    'a suppression of another list',
    'lists',
    'v1/lists/demo/suppression.json',
    { schema: 'lodestone/suppression/v1', list: 'other', entries: [1] },
    'ERR_TRUST_METADATA',
  ],
] as const)('%s', async ([, power, target, document, code]) => {
  const { repository, root } = await publishedAt(power, target, utf8(JSON.stringify(document)));
  await expect(verifyRepository({ repository, root, now: NOW })).rejects.toMatchObject({ code });
});

test.for([
  [
    'a list whose Merkle root is another',
    (manifest: Record<string, unknown>) => ({ ...manifest, merkleRoot: 'ab'.repeat(32) }),
    'ERR_TRUST_PROOF',
  ],
  [
    'a list whose counts are others',
    (manifest: Record<string, unknown>) => ({ ...manifest, counts: { pdq: 1, sha256: 1, vpdq: 0 } }),
    'ERR_LIST_FORMAT',
  ],
  [
    'a list whose file is not signed',
    (manifest: Record<string, unknown>) => ({
      ...manifest,
      file: { path: 'v1/lists/demo/9.lode', length: 9, sha256: 'ab'.repeat(32) },
    }),
    'ERR_TRUST_MISSING',
  ],
] as const)('%s', async ([, lie, code]) => {
  const honest = await publishedList();
  const { repository, root, directory } = await (async () => {
    const { directory: other, rootFile } = await newAuthority('provider');
    const lying = utf8(JSON.stringify(lie(honest.manifest)));
    await cp(await fileWith(lying), path.join(other, 'staged/v1/lists/demo/manifest.json'));
    const folder = path.join(honest.repository, 'targets/v1/lists/demo');
    const lode = (await readdir(folder)).find((name) => name.endsWith('.lode')) ?? '';
    await cp(path.join(folder, lode), path.join(other, 'staged/v1/lists/demo/1.lode'));
    return { ...(await publish({ directory: other, now: NOW })), root: await readFile(rootFile), directory: other };
  })();
  expect(directory).not.toBe(honest.directory);
  await expect(verifyRepository({ repository, root, now: NOW })).rejects.toMatchObject({ code });
});

test('a first root that is missing or is not the pinned one', async () => {
  const { directory, rootFile } = await newAuthority('provider');
  const later = NOW + 400 * DAY_MS;
  const { repository } = await publish({ directory, now: later });
  const root = await readFile(rootFile);
  const file = path.join(repository, 'metadata/1.root.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"sig":"', '"sig":"0'));
  await expect(verifyRepository({ repository, root, now: later })).rejects.toMatchObject({ code: 'ERR_TRUST_DIGEST' });
  await rm(file);
  await expect(verifyRepository({ repository, root, now: later })).rejects.toMatchObject({ code: 'ERR_TRUST_MISSING' });
});

test('the root of another authority, an expired timestamp, a missing target, a folder that is not a repository', async () => {
  const { repository, root } = await publishedList();
  const other = await readFile((await newAuthority('lists')).rootFile);
  await expect(verifyRepository({ repository, root: other, now: NOW })).rejects.toMatchObject({
    code: 'ERR_TRUST_SIGNATURE',
  });
  await expect(verifyRepository({ repository, root, now: NOW + 8 * DAY_MS })).rejects.toMatchObject({
    code: 'ERR_TRUST_EXPIRED',
  });
  await rm(path.join(repository, 'targets'), { recursive: true });
  await expect(verifyRepository({ repository, root, now: NOW })).rejects.toMatchObject({ code: 'ERR_TRUST_MISSING' });
  await expect(verifyRepository({ repository: await temporaryFolder(), root, now: NOW })).rejects.toMatchObject({
    code: 'ERR_REPOSITORY',
  });
});

async function serve(
  answer: (name: string) => { status: number; body?: Uint8Array; location?: string },
): Promise<string> {
  const server = createServer((request, response) => {
    const { status, body, location } = answer((request.url ?? '').slice(1));
    response.writeHead(status, location === undefined ? {} : { location }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => new Promise((done) => (server.closeAllConnections(), server.close(() => done(undefined)))));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('over HTTP: a server error, a redirect, an endless file, no server', async () => {
  const { root } = await publishedList();
  const verify = (repository: string) => verifyRepository({ repository, root, now: NOW });
  await expect(verify(await serve(() => ({ status: 500 })))).rejects.toMatchObject({ code: 'ERR_HTTP' });
  await expect(verify(await serve(() => ({ status: 302, location: '/elsewhere' })))).rejects.toMatchObject({
    code: 'ERR_NETWORK',
  });
  await expect(verify(await serve(() => ({ status: 200, body: new Uint8Array(1 << 20) })))).rejects.toMatchObject({
    code: 'ERR_SIZE',
  });
  await expect(verify('http://127.0.0.1:9')).rejects.toMatchObject({ code: 'ERR_NETWORK' });
});

test('a provider’s keys verify, and so does the folder of an authority', async () => {
  const { directory, rootFile } = await newAuthority('provider');
  await stageKeys({ directory, name: 'receiver', keys: KEYS });
  await stageOrder({ directory, order: order({ basis: 'consent' }), now: NOW });
  await publish({ directory, now: NOW });
  const inForce = await verifyRepository({ repository: directory, root: await readFile(rootFile), now: NOW });
  expect(inForce).toMatchObject({ orders: [{ state: 'in-force' }], keys: [{ keys: KEYS }] });
});
