/**
 * A real PostgreSQL for the tests: the server in LODESTONE_TEST_POSTGRES, else a private one in a temporary folder if
 * this machine has `initdb`. Each call creates an empty database.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

export interface TestPostgres {
  url: string;
  /** Of the server, if it is a private one. */
  pid: number | undefined;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** Name of the skipped suite. */
export const NO_POSTGRES = 'skipped without PostgreSQL: set LODESTONE_TEST_POSTGRES, or install a package with initdb';

export function findPostgres(): { named: string } | { folder: string } | undefined {
  const named = process.env['LODESTONE_TEST_POSTGRES'];
  if (named) return { named };
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => path.join(debian, version, 'bin')) : [];
  const folder = [...(process.env['PATH'] ?? '').split(path.delimiter), ...versions].find(
    (each) => existsSync(path.join(each, 'initdb')) && existsSync(path.join(each, 'postgres')),
  );
  return folder === undefined ? undefined : { folder };
}

export async function startPostgres(): Promise<TestPostgres> {
  const at = findPostgres();
  if (!at) throw new Error(NO_POSTGRES);
  if ('folder' in at) return startPrivate(at.folder);
  const name = `lodestone_${crypto.randomUUID().replaceAll('-', '')}`;
  await query(at.named, `create database ${name}`);
  const url = new URL(at.named);
  url.pathname = `/${name}`;
  return { url: url.href, pid: undefined, stop: () => query(at.named, `drop database ${name} with (force)`) };
}

async function startPrivate(folder: string): Promise<TestPostgres> {
  const data = await mkdtemp(path.join(tmpdir(), 'postgres-'));
  // PostgreSQL refuses to run as root. Debian's package creates the user postgres.
  const user = process.getuid?.() === 0 ? await idsOf('postgres') : undefined;
  if (user) await run('chown', [`${user.uid}:${user.gid}`, data]);
  await chmod(data, 0o700);
  const cluster = path.join(data, 'cluster');
  const as = { ...user, cwd: data };
  await run(path.join(folder, 'initdb'), ['-D', cluster, '-U', 'test', '-A', 'trust', '--no-sync'], as);
  const port = await freePort();
  const options = [
    '-D',
    cluster,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `unix_socket_directories=${data}`,
    // No test ends this server without a shutdown, so nothing needs to reach the disk.
    '-c',
    'fsync=off',
  ];
  const server = spawn(path.join(folder, 'postgres'), options, { ...as, stdio: 'ignore' });
  const url = `postgres://test@127.0.0.1:${port}/postgres`;
  await waitUntilReady(url, server);
  return {
    url,
    pid: server.pid,
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT'); // "fast" shutdown: client connections are closed
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const ids = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)));
  return { uid: ids[0] ?? 0, gid: ids[1] ?? 0 };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function waitUntilReady(url: string, server: ChildProcess): Promise<void> {
  for (const started = Date.now(); Date.now() - started < 20_000;) {
    if (server.exitCode !== null) throw new Error(`postgres exited with ${server.exitCode}`);
    const isUp = await query(url, 'select 1').then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('postgres did not answer within 20 s');
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
