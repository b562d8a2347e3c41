/** Code with access to content has no network access and the reverse, not even through a third module. Spec: docs/design/overview.md#data-flow */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../src/run/program.ts';

const SRC = path.join(ROOT, 'packages/client/src');

/** Relative imports that load a module; `import type` and `export type` load nothing. */
const LOADS =
  /(?:^|[;\s])(?:import|export)\s+(?!type\s)(?:[^'"();]*?from\s+)?['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]/g;

/** All files that are loaded with the files of a pattern, relative to `src/`. */
function loadedWith(pattern: string): Set<string> {
  const waiting = globSync(pattern, { cwd: SRC });
  const loaded = new Set<string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file) || !existsSync(path.join(SRC, file))) continue;
    loaded.add(file);
    for (const [, statically, later] of readFileSync(path.join(SRC, file), 'utf8').matchAll(LOADS)) {
      waiting.push(path.join(path.dirname(file), statically ?? later ?? ''));
    }
  }
  return loaded;
}

test.each([
  ['content', 'network'],
  ['network', 'content'],
])('no module that %s loads is in %s', (folder, other) => {
  const loaded = [...loadedWith(`${folder}/**/*.ts`)];
  expect(loaded.length).toBeGreaterThan(1);
  expect(loaded.filter((file) => file.startsWith(`${other}/`) || file === 'check.ts' || file === 'guard.ts')).toEqual(
    [],
  );
});

test('the search follows imports: guard.ts loads both sides', () => {
  const loaded = [...loadedWith('guard.ts')];
  expect(loaded.some((file) => file.startsWith('content/'))).toBe(true);
  expect(loaded.some((file) => file.startsWith('network/'))).toBe(true);
});
