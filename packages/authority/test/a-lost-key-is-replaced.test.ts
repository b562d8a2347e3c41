/** Keys are replaced by a new root that the holders of the old and of the new one sign; apps with the first root follow it. */
import { copyFile, cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { Updater } from 'tuf-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { publish, rotate, verifyRepository } from '@lodestone/authority';
import { DAY_MS } from '@lodestone/protocol/time';
import { NOW, temporaryFolder } from './support/authority-folder.ts';
import {
  addRows,
  type Ceremony,
  type Holder,
  holderOf,
  newHolder,
  publishedCeremony,
  publishWith,
  signAs,
  signTogether,
} from './support/holders.ts';

const signWith = async (ceremony: Ceremony, signers: readonly Holder[]): Promise<void> => {
  for (const holder of signers) await signAs(ceremony, holder);
};
const firstRoot = ({ directory }: Ceremony) => readFile(path.join(directory, 'root.json'));
const versionsOf = async (ceremony: Ceremony, now = NOW) =>
  (await verifyRepository({ repository: ceremony.directory, root: await firstRoot(ceremony), now })).versions;

describe('with 2 of 3, the two others replace a lost key', () => {
  async function rotated(): Promise<{ ceremony: Ceremony; dave: Holder }> {
    const ceremony = await publishedCeremony();
    const dave = await newHolder('dave');
    await rm(holderOf(ceremony, 'alice').journal);
    const report = await rotate({ directory: ceremony.directory, remove: ['alice'], add: [dave.document], now: NOW });
    expect(report).toMatchObject({ parts: ['root 2', 'targets 2'], warnings: [] });
    return { ceremony, dave };
  }

  test('although it has signed everything that is published', async () => {
    const { ceremony } = await rotated();
    await signWith(ceremony, ceremony.holders.slice(1));
    await publish({ directory: ceremony.directory, now: NOW });
    expect(await versionsOf(ceremony)).toEqual({ targets: 2, timestamp: 2 });
  });

  test('and one holder together with the new one cannot', async () => {
    const { ceremony, dave } = await rotated();
    await signWith(ceremony, [holderOf(ceremony, 'bob'), dave]);
    await expect(publish({ directory: ceremony.directory, now: NOW })).rejects.toMatchObject({
      code: 'ERR_REPOSITORY',
      message: expect.stringContaining('root 2 (keys of the root in force): 1 more of alice, carol') as unknown,
    });
  });

  test('and then the lost key signs nothing more, and the new one does', async () => {
    const { ceremony, dave } = await rotated();
    await signWith(ceremony, ceremony.holders.slice(1));
    await publish({ directory: ceremony.directory, now: NOW });
    await addRows(ceremony.directory, [1]);
    await expect(publishWith(ceremony, [holderOf(ceremony, 'alice')])).rejects.toMatchObject({ code: 'ERR_SIGNER' });
    await publishWith(ceremony, [dave, holderOf(ceremony, 'carol')]);
    expect(await versionsOf(ceremony)).toEqual({ targets: 3, timestamp: 3 });
  });

  test('and another TUF client with the first root follows', async () => {
    const { ceremony } = await rotated();
    await signWith(ceremony, ceremony.holders.slice(1));
    await addRowsAndPublish(ceremony);
    const repository = path.join(ceremony.directory, 'repository');
    const base = await serve(repository);
    const metadataDir = await mkdtemp(path.join(await temporaryFolder(), 'client-'));
    await copyFile(path.join(ceremony.directory, 'root.json'), path.join(metadataDir, 'root.json'));
    const updater = new Updater({ metadataDir, metadataBaseUrl: `${base}/metadata`, targetBaseUrl: `${base}/targets` });
    await updater.refresh();
    expect(await updater.getTargetInfo('v1/lists/demo/manifest.json')).toBeDefined();
  });
});

test(
  'for every threshold and number of holders, lost keys are replaced exactly if enough others remain',
  { timeout: 120_000 },
  async () => {
    const names = ['alice', 'bob', 'carol', 'dave', 'erin'];
    const cases = fc.integer({ min: 2, max: names.length }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        threshold: fc.integer({ min: 1, max: count }),
        lost: fc.subarray(names.slice(0, count), { minLength: 1 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ count, threshold, lost }) => {
        const ceremony = await publishedCeremony(names.slice(0, count), threshold);
        const replacements = await Promise.all(lost.map((name) => newHolder(`${name}-2`)));
        const add = replacements.map(({ document }) => document);
        const report = await rotate({ directory: ceremony.directory, remove: lost, add, now: NOW });
        const left = ceremony.holders.filter(({ name }) => !lost.includes(name));
        expect(report.warnings.length > 0).toBe(left.length < threshold);
        await signTogether(ceremony, [...left, ...replacements]);
        if (left.length < threshold) {
          await expect(publish({ directory: ceremony.directory, now: NOW })).rejects.toThrow(
            /keys of the root in force/,
          );
          expect(await versionsOf(ceremony)).toEqual({ targets: 1, timestamp: 1 });
          return;
        }
        await publish({ directory: ceremony.directory, now: NOW });
        expect(await versionsOf(ceremony)).toEqual({ targets: 2, timestamp: 2 });
      }),
      { numRuns: 25 },
    );
  },
);

/** The real clock: the other client has no argument for the time. */
async function addRowsAndPublish(ceremony: Ceremony): Promise<void> {
  await publish({ directory: ceremony.directory, now: NOW });
  await addRows(ceremony.directory, [1]);
  await publishWith(ceremony, ceremony.holders.slice(1), Date.now());
}

async function serve(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    readFile(path.join(folder, decodeURIComponent(request.url ?? '/'))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('holders that leave sign their own removal if the others are too few, and the command says so', async () => {
  const ceremony = await publishedCeremony();
  const [dave, erin] = await Promise.all([newHolder('dave'), newHolder('erin')]);
  const report = await rotate({
    directory: ceremony.directory,
    remove: ['alice', 'bob'],
    add: [dave.document, erin.document],
    now: NOW,
  });
  expect(report.warnings).toEqual([expect.stringContaining('only 1 of its holders remain')]);
  await signWith(ceremony, [holderOf(ceremony, 'alice'), holderOf(ceremony, 'carol'), dave]);
  await publish({ directory: ceremony.directory, now: NOW });
  expect(await versionsOf(ceremony)).toEqual({ targets: 2, timestamp: 2 });
});

test('the threshold changes only with the signatures of the old and the new one', async () => {
  const ceremony = await publishedCeremony();
  await rotate({ directory: ceremony.directory, threshold: 3, now: NOW });
  await signWith(ceremony, ceremony.holders.slice(0, 2));
  await expect(publish({ directory: ceremony.directory, now: NOW })).rejects.toMatchObject({
    message: expect.stringContaining('root 2 (keys of the new root): 1 more of carol must sign') as unknown,
  });
  await signAs(ceremony, holderOf(ceremony, 'carol'));
  await publish({ directory: ceremony.directory, now: NOW });
  expect(await versionsOf(ceremony)).toEqual({ targets: 2, timestamp: 2 });
});

test('online keys are replaced, and the old ones sign nothing more', async () => {
  const ceremony = await publishedCeremony();
  await rotate({ directory: ceremony.directory, online: ['snapshot', 'timestamp'], now: NOW });
  await signWith(ceremony, ceremony.holders.slice(0, 2));
  await publish({ directory: ceremony.directory, now: NOW });
  for (const role of ['snapshot', 'timestamp']) await rm(path.join(ceremony.directory, `keys/${role}-1.pem`));
  await publish({ directory: ceremony.directory, now: NOW + DAY_MS, onlineOnly: true });
  expect(await versionsOf(ceremony, NOW + DAY_MS)).toEqual({ targets: 2, timestamp: 3 });
});

test.for([
  ['an unknown name', { remove: ['zoe'] }, 'zoe is not a holder of demo-lists; its holders are alice, bob, carol'],
  ['a threshold above the number of holders', { threshold: 4 }, '4 of 3 keys'],
  ['too few holders', { remove: ['alice', 'bob'] }, '2 of 1 keys'],
  ['nothing', {}, 'nothing to rotate'],
] as const)('rotating %s is refused and changes nothing', async ([, options, why]) => {
  const ceremony = await publishedCeremony();
  const before = await readFile(path.join(ceremony.directory, 'authority.json'), 'utf8');
  await expect(rotate({ directory: ceremony.directory, now: NOW, ...options })).rejects.toMatchObject({
    code: 'ERR_USAGE',
    message: expect.stringContaining(why) as unknown,
  });
  expect(await readFile(path.join(ceremony.directory, 'authority.json'), 'utf8')).toBe(before);
  expect(await readdir(ceremony.directory)).not.toContain('draft');
});

test('a publication that stopped between the new root and the timestamp is completed with the same draft', async () => {
  const ceremony = await publishedCeremony();
  const dave = await newHolder('dave');
  await rotate({ directory: ceremony.directory, remove: ['alice'], add: [dave.document], now: NOW });
  await signWith(ceremony, ceremony.holders.slice(1));
  const [draft, timestamp] = [
    path.join(await temporaryFolder(), 'draft'),
    path.join(await temporaryFolder(), 't.json'),
  ];
  const served = path.join(ceremony.directory, 'repository/metadata/timestamp.json');
  await cp(ceremony.draft, draft, { recursive: true });
  await cp(served, timestamp);
  await publish({ directory: ceremony.directory, now: NOW });
  // As if the machine had stopped after the root: the old timestamp, and the draft is still there.
  await cp(timestamp, served);
  await cp(draft, ceremony.draft, { recursive: true });
  expect((await publish({ directory: ceremony.directory, now: NOW })).versions).toMatchObject({
    root: 2,
    targets: 2,
    timestamp: 2,
  });
  expect(await versionsOf(ceremony)).toEqual({ targets: 2, timestamp: 2 });
});
