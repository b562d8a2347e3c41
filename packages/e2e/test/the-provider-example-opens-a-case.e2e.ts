/** `npm run provider`, as its README says: a listed picture is blocked in the app that nginx serves, and one case appears in the console. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { ROOT } from '@lodestone/tools/run/program';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';

const APP = 'http://localhost:4620/';
const isInstalled = ['/usr/sbin/nginx', '/usr/bin/nginx'].some(existsSync);

let data: string;
let program: ChildProcess | undefined;
let output = '';
test.describe.configure({ mode: 'default' });
test.beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'lodestone-provider-'));
});
test.afterAll(async () => {
  if (program && program.exitCode === null) {
    const ended = new Promise((resolve) => program?.once('exit', resolve));
    program.kill('SIGTERM');
    await ended;
  }
  await rm(data, { recursive: true, force: true });
});

test('a listed picture is blocked, and its signal opens one case', { tag: ALL_TAG }, async ({ page }) => {
  test.skip(!isInstalled, 'nginx is not installed (Debian: apt-get install nginx)');
  const args = ['--conditions=source', 'examples/provider/start.ts', '--data', data];
  program = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const keep = (chunk: Buffer): void => void (output += chunk.toString());
  program.stdout?.on('data', keep);
  program.stderr?.on('data', keep);
  // The set-up is fifteen commands: half a minute, and more than one beside other tests.
  test.setTimeout(270_000);
  await expect.poll(() => output, { timeout: 180_000 }).toContain('Stop with Ctrl-C');

  const headers = (await page.request.get(`${APP}hotline/metadata/2.root.json`)).headers();
  expect(headers['access-control-allow-origin']).toBe('*');
  await page.goto(APP);
  await expect(page.getByRole('status')).toHaveText('ready, 1 orders in force');
  await page.getByRole('button', { name: 'Send the listed picture' }).click();
  await expect(page.locator('#result')).toContainText('"action": "block"');

  const link = /^Console: (\S+)$/m.exec(output)?.[1] ?? '';
  // The app stays open: it sends the signal at one of the next send slots.
  const operator = await page.context().newPage();
  await operator.goto(link);
  await operator.getByRole('button', { name: 'Sign in' }).click();
  await expect(async () => {
    await operator.reload();
    await expect(operator.getByRole('main')).toContainText('One case', { timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await operator.getByRole('table').getByRole('link').click();
  await expect(operator.getByRole('main')).toContainText('One entry');
  // Only the account service knows the account's pseudonym, and only it can sign ids.
  const accounts = JSON.parse(await readFile(path.join(data, 'accounts/accounts.json'), 'utf8')) as object;
  expect(Object.keys(accounts)).toEqual(['alice']);
  expect(await readdir(path.join(data, 'web'))).toEqual(['app', 'court', 'hotline', 'provider']);
});
