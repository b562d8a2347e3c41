/**
 * After each file that a publication installs, apps accept the repository, also while keys are replaced. A publication that stops
 * there is completed with the same draft.
 */
import type * as fs from 'node:fs/promises';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { refresh, type TufState } from '@lodestone/trust';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { prepare, publish, rotate, verifyRepository } from '@lodestone/authority';
import { openRepository } from '../src/repository/reader.ts';
import { NOW, temporaryFolder } from './support/authority-folder.ts';
import { addRows, type Ceremony, newHolder, publishedCeremony, signAs } from './support/holders.ts';

const { installed } = vi.hoisted(() => ({
  installed: { metadata: (_file: string): Promise<void> => Promise.resolve() },
}));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const rename: typeof real.rename = async (from, to) => {
    await real.rename(from, to);
    const file = /repository\/metadata\/(.+)$/.exec(String(to))?.[1];
    if (file !== undefined) await installed.metadata(file);
  };
  return { ...real, rename };
});
afterEach(() => {
  installed.metadata = () => Promise.resolve();
});

type Change = (ceremony: Ceremony) => Promise<unknown>;
const CHANGES: [what: string, change: Change][] = [
  ['new rows', ({ directory }) => prepare({ directory, now: NOW })],
  ['new online keys', ({ directory }) => rotate({ directory, online: ['timestamp', 'snapshot'], now: NOW })],
  ['a new timestamp key', ({ directory }) => rotate({ directory, online: ['timestamp'], now: NOW })],
  ['another threshold', ({ directory }) => rotate({ directory, threshold: 1, now: NOW })],
  [
    'another holder',
    async ({ directory }) => {
      const { document } = await newHolder('dave');
      return rotate({ directory, remove: ['alice'], add: [document], now: NOW });
    },
  ],
];

interface Prepared {
  directory: string;
  root: Uint8Array;
}

/** A published list, and its next publication, which bob and carol have signed. */
async function prepared(change: Change): Promise<Prepared> {
  const ceremony = await publishedCeremony();
  await addRows(ceremony.directory, [1]);
  await change(ceremony);
  for (const holder of ceremony.holders.slice(1)) await signAs(ceremony, holder);
  const { directory } = ceremony;
  return { directory, root: await readFile(path.join(directory, 'root.json')) };
}

async function copyOf({ directory, root }: Prepared): Promise<Prepared> {
  const copy = path.join(await temporaryFolder(), 'lists');
  await cp(directory, copy, { recursive: true });
  return { directory: copy, root };
}

const versionsOf = async ({ directory, root }: Prepared) =>
  (await verifyRepository({ repository: directory, root, now: NOW })).versions;

/** Publishes, and calls `then` after each file. @returns the files in order */
async function publishWatched(directory: string, then: (count: number) => Promise<void>): Promise<string[]> {
  const files: string[] = [];
  installed.metadata = (file) => then(files.push(file));
  try {
    await publish({ directory, now: NOW });
  } finally {
    installed.metadata = () => Promise.resolve();
  }
  return files;
}

describe.each(CHANGES)('%s', (_, change) => {
  let original: Prepared;
  beforeAll(async () => void (original = await prepared(change)));

  test('a new app and one that was up to date accept each state', { timeout: 60_000 }, async () => {
    const { directory, root } = await copyOf(original);
    const device = (state: TufState): Promise<TufState> =>
      refresh({ state, get: openRepository(directory), now: NOW, save: () => Promise.resolve() }).then(
        (refreshed) => refreshed.state,
      );
    let state = await device({ root });
    await publishWatched(directory, async () => {
      await versionsOf({ directory, root });
      state = await device(state);
    });
    expect(await versionsOf({ directory, root })).toEqual({ targets: 2, timestamp: 2 });
  });

  test(
    'a publication that stops after any file but the last is completed with the same draft',
    { timeout: 120_000 },
    async () => {
      const files = await publishWatched((await copyOf(original)).directory, () => Promise.resolve());
      expect(files.at(-1)).toBe('timestamp.json');
      for (let stop = 1; stop < files.length; stop++) {
        const { directory, root } = await copyOf(original);
        const stopped = publishWatched(directory, (count) =>
          count === stop ? Promise.reject(new Error('stopped')) : Promise.resolve(),
        );
        await expect(stopped).rejects.toThrow('stopped');
        await versionsOf({ directory, root });
        await publish({ directory, now: NOW });
        expect((await versionsOf({ directory, root })).targets, `stopped after ${files[stop - 1]}`).toBe(2);
        expect(await readdir(directory)).not.toContain('draft');
      }
    },
  );
});

test('without the old online keys the root comes first, and the publication is complete in the end', async () => {
  const { directory, root } = await prepared(({ directory }) =>
    rotate({ directory, online: ['timestamp', 'snapshot'], now: NOW }),
  );
  for (const role of ['timestamp', 'snapshot']) await rm(path.join(directory, `keys/${role}-1.pem`));
  const files = await publishWatched(directory, () => Promise.resolve());
  expect(files.slice(-2)).toEqual(['2.root.json', 'timestamp.json']);
  expect(await versionsOf({ directory, root })).toEqual({ targets: 2, timestamp: 2 });
});
