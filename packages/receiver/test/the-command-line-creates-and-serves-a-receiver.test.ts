/**
 * `lodestone-receiver` as an operator runs it: init, rotate, serve, a kill, and a second start. A process takes half a second
 * to start, so only the tests of standard output, exit codes and signals start one; the others call the same program.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { parseKeys } from '@lodestone/protocol/keys';
import { importSubjectKey, sealSignal, signRevocations } from '@lodestone/seal';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { program } from '../src/cli/program.ts';
import { Browser } from './support/browser.ts';

const MAIN = path.join(import.meta.dirname, '../src/cli/main.ts');
const KEY = '5e'.repeat(32);

let dataDir: string;
let server: ChildProcess | undefined;
beforeEach(async () => {
  vi.stubEnv('DATABASE_URL', undefined);
  vi.stubEnv('LODESTONE_RECEIVER_KEY', KEY);
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'receiver-cli-')), 'data');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server?.kill('SIGKILL');
  await rm(path.dirname(dataDir), { recursive: true, force: true });
});

/** Runs a command in a process. */
const cli = (...args: string[]) => promisify(execFile)(process.execPath, ['--conditions=source', MAIN, ...args]);

/** Runs a command here. @returns what it prints on standard output */
async function command(...args: string[]): Promise<string> {
  let printed = '';
  const print = (text: string | Uint8Array): boolean => {
    printed += typeof text === 'string' ? text : new TextDecoder().decode(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(print),
    vi.spyOn(console, 'log').mockImplementation((line: string) => void print(`${line}\n`)),
    vi.spyOn(console, 'error').mockReturnValue(),
    vi.spyOn(process.stderr, 'write').mockReturnValue(true),
  ];
  try {
    await program().parseAsync(args, { from: 'user' });
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return printed;
}

/** Starts `serve`. @returns the addresses that it prints when it listens */
async function serve(): Promise<{ signals: string; link: string }> {
  server = spawn(
    process.execPath,
    ['--conditions=source', MAIN, 'serve', '--data', dataDir, '--port', '0', '--console-port', '0', '--trial'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
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
  const rotated = await command('rotate', '--data', dataDir);
  expect(parseKeys(new TextEncoder().encode(rotated)).keys.map(({ id }) => id)).toEqual([1, 2]);
});

test('subject-keys generates a key pair, and imports, lists and removes public keys; revoke accepts a signed list', async () => {
  await command('init', '--data', dataDir);
  const file = path.join(path.dirname(dataDir), 'account-service.json');
  const publicKey = (await command('subject-keys', 'generate', file)).trim();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const secret = JSON.parse(await readFile(file, 'utf8')) as { publicKey: string; privateKey: string };
  expect(secret.publicKey).toBe(publicKey);
  expect(await command('subject-keys', 'import', publicKey, '--data', dataDir)).toBe(`${publicKey}\n`);

  const list = path.join(path.dirname(dataDir), 'revoked.bin');
  await writeFile(
    list,
    await signRevocations(await importSubjectKey(secret.privateKey), 1, [new Uint8Array(16).fill(1)]),
  );
  expect(await command('revoke', list, '--data', dataDir)).toBe('List 1 accepted: 1 pseudonyms are revoked.\n');

  expect(await command('subject-keys', 'list', '--data', dataDir)).toBe(`${publicKey}\n`);
  expect(await command('subject-keys', 'remove', publicKey, '--data', dataDir)).toBe('');
  await expect(command('revoke', list, '--data', dataDir)).rejects.toThrow(/no live subject key signed it/);
});

test.each([
  [['init'], /--data/],
  [['serve', '--data', 'nowhere', '--port', '0'], /ERR_RECEIVER: .*create it with init/],
])('%j exits with 1 and prints the reason', async (args, why) => {
  await expect(cli(...args)).rejects.toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(why) });
});

test.each([
  [['serve', '--data', '.', '--port', '70000'], 'commander.invalidArgument', /whole number from 0 to 65535/],
  [['init', '--data', 'unused', '--endpoint', 'http://r.example/'], 'ERR_SCHEMA', /--endpoint/],
  [['fly'], 'commander.unknownCommand', /unknown command/],
])('%j is an error', async (args, code, why) => {
  await expect(command(...args)).rejects.toMatchObject({ code, message: expect.stringMatching(why) });
});

test('without a passphrase or key in the environment, init creates nothing', async () => {
  vi.stubEnv('LODESTONE_RECEIVER_KEY', undefined);
  await expect(command('init', '--data', dataDir)).rejects.toMatchObject({
    code: 'ERR_RECEIVER',
    message: expect.stringContaining('LODESTONE_RECEIVER_PASSPHRASE'),
  });
  expect(existsSync(dataDir)).toBe(false);
});

test(
  'bodies that got a 204 survive SIGKILL, and SIGTERM exits with 0',
  { timeout: 120_000, tags: '@all' },
  async () => {
    const document = await command('init', '--data', dataDir);
    const [key] = parseKeys(new TextEncoder().encode(document)).keys;
    if (!key) throw new Error('no key');
    const covers = await Promise.all(Array.from({ length: 20 }, () => sealSignal({ kind: 'cover' }, key)));

    const { signals: first } = await serve();
    const answers = await Promise.all(covers.map((body) => fetch(first, { method: 'POST', body })));
    const killed = once(server as ChildProcess, 'exit');
    server?.kill('SIGKILL');
    await killed;
    expect(answers.map(({ status }) => status)).toEqual(covers.map(() => 204));
    const files = await readdir(path.join(dataDir, 'db'), { recursive: true });
    const modes = await Promise.all(
      files.map(async (file) => (await stat(path.join(dataDir, 'db', file))).mode & 0o077),
    );
    expect(new Set(modes), 'other users cannot read the new database').toEqual(new Set([0]));

    const link = new URL((await serve()).link);
    const browser = new Browser(link.origin);
    await browser.post('/link', Object.fromEntries(link.searchParams));
    expect((await browser.get('/overview')).html).toMatch(/<strong>20<\/strong> covers/);
    const dryRun = () => command('purge', '--dry-run', '--data', dataDir);
    await expect(dryRun()).rejects.toThrow(/in use by another receiver/);
    await expect(command('users', 'add', 'ada', '--role', 'administrator', '--data', dataDir)).rejects.toThrow(
      /in use by another receiver .* use its console, stop it first, or set DATABASE_URL for both/,
    );
    const ended = once(server as ChildProcess, 'exit');
    server?.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await dryRun()).toBe('0 cases would be deleted.\n');
  },
);
