/** `npx lodestone-…` at the root runs the package of this repository; otherwise npx would install any package of that name. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../../..');
interface Manifest {
  name: string;
  bin?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
const read = (file: string): Manifest => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as Manifest;

const withCommands = globSync('packages/*/package.json', { cwd: ROOT })
  .map(read)
  .filter(({ bin = {} }) => Object.keys(bin).some((command) => command.startsWith('lodestone-')));

test('the repository has three commands', () => {
  expect(withCommands.flatMap(({ bin = {} }) => Object.keys(bin)).sort()).toEqual([
    'lodestone-audit',
    'lodestone-authority',
    'lodestone-receiver',
  ]);
});

test.each(withCommands)('$name and its commands are linked at the root', ({ name, bin = {} }) => {
  expect(read('package.json').devDependencies?.[name]).toBe('workspace:*');
  for (const command of Object.keys(bin))
    expect(() => readFileSync(path.join(ROOT, 'node_modules/.bin', command))).not.toThrow();
});
