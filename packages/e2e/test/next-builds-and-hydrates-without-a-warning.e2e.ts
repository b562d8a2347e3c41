/**
 * A host with Next, server-side rendering and StrictMode: the build says nothing about the client, the server renders the idle guard, and the
 * page hydrates without a word in the console.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { commandOf, ROOT } from '@lodestone/tools/run/program';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { freePort } from '@lodestone/tools/web-server';

const run = promisify(execFile);
const E2E = path.join(import.meta.dirname, '..');

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "private": true, "type": "module" }',
  'next.config.js': `export default { reactStrictMode: true, transpilePackages: ['hpke'], turbopack: { root: ${JSON.stringify(ROOT)} } };`,
  'app/layout.jsx': `import { Providers } from './providers.jsx';
export default function Layout({ children }) {
  return <html lang="en"><head><link rel="icon" href="data:," /></head><body><Providers>{children}</Providers></body></html>;
}`,
  // As a host writes it: one guard for the page, made where it is imported, on the server too.
  'app/guard.js': `import { createGuard } from '@lodestone/client';
const here = globalThis.location?.origin ?? 'https://a.example';
export const guard = createGuard({
  authorities: {
    orders: [], lists: [],
    provider: { name: 'acme', url: here + '/acme/', root: { signed: { _type: 'root' }, signatures: [] } },
  },
  endpoint: here + '/v1/signals',
});`,
  'app/page.jsx': `'use client';
import { useGuardStatus } from '@lodestone/client/react';
export default function Page() {
  return <p id="state">{useGuardStatus().state}</p>;
}`,
  'app/providers.jsx': `'use client';
import { GuardProvider } from '@lodestone/client/react';
import { guard } from './guard.js';
export function Providers({ children }) {
  return <GuardProvider guard={guard}>{children}</GuardProvider>;
}`,
};

let folder: string;
let output: string;
const NEXT = path.join(E2E, 'node_modules/next/dist/bin/next');
// On CI machines Next warns that it found no cache of an earlier build.
const env = { ...process.env, CI: '', NEXT_TELEMETRY_DISABLED: '1', NODE_OPTIONS: '', NO_COLOR: '' };

test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  test.setTimeout(180_000);
  await run(process.execPath, [commandOf('typescript', 'tsc'), '-b', path.join(E2E, '../client')]);
  await mkdir(path.join(E2E, '.cache'), { recursive: true });
  folder = await mkdtemp(path.join(E2E, '.cache/next-')); // inside the package, where its dependencies resolve
  await mkdir(path.join(folder, 'app'));
  for (const [file, text] of Object.entries(FILES)) await writeFile(path.join(folder, file), text);
  const { stdout, stderr } = await run(process.execPath, [NEXT, 'build'], { cwd: folder, env });
  output = stdout + stderr;
});
test.afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('the build, the rendered page and the hydration are without a warning', { tag: ALL_TAG }, async ({ page }) => {
  expect(output).toContain('Compiled successfully');
  expect(output.split('\n').filter((line) => /warn|error|⚠|⨯/i.test(line))).toEqual([]);

  const port = await freePort(4_700);
  const server = spawn(process.execPath, [NEXT, 'start', '--port', String(port), '--hostname', '127.0.0.1'], {
    cwd: folder,
    env,
    stdio: 'ignore',
  });
  try {
    const address = `http://localhost:${port}/`;
    await expect
      .poll(() =>
        fetch(address).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
    expect(await (await fetch(address)).text()).toContain('<p id="state">idle</p>');

    const said: string[] = [];
    page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(address);
    await expect(page.locator('#state')).toHaveText('ready');
    // Nobody publishes at the address of the provider here.
    expect(said.filter((line) => !line.includes('404 (Not Found)'))).toEqual([]);
  } finally {
    server.kill();
  }
});
