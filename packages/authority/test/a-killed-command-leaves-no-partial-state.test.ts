/** Commands that are killed at any moment leave a repository that apps accept, versions that only rise, and a folder that can publish again. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { expect, inject, test } from 'vitest';
import { createKeyFile, initAuthority, makeHolder, publish, verifyRepository } from '@lodestone/authority';
import { newAuthority, NOW, temporaryFolder } from './support/authority-folder.ts';

const SCRIPT = path.join(import.meta.dirname, 'programs/publish-again.ts');

/** Runs the script, and kills it `afterMs` after its first line; without `afterMs` after its first publication. */
function publishUntilKilled(args: readonly string[], afterMs: number | undefined): Promise<string> {
  const child = spawn(process.execPath, ['--conditions=source', SCRIPT, ...args]);
  let [out, err] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    if (afterMs === undefined) child.kill('SIGKILL');
    else setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  return new Promise((resolve) => void child.once('close', () => resolve(out === '' ? err : '')));
}

/** The first three of thirty are the same. */
const { kills, timeout } = {
  usual: { kills: 3, timeout: 300_000 },
  all: { kills: 6, timeout: 600_000 },
  long: { kills: 30, timeout: 1_800_000 },
}[inject('extent')];
test(`${kills} kills`, { timeout }, () => surviveKills(kills));

test(
  'a timestamp and a publication at the same time: one waits or fails, and nothing published is lost',
  { timeout: 120_000 },
  async () => {
    const { directory, rootFile } = await newAuthority('provider');
    await publish({ directory, now: NOW });
    const root = await readFile(rootFile);
    for (let i = 1; i <= 10; i++) {
      const before = (await verifyRepository({ repository: directory, root, now: NOW })).versions;
      const both = [publish({ directory, now: NOW }), publish({ directory, now: NOW, onlineOnly: true })];
      const results = await Promise.allSettled(i % 2 ? both : both.reverse());
      const done = results.filter(({ status }) => status === 'fulfilled').length;
      expect(done).toBeGreaterThan(0);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ERR_REPOSITORY' });
      const { versions } = await verifyRepository({ repository: directory, root, now: NOW });
      expect(versions.timestamp).toBe(before.timestamp + done);
    }
  },
);

test('a lock of a process that has ended, one that names nobody, or an old one of another machine, is taken over; another is named', async () => {
  const { directory } = await newAuthority('provider');
  const lock = path.join(directory, '.publishing.lock');
  const lockBy = (host: string, pid: number) => writeFile(lock, JSON.stringify({ host, pid }));
  await lockBy(hostname(), 2 ** 22 + 1);
  expect((await publish({ directory, now: NOW })).versions.timestamp).toBe(1);
  for (const [host, pid] of [
    [hostname(), process.pid],
    ['elsewhere', 1],
  ] as const) {
    await lockBy(host, pid);
    await expect(publish({ directory, now: NOW })).rejects.toMatchObject({
      code: 'ERR_REPOSITORY',
      message: expect.stringContaining(`delete ${lock}`) as unknown,
    });
  }
  // A command that was killed before it had written the lock, or a machine that stopped.
  await writeFile(lock, '');
  expect((await publish({ directory, now: NOW })).versions.timestamp).toBe(2);
  await lockBy('elsewhere', 1);
  const anHourAgo = new Date(Date.now() - 3_600_000);
  await utimes(lock, anHourAgo, anHourAgo);
  expect((await publish({ directory, now: NOW })).versions.timestamp).toBe(3);
});

async function surviveKills(kills: number): Promise<void> {
  const folder = await temporaryFolder();
  const directory = path.join(folder, 'lists');
  const names = ['alice', 'bob', 'carol'];
  const files = names.map((name) => path.join(folder, `${name}.pem`));
  const holders = await Promise.all(
    names.map(async (name, i) => makeHolder(name, await createKeyFile(files[i] ?? '', undefined))),
  );
  await initAuthority({ directory, name: 'demo-lists', power: 'lists', now: Date.now(), holders });

  let last = { targets: 0, timestamp: 0 };
  for (let kill = 0; kill < kills; kill++) {
    const afterMs = (kill * 37) % 400;
    expect(await publishUntilKilled([directory, String(kill * 1_000), ...files.slice(0, 2)], afterMs)).toBe('');
    expect(existsSync(path.join(directory, 'root.json'))).toBe(true);
    const root = await readFile(path.join(directory, 'root.json'));
    const { versions } = await verifyRepository({ repository: directory, root, now: Date.now() }).catch(
      (cause: unknown) => {
        throw new Error(`after kill ${kill}, ${afterMs} ms: ${String(cause)}`, { cause });
      },
    );
    expect(versions.targets).toBeGreaterThan(last.targets);
    expect(versions.timestamp).toBeGreaterThan(last.timestamp);
    last = versions;
  }
  // One complete round removes what the killed ones have left, once it is old.
  const old = new Date(Date.now() - 2 * 3_600_000);
  for (const name of await readdir(directory))
    if (name.startsWith('.')) await utimes(path.join(directory, name), old, old);
  expect(await publishUntilKilled([directory, '9999999', ...files.slice(1)], undefined)).toBe('');
  expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toEqual([]);
}
