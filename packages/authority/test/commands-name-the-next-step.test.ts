/** After each command a person at a terminal reads what usually follows; the output that scripts read has no such line. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from './support/authority-folder.ts';

const MAIN = path.join(import.meta.dirname, '../src/cli/main.ts');

test('from an empty folder to a published order, each command names the next', { timeout: 120_000 }, async () => {
  const cwd = await temporaryFolder();
  const lodestone = async (...args: string[]): Promise<{ out: string; next: string }> => {
    const run = promisify(execFile);
    const { stdout, stderr } = await run(process.execPath, ['--conditions=source', MAIN, ...args], { cwd });
    return { out: stdout, next: /^next: (.*)$/m.exec(stderr)?.[1] ?? 'none' };
  };
  const made = await lodestone('init', 'court', '--name', 'court', '--power', 'orders', '--all-keys-here');
  expect(made.next).toBe('lodestone-authority order --example > order.json, then order court order.json');
  await writeFile(path.join(cwd, 'order.json'), (await lodestone('order', '--example')).out);
  const staged = await lodestone('order', 'court', 'order.json');
  expect(staged.next).toBe('lodestone-authority publish court (if holders sign: prepare, sign, then publish)');
  const published = await lodestone('publish', 'court');
  expect(published.next).toMatch(
    /^serve .*repository as static files, and run "publish court --timestamp-only" each day$/,
  );
  expect((await lodestone('publish', 'court', '--timestamp-only')).next).toBe('none'); // a timer runs it
  expect([made.out, staged.out, published.out].join('')).not.toContain('next:');
});
