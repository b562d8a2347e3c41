/** A publication is written only with the signatures of k holders over exactly what the folder would publish. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draftStatus, initAuthority, prepare, publish, stageKeys, verifyRepository } from '@lodestone/authority';
import { DAY_MS } from '@lodestone/protocol/time';
import { newAuthority, NOW, temporaryFolder } from './support/authority-folder.ts';
import { KEYS } from './support/documents.ts';
import { addRows, type Ceremony, holderOf, newCeremony, newHolder, publishWith, signAs } from './support/holders.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave'];
const publishes = ({ directory }: Ceremony, now = NOW) => publish({ directory, now });
const refusal = (...parts: string[]) =>
  expect.objectContaining({
    code: 'ERR_REPOSITORY',
    message: expect.stringMatching(new RegExp(parts.join('.*'))) as unknown,
  });
const hasRepository = async ({ directory }: Ceremony): Promise<boolean> =>
  (await readdir(directory)).includes('repository');

test('for every threshold, a set of holders can publish exactly if it has that many', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.subarray(NAMES), async (threshold, signers) => {
      const ceremony = await newCeremony(NAMES, { threshold });
      for (const name of signers) await signAs(ceremony, holderOf(ceremony, name));
      if (signers.length < threshold) {
        await expect(publishes(ceremony)).rejects.toThrow(refusal('signatures are missing'));
        expect(await hasRepository(ceremony)).toBe(false);
        return;
      }
      await publishes(ceremony);
      const root = await readFile(path.join(ceremony.directory, 'root.json'));
      const { versions } = await verifyRepository({ repository: ceremony.directory, root, now: NOW });
      expect(versions).toEqual({ targets: 1, timestamp: 1 });
    }),
    { numRuns: 20 },
  );
});

test('the status names who has signed, and who can still sign', async () => {
  const ceremony = await newCeremony();
  await signAs(ceremony, holderOf(ceremony, 'bob'));
  const { parts, missing, refused, outdated } = await draftStatus({ directory: ceremony.directory, now: NOW });
  expect(parts).toEqual([
    { part: 'root 1', signedBy: ['bob'], isComplete: false },
    { part: 'targets 1', signedBy: ['bob'], isComplete: false },
  ]);
  expect(missing).toEqual([
    'root 1 (keys of the new root): 1 more of alice, carol must sign',
    'targets 1: 1 more of alice, carol must sign',
  ]);
  expect({ refused, outdated }).toEqual({ refused: [], outdated: [] });
});

test('the same holder counts once', async () => {
  const ceremony = await newCeremony();
  await signAs(ceremony, holderOf(ceremony, 'alice'));
  const signatures = path.join(ceremony.draft, 'signatures');
  for (const role of ['root', 'targets']) {
    await cp(path.join(signatures, `${role}-alice.json`), path.join(signatures, `${role}-bob.json`));
  }
  await expect(publishes(ceremony)).rejects.toThrow(refusal('1 more of bob, carol must sign'));
});

describe('a signature does not count, and the refusal names its file and holder', () => {
  async function withTwo(): Promise<Ceremony> {
    const ceremony = await newCeremony();
    for (const name of ['alice', 'bob']) await signAs(ceremony, holderOf(ceremony, name));
    return ceremony;
  }
  const change = async (ceremony: Ceremony, edit: (text: string) => string): Promise<void> => {
    const file = path.join(ceremony.draft, 'signatures/targets-bob.json');
    await writeFile(file, edit(await readFile(file, 'utf8')));
  };

  test('of a person who is not a holder', async () => {
    const ceremony = await newCeremony();
    await signAs(ceremony, holderOf(ceremony, 'alice'));
    await expect(signAs(ceremony, await newHolder('mallory'))).rejects.toMatchObject({ code: 'ERR_SIGNER' });
  });

  test.for([
    ['that was changed', (text: string) => text.replace(/"signature": "(..)/, '"signature": "00'), 'does not verify'],
    ['over another version', (text: string) => text.replace('"version": 1', '"version": 2'), 'bob signed another'],
    ['that is not a document', () => 'signed, bob', 'not a JSON document'],
    ['with an unknown field', (text: string) => text.replace('{', '{"note":"x",'), 'unknown key note'],
  ] as const)('%s', async ([, edit, why]) => {
    const ceremony = await withTwo();
    await change(ceremony, edit);
    await expect(publishes(ceremony)).rejects.toThrow(refusal('targets-bob.json', why));
    const { refused } = await draftStatus({ directory: ceremony.directory, now: NOW });
    expect(refused).toEqual([expect.stringContaining('signatures/targets-bob.json')]);
    expect(await hasRepository(ceremony)).toBe(false);
  });

  test('of the draft before', async () => {
    const ceremony = await withTwo();
    const kept = path.join(await temporaryFolder(), 'signatures');
    await cp(path.join(ceremony.draft, 'signatures'), kept, { recursive: true });
    await addRows(ceremony.directory, [1]);
    expect((await prepare({ directory: ceremony.directory, now: NOW + 1_000 })).dropped.sort()).toEqual([
      'alice',
      'bob',
    ]);
    await cp(kept, path.join(ceremony.draft, 'signatures'), { recursive: true });
    await expect(publishes(ceremony)).rejects.toThrow(refusal('bob signed another targets 1', 'ask bob to sign again'));
  });
});

describe('a draft is refused if the folder has changed since', () => {
  test('and the refusal names the staged document, and who has signed', async () => {
    const ceremony = await newCeremony(undefined, { power: 'provider' });
    for (const name of ['alice', 'bob']) await signAs(ceremony, holderOf(ceremony, name));
    await stageKeys({ directory: ceremony.directory, name: 'receiver', keys: KEYS });
    await expect(publishes(ceremony)).rejects.toThrow(
      refusal('after alice, bob signed', 'v1/keys/receiver.json is new', 'prepare'),
    );
    const { outdated } = await draftStatus({ directory: ceremony.directory, now: NOW });
    expect(outdated).toEqual(['v1/keys/receiver.json is new']);
    await prepare({ directory: ceremony.directory, now: NOW });
    for (const name of ['alice', 'bob']) await signAs(ceremony, holderOf(ceremony, name), { replace: true });
    await publishes(ceremony);
  });

  test('by one byte of a staged document', async () => {
    const ceremony = await newCeremony(undefined, { power: 'provider' });
    await stageKeys({ directory: ceremony.directory, name: 'receiver', keys: KEYS });
    await prepare({ directory: ceremony.directory, now: NOW });
    for (const name of ['alice', 'bob']) await signAs(ceremony, holderOf(ceremony, name));
    const file = path.join(ceremony.directory, 'staged/v1/keys/receiver.json');
    await writeFile(file, `${await readFile(file, 'utf8')} `);
    await expect(publishes(ceremony)).rejects.toThrow(refusal('v1/keys/receiver.json has other content'));
  });

  test('by new rows of a list', async () => {
    const ceremony = await newCeremony();
    for (const name of ['alice', 'bob']) await signAs(ceremony, holderOf(ceremony, name));
    await addRows(ceremony.directory, [1]);
    await expect(publishes(ceremony)).rejects.toThrow(refusal('v1/lists/demo/1.lode is new'));
  });

  test('by another publication', async () => {
    const ceremony = await newCeremony();
    await publishWith(ceremony, ceremony.holders.slice(0, 2));
    await prepare({ directory: ceremony.directory, now: NOW });
    const kept = path.join(await temporaryFolder(), 'draft');
    await cp(ceremony.draft, kept, { recursive: true });
    await publishWith(ceremony, ceremony.holders.slice(1));
    await cp(kept, ceremony.draft, { recursive: true });
    await expect(publishes(ceremony)).rejects.toThrow(refusal('the folder would publish targets 3'));
  });
});

describe('preparing', () => {
  test('keeps a draft that is still right, and its signatures', async () => {
    const ceremony = await newCeremony();
    await signAs(ceremony, holderOf(ceremony, 'alice'));
    const report = await prepare({ directory: ceremony.directory, now: NOW + 3_600_000 });
    expect(report).toMatchObject({ isNew: false, parts: ['root 1', 'targets 1'], dropped: [] });
    await signAs(ceremony, holderOf(ceremony, 'bob'));
    await publishes(ceremony, NOW + 3_600_000);
    expect(await readdir(ceremony.directory)).not.toContain('draft');
  });

  test('replaces a draft of which half of the days are over', async () => {
    const ceremony = await newCeremony();
    expect(await prepare({ directory: ceremony.directory, now: NOW + 46 * DAY_MS })).toMatchObject({ isNew: true });
  });

  test('replaces a damaged draft', async () => {
    const ceremony = await newCeremony();
    await writeFile(path.join(ceremony.draft, 'metadata/targets.json'), '{');
    expect(await prepare({ directory: ceremony.directory, now: NOW })).toMatchObject({ isNew: true });
    await publishWith(ceremony, ceremony.holders.slice(0, 2));
  });

  test('fails without holders, because there is nobody to sign', async () => {
    const { directory } = await newAuthority('lists');
    await expect(prepare({ directory, now: NOW })).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('leaves no temporary folder', async () => {
    const ceremony = await newCeremony();
    await prepare({ directory: ceremony.directory, now: NOW + 46 * DAY_MS });
    expect((await readdir(ceremony.directory)).sort()).toEqual(['authority.json', 'draft', 'keys']);
  });
});

test('with the online keys alone a timestamp is renewed, also while holders sign the next publication', async () => {
  const ceremony = await newCeremony();
  await publishWith(ceremony, ceremony.holders.slice(0, 2));
  await addRows(ceremony.directory, [1]);
  await prepare({ directory: ceremony.directory, now: NOW });
  await signAs(ceremony, holderOf(ceremony, 'alice'));
  await publish({ directory: ceremony.directory, now: NOW + DAY_MS, onlineOnly: true });
  await signAs(ceremony, holderOf(ceremony, 'carol'));
  expect((await publishes(ceremony, NOW + DAY_MS)).versions).toEqual({
    root: 1,
    targets: 2,
    snapshot: 2,
    timestamp: 3,
  });
});

describe('an authority is not created', () => {
  const create = async (holders: readonly unknown[], threshold = 2) =>
    initAuthority({
      directory: path.join(await temporaryFolder(), 'a'),
      name: 'a',
      power: 'lists',
      now: NOW,
      holders,
      threshold,
    });

  test('with fewer holders than the threshold, a name twice, or a key twice', async () => {
    const [alice, bob] = await Promise.all([newHolder('alice'), newHolder('bob')]);
    const { document } = alice;
    await expect(create([document, bob.document], 3)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(create([document, (await newHolder('alice')).document])).rejects.toThrow(
      /two holders are named alice/,
    );
    await expect(create([document, document])).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('with a public document that was changed', async () => {
    const [alice, bob] = await Promise.all([newHolder('alice'), newHolder('bob')]);
    const forged = { ...alice.document, publicKey: (await newHolder('mallory')).document.publicKey };
    await expect(create([forged, bob.document])).rejects.toMatchObject({
      code: 'ERR_SIGNER',
      message: expect.stringContaining('the public key of alice was changed') as unknown,
    });
    await expect(create([{ ...alice.document, name: 'eve' }, bob.document])).rejects.toMatchObject({
      code: 'ERR_SIGNER',
    });
  });
});

test('a damaged authority.json is refused', async () => {
  const ceremony = await newCeremony();
  await rm(path.join(ceremony.directory, 'authority.json'));
  await expect(publishes(ceremony)).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
});
