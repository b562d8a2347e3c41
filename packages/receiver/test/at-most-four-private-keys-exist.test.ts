/** However often an operator rotates, at most four private keys exist, and none is destroyed while a signal to it can count. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { fromInstant } from '@lodestone/protocol/time';
import { GRACE_DAYS } from '@lodestone/trust';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initReceiver } from '../src/init.ts';
import { addKey } from '../src/keys/document.ts';
import { destroyExpiredKeys, keyFolder, readKeys, secretsFolder } from '../src/keys/files.ts';
import { SECRET } from './support/secret.ts';
import { trusted } from './support/trusted-time.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const DAY = 86_400_000;

test('a key is kept for the longest counting window, the grace days and the rest of the last day after it expires', () => {
  expect(LIMITS.keyKeptDays).toBe(LIMITS.signalWithinDays + GRACE_DAYS + 1);
});

interface Step {
  afterDays: number;
  act: 'rotate' | 'retention';
  keyDays: number;
}
const step: fc.Arbitrary<Step> = fc.record({
  afterDays: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 120 })),
  act: fc.constantFrom('rotate', 'rotate', 'retention'),
  keyDays: fc.integer({ min: 1, max: 90 }),
});

test('for any schedule of rotations: never a fifth key, and every key exists until its signals no longer count', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const dataDir = await mkdtemp(path.join(tmpdir(), 'receiver-keys-'));
      try {
        await initReceiver({ dataDir, secret: SECRET, now: () => START });
        const keys = keyFolder({ dataDir, secret: SECRET });
        const kept = new Map(
          (await readKeys(keys)).map(({ publicKey, notAfter }) => [publicKey, fromInstant(notAfter)]),
        );
        let now = START;
        for (const { afterDays, act, keyDays } of steps) {
          now += afterDays * DAY;
          const before = await readdir(secretsFolder(dataDir));
          if (act === 'retention') await destroyExpiredKeys(keys.folder, trusted(now));
          else
            await addKey({ dataDir, keys, now, days: keyDays }).catch((error: unknown) => {
              if (!(error instanceof LodestoneError)) throw error;
              expect([error.code, before.length]).toEqual(['ERR_RECEIVER', 4]);
              expect(error.message).toMatch(
                /rotate after that day|run purge, or serve, which deletes it, then rotate again/,
              );
            });
          const stored = await readKeys(keys);
          for (const { publicKey, notAfter } of stored) kept.set(publicKey, fromInstant(notAfter));
          expect(stored.length).toBeLessThanOrEqual(4);
          const live = [...kept].filter(([, notAfter]) => notAfter + 105 * DAY >= now).map(([publicKey]) => publicKey);
          expect(stored.map(({ publicKey }) => publicKey)).toEqual(expect.arrayContaining(live));
        }
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    }),
    { numRuns: 40 },
  );
});

test('rotating keys of 90 days every 49 days never meets the limit; every 48 days does', async () => {
  const refusedWhenEvery = async (days: number): Promise<number> => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'receiver-keys-'));
    try {
      await initReceiver({ dataDir, secret: SECRET, now: () => START });
      const keys = keyFolder({ dataDir, secret: SECRET });
      let refusals = 0;
      for (let day = days; day < 1_000; day += days) {
        await destroyExpiredKeys(keys.folder, trusted(START + day * DAY)); // by the receiver, every hour
        await addKey({ dataDir, keys, now: START + day * DAY, days: 90 }).catch(() => refusals++);
      }
      return refusals;
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  };
  expect(await refusedWhenEvery(49)).toBe(0);
  expect(await refusedWhenEvery(48)).toBeGreaterThan(0);
});
