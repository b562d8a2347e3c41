/** The demo does not open a folder whose keys an earlier version encrypted with a passphrase, and says how to start over. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { initReceiver } from '@lodestone/receiver';
import { generateSubjectKey } from '@lodestone/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openReceiverFolder } from '../src/receiver.ts';

let demo: string;
beforeEach(async () => void (demo = await mkdtemp(path.join(tmpdir(), 'lodestone-demo-'))));
afterEach(() => rm(demo, { recursive: true }));

test('the error names the folder to delete, and the folder stays as it is', async () => {
  const directory = path.join(demo, 'receiver');
  await initReceiver({ dataDir: directory, secret: { kind: 'passphrase', passphrase: 'the demo has no secrets' } });
  const before = await readdir(directory, { recursive: true });
  await expect(openReceiverFolder(directory, (await generateSubjectKey()).publicKey)).rejects.toMatchObject({
    code: 'ERR_RECEIVER',
    message: expect.stringContaining(`delete ${demo} to start over`),
  });
  expect(await readdir(directory, { recursive: true })).toEqual(before);
});

test('a folder of this version is opened again with the same keys', async () => {
  const directory = path.join(demo, 'receiver');
  const { publicKey } = await generateSubjectKey();
  const { keys } = await openReceiverFolder(directory, publicKey);
  expect((await openReceiverFolder(directory, publicKey)).keys).toEqual(Buffer.from(keys));
});
