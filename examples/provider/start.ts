/**
 * `npm run provider [-- --data FOLDER]`: sets up the provider's side on the first start, and runs its three programs on this machine until Ctrl-C: the receiver,
 * the account service and nginx. Promise: every program listens on loopback; if one ends, all end, and its name is printed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { testPicture } from '@lodestone/client/testing';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
const ROOT = path.join(HERE, '../..');
const { values } = parseArgs({ options: { data: { type: 'string', default: path.join(ROOT, '.data/provider') } } });
const DATA = path.resolve(values.data);
const [ORIGIN, RECEIVER, ACCOUNTS, CONSOLE] = ['http://localhost:4620', '4621', '4622', '4623'];
const AUTHORITIES = ['court', 'hotline', 'provider'];
const STARTS_WITHIN_MS = 60_000;
const programs = new Map<string, ChildProcess>();

const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'].find(existsSync);
if (nginx === undefined) fail('nginx is not installed (Debian: apt-get install nginx; macOS: brew install nginx)');
// Before anything is made: another run would answer in the place of these programs.
for (const port of [new URL(ORIGIN).port, RECEIVER, ACCOUNTS, CONSOLE])
  if (!(await isFree(port))) fail(`port ${port} is in use, perhaps by another run of this example; stop it first`);

const bin = commandsOfThisClone();
const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
// The last file of a set-up: if it is missing, the set-up was never done, or was killed in the middle.
const isNew = !existsSync(path.join(DATA, 'accounts/accounts.json'));
if (isNew) setUp();
else for (const name of AUTHORITIES) publishTimestamp(name); // as the timer does each day
await buildApp();

const secrets = parseEnv(readFileSync(path.join(DATA, 'receiver.env'), 'utf8'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));
start('account service', process.execPath, [
  '--conditions=source',
  path.join(HERE, 'account-service.ts'),
  path.join(DATA, 'accounts'),
  `${ORIGIN}/v1/signals`,
  ACCOUNTS,
]);
// As root, nginx would read the files as another user, who may not enter this folder.
const user = process.getuid?.() === 0 ? ['-g', 'user root;'] : [];
start('nginx', nginx, ['-p', DATA, '-c', path.join(HERE, 'nginx.conf'), ...user]);
await answers(`${ORIGIN}/`);
// After nginx: the receiver reads the signed repositories through it.
const options = ['serve', '--data', 'receiver', '--port', RECEIVER, '--console-port', CONSOLE, '--trial'];
start('receiver', path.join(bin, 'lodestone-receiver'), options, secrets);
await answers(`http://127.0.0.1:${RECEIVER}/readyz`);
console.log(`
  App       ${ORIGIN}/    send the listed picture: it is blocked, and a signal leaves
  Console   the sign-in link above; the case appears there
  Data      ${path.relative(process.cwd(), DATA)}; delete it to start over

  Stop with Ctrl-C.`);

/** A folder with `lodestone-authority` and `lodestone-receiver`, as an installation has them. */
function commandsOfThisClone(): string {
  const folder = path.join(DATA, 'bin');
  mkdirSync(folder, { recursive: true });
  for (const name of ['authority', 'receiver']) {
    const file = path.join(folder, `lodestone-${name}`);
    const main = path.join(ROOT, 'packages', name, 'src/cli/main.ts');
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' --conditions=source '${main}' "$@"\n`);
    chmodSync(file, 0o755);
  }
  return folder;
}

function publishTimestamp(name: string): void {
  run('lodestone-authority', 'publish', name, '--timestamp-only');
  run('sh', path.join(HERE, 'mirror.sh'), name);
}

function setUp(): void {
  for (const name of [...AUTHORITIES, 'receiver', 'accounts', 'pictures', 'web'])
    rmSync(path.join(DATA, name), { recursive: true, force: true });
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'])
    mkdirSync(path.join(DATA, 'temp', name), { recursive: true });
  writeFileSync(path.join(DATA, 'listed.png'), testPicture());
  run('sh', path.join(HERE, 'set-up.sh'), ORIGIN, 'listed.png');
  writeFileSync(path.join(DATA, 'accounts/accounts.json'), '{}', { mode: 0o600 });
}

async function buildApp(): Promise<void> {
  const app = path.join(DATA, 'web/app');
  cpSync(path.join(HERE, 'app'), app, { recursive: true });
  for (const name of AUTHORITIES) cpSync(path.join(DATA, name, 'root.json'), path.join(app, 'roots', `${name}.json`));
  cpSync(path.join(ROOT, 'packages/sandbox/dist/sandbox.html'), path.join(app, 'sandbox.html'));
  await build({
    entryPoints: [path.join(HERE, 'src/main.ts')],
    conditions: ['source'],
    bundle: true,
    splitting: true,
    format: 'esm',
    outdir: app,
    logLevel: 'warning',
  });
}

function run(command: string, ...args: readonly string[]): void {
  console.log(`$ ${command} ${args.join(' ')}`);
  execFileSync(command, args, { cwd: DATA, env, stdio: 'inherit' });
}

function start(name: string, command: string, args: readonly string[], more: NodeJS.Dict<string> = {}): void {
  const program = spawn(command, args, {
    cwd: DATA,
    env: { ...env, ...more },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  programs.set(name, program);
  program.once('error', (error) => fail(`${name} did not start: ${error.message}`));
  program.once('exit', (code) => {
    programs.delete(name);
    fail(`${name} ended with code ${code}`);
  });
}

function isFree(port: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(Number(port), '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function answers(url: string): Promise<void> {
  const end = performance.now() + STARTS_WITHIN_MS;
  while (performance.now() < end) {
    const isThere = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  fail(`${url} does not answer`);
}

function fail(sentence: string): never {
  console.error(sentence);
  stop(1);
}

function stop(code: number): never {
  for (const program of programs.values()) program.removeAllListeners('exit').kill();
  process.exit(code);
}
