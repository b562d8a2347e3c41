/** What the pages under docs/ claim about the tree, held against the tree. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packagesOf } from '../src/run/packages.ts';
import { ROOT } from '../src/run/program.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

describe('dependencies.md', () => {
  const lines = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');
  const manifests = ['.', ...packagesOf().map(({ folder }) => folder)].map(
    (folder) => JSON.parse(read(path.join(folder, 'package.json'))) as Manifest,
  );
  const versions = manifests.flatMap(({ dependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies }),
  );
  const names = new Set(versions.map(([name]) => name).filter((name) => !name.startsWith('@lodestone/')));

  test('has one line for each dependency, and none for what is not one', () => {
    expect(names.size).toBeGreaterThan(20);
    expect([...lines].sort()).toEqual([...names].sort());
  });
  test('speaks of exact versions only', () => {
    for (const [name, version] of versions)
      expect(`${name} ${version}`).toMatch(/ (workspace:\*|\d+\.\d+\.\d+(-[\w.]+)?)$/);
  });
});

describe('threat-model.md', () => {
  const named = [...read('docs/threat-model.md').matchAll(/`([a-z]+\/test[^`]*)`/g)].map((match) => match[1] ?? '');
  test.each([...new Set(named)])('%s is there', (file) => {
    expect(existsSync(path.join(ROOT, 'packages', file))).toBe(true);
  });
});

describe('architecture.md', () => {
  const [, theWayIn = '', theWayOut = ''] = read('docs/architecture.md').split(/^## The way (?:in|out)/m);
  const files = (text: string): number => (text.split(/^## /m)[0]?.match(/^\| \d+ \| \[/gm) ?? []).length;
  test('walks each way in at most eight files', () => {
    for (const way of [theWayIn, theWayOut]) {
      expect(files(way)).toBeGreaterThan(4);
      expect(files(way)).toBeLessThanOrEqual(8);
    }
  });
});
