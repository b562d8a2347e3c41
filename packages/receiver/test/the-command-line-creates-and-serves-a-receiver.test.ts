/** `lodestone-receiver` as an operator runs it: init, rotate, serve, a kill, and a second start. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { parseKeys } from '@lodestone/protocol/keys';
import { importSubjectKey, sealSignal, signRevocations } from '@lodestone/seal';
import { signIn } from './support/sign-in.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';

const MAIN = path.join(import.meta.dirname, '../src/cli/main.ts');
const run = promisify(execFile);
const KEY = { LODESTONE_RECEIVER_KEY: '5e'.repeat(32) };
const env = (more: Record<string, string> = KEY): NodeJS.ProcessEnv => {
  const { DATABASE_URL: _, ...rest } = process.env;
  return { ...rest, ...more };
};
const cli = (...args: string[]) => run(process.execPath, ['--conditions=source', MAIN, ...args], { env: env() });

let dataDir: string;
let server: ChildProcess | undefined;
beforeEach(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'receiver-cli-')), 'data');
});
afterEach(async () => {
  server?.kill('SIGKILL');
  await rm(path.dirname(dataDir), { recursive: true, force: true });
});

/** Starts `serve`. @returns the addresses that it prints when it listens */
async function serve(): Promise<{ signals: string; link: string }> {
  server = spawn(
    process.execPath,
    ['--conditions=source', MAIN, 'serve', '--data', dataDir, '--port', '0', '--console-port', '0'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: env(),
    },
  );
  if (!server.stdout) throw new Error('no standard output');
  let printed = '';
  for await (const line of createInterface({ input: server.stdout })) {
    printed += `${line}\n`;
    const [, signals, link] = /^Signals: (http:\S+)\nConsole: (http:\S+)$/m.exec(printed) ?? [];
    if (signals && link) return { signals, link };
  }
  throw new Error('serve exited before it listened');
}

test('init prints only the keys document on standard output', async () => {
  const { stdout, stderr } = await cli(
    'init',
    '--data',
    dataDir,
    '--key-days',
    '30',
    '--endpoint',
    'https://r.example/v1/signals',
  );
  const { keys } = parseKeys(new TextEncoder().encode(stdout));
  expect(keys.length).toBe(1);
  expect(await readFile(path.join(dataDir, 'keys.json'), 'utf8')).toBe(stdout);
  expect(stderr).toContain('subject-keys');
  expect(JSON.parse(await readFile(path.join(dataDir, 'receiver.json'), 'utf8'))).toMatchObject({
    endpoint: 'https://r.example/v1/signals',
  });
  const rotated = await cli('rotate', '--data', dataDir);
  expect(parseKeys(new TextEncoder().encode(rotated.stdout)).keys.map(({ id }) => id)).toEqual([1, 2]);
});

test(
  'subject-keys generates a key pair, and imports, lists and removes public keys; revoke accepts a signed list',
  { timeout: 120_000 },
  async () => {
    await cli('init', '--data', dataDir);
    const file = path.join(path.dirname(dataDir), 'account-service.json');
    const publicKey = (await cli('subject-keys', 'generate', file)).stdout.trim();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const secret = JSON.parse(await readFile(file, 'utf8')) as { publicKey: string; privateKey: string };
    expect(secret.publicKey).toBe(publicKey);
    expect((await cli('subject-keys', 'import', publicKey, '--data', dataDir)).stdout).toBe(`${publicKey}\n`);

    const list = path.join(path.dirname(dataDir), 'revoked.bin');
    await writeFile(
      list,
      await signRevocations(await importSubjectKey(secret.privateKey), 1, [new Uint8Array(16).fill(1)]),
    );
    expect((await cli('revoke', list, '--data', dataDir)).stdout).toBe('List 1 accepted: 1 pseudonyms are revoked.\n');

    expect((await cli('subject-keys', 'list', '--data', dataDir)).stdout).toBe(`${publicKey}\n`);
    expect((await cli('subject-keys', 'remove', publicKey, '--data', dataDir)).stdout).toBe('');
    await expect(cli('revoke', list, '--data', dataDir)).rejects.toMatchObject({
      stderr: expect.stringContaining('no live subject key signed it') as string,
    });
  },
);

test.each([
  [['init'], /--data/],
  [['serve', '--data', '.', '--port', '70000'], /whole number from 0 to 65535/],
  [['serve', '--data', 'nowhere', '--port', '0'], /ERR_RECEIVER: .*create it with init/],
  [['init', '--data', 'unused', '--endpoint', 'http://r.example/'], /ERR_SCHEMA: --endpoint/],
  [['fly'], /unknown command/],
])('%j exits with 1 and prints the reason', async (args, why) => {
  await expect(cli(...args)).rejects.toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(why) });
});

test('without a passphrase or key in the environment, init creates nothing', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(
    process.execPath,
    ['--conditions=source', MAIN, 'init', '--data', dataDir],
    { env: env({}) },
    (_, __, text) => resolve(text),
  );
  expect(await promise).toMatch(/ERR_RECEIVER: .*LODESTONE_RECEIVER_PASSPHRASE/);
  expect(existsSync(dataDir)).toBe(false);
});

test('bodies that got a 204 survive SIGKILL, and SIGTERM exits with 0', { timeout: 120_000 }, async () => {
  const { stdout } = await cli('init', '--data', dataDir);
  const [key] = parseKeys(new TextEncoder().encode(stdout)).keys;
  if (!key) throw new Error('no key');
  const covers = await Promise.all(Array.from({ length: 20 }, () => sealSignal({ kind: 'cover' }, key)));

  const { signals: first } = await serve();
  const answers = await Promise.all(covers.map((body) => fetch(first, { method: 'POST', body })));
  server?.kill('SIGKILL');
  expect(answers.map(({ status }) => status)).toEqual(covers.map(() => 204));

  const { url, cookie } = await signIn((await serve()).link);
  const page = await (await fetch(url, { headers: { cookie } })).text();
  expect(page).toMatch(/<strong>20<\/strong> covers/);
  const erase = () => cli('erase', '0'.repeat(32), '--data', dataDir);
  await expect(erase()).rejects.toMatchObject({ stderr: expect.stringMatching(/in use by another receiver/) });
  const ended = once(server as ChildProcess, 'exit');
  server?.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect((await erase()).stdout).toBe('0 signals erased.\n');
});
