/** What a user of a command line sees first: `--version`, in each published program. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packagesOf } from '../src/run/packages.ts';
import { ROOT, SOURCE } from '../src/run/program.ts';

interface Manifest {
  version: string;
  bin?: Record<string, string>;
}

const programs = packagesOf().flatMap(({ folder }) => {
  const { version, bin = {} } = JSON.parse(readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
  return Object.entries(bin).map(([name, file]) => ({ name, folder, file, version }));
});

test('there are four programs', () => {
  expect(programs.map(({ name }) => name)).toEqual([
    'lodestone-audit',
    'lodestone-authority',
    'pdq',
    'lodestone-receiver',
  ]);
});

test.concurrent.each(programs)('$name', { tags: '@all' }, async ({ folder, file, version }) => {
  const source = file.replace('./dist/', './src/').replace(/src\/(.+)\.js$/, 'src/$1.ts');
  const args = [SOURCE, path.join(ROOT, folder, source), '--version'];
  expect((await promisify(execFile)(process.execPath, args)).stdout).toBe(`${version}\n`);
});
