/**
 * Serves the clips of `fixtures/make-copies.ts` to tests in engines, and makes them when they are asked for: `/` is the catalogue.
 * Without `--long` it makes a part of them. Vitest's global setup starts it for each engine; tests get its address from `inject('clipServer')`.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import type { Clips } from './clips.ts';

declare module 'vitest' {
  interface ProvidedContext {
    clipServer: string;
  }
}

const FOLDER = 'packages/sandbox/test';

declare global {
  /** Each engine's setup has a copy of this module, and making the clips takes minutes of processor time. */
  var lodestoneClips: Promise<Clips> | undefined;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { root } = project.config;
  const cache = path.join(root, '.cache/clips');
  const make = async (): Promise<Clips> => {
    const program = path.join(root, FOLDER, 'fixtures/make-copies.ts');
    const part = project.getProvidedContext().extent === 'long' ? [] : ['part'];
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', program, cache, ...part]);
    return JSON.parse(stdout) as Clips;
  };
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    globalThis.lodestoneClips ??= make();
    globalThis.lodestoneClips.then(
      (clips) => {
        const name = path.basename(request.url ?? '/');
        if (name === '' || 'missing' in clips) return response.end(JSON.stringify(clips));
        return createReadStream(path.join(clips.folder, name)).pipe(response);
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  project.provide('clipServer', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
}
