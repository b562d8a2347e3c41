/** nginx of the machine, where it is installed, with the servers of a test. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { vi } from 'vitest';

export const NGINX: string | undefined = ['nginx', '/usr/sbin/nginx'].find(
  (command) => spawnSync(command, ['-v']).status === 0,
);

/**
 * @param folder exists, and is deleted when nginx stops
 * @param servers `server { … }` blocks
 * @param isReady rejects until they answer
 */
export async function startNginx(
  folder: string,
  servers: readonly string[],
  isReady: () => Promise<unknown>,
): Promise<{ stop(): Promise<void> }> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder};`);
  await writeFile(
    path.join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events {} http { access_log off; ${temporary.join(' ')} ${servers.join('\n')} }`,
  );
  const nginx = spawn(NGINX ?? '', ['-c', path.join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    nginx.kill('SIGKILL');
    if (nginx.exitCode === null && nginx.signalCode === null) await once(nginx, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await vi.waitFor(isReady, { timeout: 10_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
