/** `npx lodestone-…` at the root finds the package of this repository: else npx would ask the registry for whatever has that name. */
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

test('there are commands', () => {
  expect(withCommands.flatMap(({ bin = {} }) => Object.keys(bin)).sort()).toEqual([
    'lodestone-audit',
    'lodestone-authority',
    'lodestone-receiver',
  ]);
});

test.each(withCommands)('$name is a link of the root, with its commands', ({ name, bin = {} }) => {
  expect(read('package.json').devDependencies?.[name]).toBe('workspace:*');
  for (const command of Object.keys(bin))
    expect(() => readFileSync(path.join(ROOT, 'node_modules/.bin', command))).not.toThrow();
});
