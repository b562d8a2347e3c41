/** A workflow's actions are pinned, and its jobs have only the permissions that they name. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../src/run/program.ts';

const workflows = globSync('.github/workflows/*.yml', { cwd: ROOT });
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

test('there are workflows for changes, for each night and for releases', () => {
  expect(workflows.map((file) => path.basename(file)).sort()).toEqual(['ci.yml', 'nightly.yml', 'release.yml']);
});

test.each(workflows)('%s pins each action by its commit, and says which version it is', (file) => {
  const used = [...read(file).matchAll(/uses: (.+)$/gm)].map(([, action]) => action);
  expect(used.length).toBeGreaterThan(0);
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test.each(workflows)('%s grants nothing to jobs that ask for nothing', (file) => {
  expect(read(file)).toMatch(/^permissions: \{\}$/m);
});

test('only the job that runs no code of the repository may publish', () => {
  const [, build = '', publish = ''] = read('.github/workflows/release.yml').split(/^  (?:build|publish):$/m);
  expect(build).toContain('.ci/run');
  expect(build).not.toMatch(/: write/);
  expect(publish).toContain('id-token: write');
  expect(publish).not.toMatch(/checkout|npm run|\.ci\//);
  expect(publish).toContain('--provenance');
});
