/**
 * Several commands that find the lock of a killed command: for any order of their file operations, one at a time publishes.
 * Spec: docs/design/authority.md#publishing
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type * as fs from 'node:fs/promises';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { afterEach, expect, test, vi } from 'vitest';
import { withLock } from '../src/repository/lock.ts';
import { temporaryFolder } from './support/authority-folder.ts';

const { order } = vi.hoisted(() => ({ order: { turn: (): Promise<void> => Promise.resolve() } }));
/** Which command performs an operation. */
const who = new AsyncLocalStorage<string>();
/** Each operation of the lock waits for its turn. */
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  const inTurn = <A extends unknown[], R>(run: (...args: A) => Promise<R>) =>
    async function (...args: A): Promise<R> {
      await order.turn();
      return run(...args);
    };
  const { link, rename, rm, stat, readFile } = real;
  return {
    ...real,
    link: inTurn(link),
    rename: inTurn(rename),
    rm: inTurn(rm),
    stat: inTurn(stat as never),
    readFile: inTurn(readFile as never),
  };
});
afterEach(() => {
  order.turn = () => Promise.resolve();
});

const LEFT_BEHIND: Record<string, (lock: string) => Promise<void>> = {
  'of a killed command': (lock) => writeFile(lock, JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1 })),
  'that names nobody': (lock) => writeFile(lock, ''),
  'of another machine, an hour old': async (lock) => {
    await writeFile(lock, JSON.stringify({ host: 'elsewhere', pid: 1 }));
    const anHourAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock, anHourAgo, anHourAgo);
  },
};

const isRefused = (reason: unknown): boolean => reason instanceof LodestoneError && reason.code === 'ERR_REPOSITORY';

/**
 * The first command stops before its file operation number `at`, until the second publishes or was refused. Then it goes on
 * while the second publishes. Returns false if the first has fewer operations.
 */
async function overtakenAt(at: number, leave: (lock: string) => Promise<void>): Promise<boolean> {
  const folder = await temporaryFolder();
  await leave(path.join(folder, '.publishing.lock'));
  const [stopped, goOn, entered, end] = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  if (!stopped || !goOn || !entered || !end) throw new Error('four');
  let [operations, inside, most, done] = [0, 0, 0, 0];
  order.turn = async () => {
    if (who.getStore() !== 'first' || ++operations !== at) return;
    stopped.resolve();
    await goOn.promise;
  };
  const command = (name: string, work: () => Promise<void>): Promise<void> =>
    who.run(name, () =>
      withLock({ file: path.join(folder, 'authority.json') }, async () => {
        most = Math.max(most, ++inside);
        await work();
        inside--;
        done++;
      }).catch((reason: unknown) => {
        if (!isRefused(reason)) throw reason;
      }),
    );
  const first = command('first', () => Promise.resolve());
  await Promise.race([stopped.promise, first]);
  const isStopped = operations >= at;
  const second = command('second', () => {
    entered.resolve();
    return end.promise;
  });
  await Promise.race([entered.promise, second]);
  goOn.resolve();
  await first;
  end.resolve();
  await second;
  order.turn = () => Promise.resolve();
  expect([at, most]).toEqual([at, 1]);
  expect(done).toBeGreaterThan(0);
  expect(await readdir(folder)).toEqual([]);
  return isStopped;
}

test.each(Object.entries(LEFT_BEHIND))('a lock %s, wherever one command overtakes the other', async (_, leave) => {
  let at = 1;
  while (await overtakenAt(at, leave)) at++;
  expect(at).toBeGreaterThan(5);
});

test('a command that was taken for dead does not remove the lock of the command that followed', async () => {
  const folder = await temporaryFolder();
  const paths = { file: path.join(folder, 'authority.json') };
  const lock = path.join(folder, '.publishing.lock');
  const [started, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = withLock(paths, () => {
    started.resolve();
    return end.promise;
  });
  await started.promise;
  // As a machine sees it that shares the folder and cannot ask whether the command still runs.
  await LEFT_BEHIND['of another machine, an hour old']?.(lock);
  await withLock(paths, async () => {
    end.resolve();
    await slow;
    await expect(withLock(paths, () => Promise.resolve())).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
  });
  expect(await readdir(folder)).toEqual([]);
});

test('a command that waits for an hour, as for a passphrase, keeps its lock', async () => {
  const folder = await temporaryFolder();
  const paths = { file: path.join(folder, 'authority.json') };
  await withLock(paths, async () => {
    const anHourAgo = new Date(Date.now() - 3_600_000);
    await utimes(path.join(folder, '.publishing.lock'), anHourAgo, anHourAgo);
    await expect(withLock(paths, () => Promise.resolve())).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
  });
});

test('a command that was killed while it took a lock over hinders nobody', async () => {
  const folder = await temporaryFolder();
  const lock = path.join(folder, '.publishing.lock');
  const dead = JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1 });
  await writeFile(lock, dead);
  const { ino, mtimeNs } = await (await vi.importActual<typeof fs>('node:fs/promises')).stat(lock, { bigint: true });
  await writeFile(`${lock}.${ino}-${mtimeNs}`, dead);
  await withLock({ file: path.join(folder, 'authority.json') }, () => Promise.resolve());
  expect(await readdir(folder)).toEqual([]);
});

test('a command that may wait runs after the other, and says that it waits in vain if the time is up', async () => {
  const at = { file: path.join(await temporaryFolder(), 'authority.json') };
  const [entered, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = withLock(at, async () => (entered.resolve(), end.promise), { what: 'saving an import' });
  await entered.promise;
  const order: string[] = [];
  await expect(withLock(at, () => Promise.resolve(), { what: 'saving an import', waitMs: 50 })).rejects.toSatisfy(
    isRefused,
  );
  const second = withLock(at, async () => void order.push('second'), { what: 'saving an import', waitMs: 60_000 });
  order.push('first');
  end.resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
});
