/** Claims of the pages under docs/ about the repository match the repository. */
import { existsSync, globSync, readFileSync } from 'node:fs';
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
  const others = globSync('{examples,models}/*/package.json', { cwd: ROOT }).map((file) => path.dirname(file));
  const manifests = ['.', 'docs', ...packagesOf().map(({ folder }) => folder), ...others].map(
    (folder) => JSON.parse(read(path.join(folder, 'package.json'))) as Manifest,
  );
  const versions = manifests.flatMap(({ dependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies }),
  );
  const names = new Set(versions.map(([name]) => name).filter((name) => !name.startsWith('@lodestone/')));

  test('each dependency has one line, and each line a dependency', () => {
    expect(names.size).toBeGreaterThan(20);
    expect([...lines].sort()).toEqual([...names].sort());
  });
  test('all versions are exact', () => {
    for (const [name, version] of versions)
      expect(`${name} ${version}`).toMatch(/ (workspace:\*|\d+\.\d+\.\d+(-[\w.]+)?)$/);
  });
});

/** Inline code of a page, outside of code blocks. */
const quotedIn = (page: string): string[] =>
  [...page.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');

/** Whether inline code is a path, from the root or from `packages/`. */
function isPath(name: string): boolean {
  const [first = '', ...rest] = name.split('/');
  return /^[\w./-]+$/.test(name) && ((rest.length > 0 && FOLDERS.has(first)) || /^[A-Z]+\.md$/.test(name));
}
const FOLDERS = new Set(['docs', 'examples', 'packages', ...packagesOf().map(({ folder }) => path.basename(folder))]);
const isThere = (file: string): boolean => ['.', 'packages'].some((from) => existsSync(path.join(ROOT, from, file)));

describe('docs/audit', () => {
  const threats = read('docs/audit/threat-model.md');
  const demands = read('docs/audit/demands.md');
  const guide = read('docs/audit/guide.md');
  const commands = globSync('packages/audit/src/commands/*/command.ts', { cwd: ROOT });
  // The guide makes lists to look at with the authority's command.
  const authority = globSync('packages/authority/src/cli/{commands/*,options}.ts', { cwd: ROOT });
  const program = [...commands, 'packages/audit/src/cli/options.ts', ...authority].map(read).join('\n');
  const formats = globSync('packages/audit/src/report/formats/*.ts', { cwd: ROOT });
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  test.each([
    ['the threat model', threats],
    ['the demands', demands],
  ])('%s names existing files', (_, page) => {
    const files = quotedIn(page).filter(isPath);
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => !isThere(file))).toEqual([]);
  });

  const audits = new Set(commands.map((file) => path.basename(path.dirname(file))));
  test.each([
    ['the threat model', threats],
    ['the demands', demands],
    ['the guide', guide],
  ])('%s names existing commands', (_, page) => {
    const listed = read('packages/audit/src/commands.ts').matchAll(/'\.\/commands\/(\w+)\/command\.ts'/g);
    expect(audits).toEqual(new Set([...listed].map((match) => match[1])));
    expect(audits.size).toBeGreaterThan(5);
    const named = [...page.matchAll(/\blodestone-audit ([a-z]+)\b/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !audits.has(name))).toEqual([]);
    const run = [...page.matchAll(/\bnpm run ([a-z]+)/g)].map((match) => match[1] ?? '');
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
  });
  test('the guide names existing options and every command', () => {
    const options = new Set([...guide.matchAll(/(?<![\w-])--[a-z]+(?:-[a-z]+)*/g)].map(([option]) => option));
    expect(options.size).toBeGreaterThan(20);
    const known = ['--help', '--once', ...formats.map((file) => `--${path.basename(file, '.ts')}`)]; // Commander's, the demo's, and the formats'
    expect([...options].filter((option) => !known.includes(option) && !program.includes(`'${option}`))).toEqual([]);
    for (const audit of audits) expect(guide).toMatch(new RegExp(`^## .*\`${audit}\`$`, 'm'));
  });

  test('each promise and each attacker names a test or command', () => {
    const rows = rowsOf(threats.split('## Out of reach')[0] ?? '').filter((row) => row.at(-1) !== 'shown by');
    expect(rows.length).toBeGreaterThan(20);
    const bare = rows.filter((row) => !quotedIn(row.at(-1) ?? '').some(isPath));
    // The browser isolates other pages; our tests cannot show that.
    expect(bare.map(([attacker]) => attacker)).toEqual(['a hostile page in the same browser']);
  });

  test('unsolved problems are named, and the sentence of the evaluation is quoted', () => {
    for (const name of [
      'A compelled change of policy',
      'A host app that lies',
      'Evasion by editing',
      'Secrecy of lists',
    ])
      expect(threats).toContain(`- **${name}`);
    for (const page of [threats, read('README.md')])
      expect(page.replaceAll(/\s+/g, ' ')).toContain(
        'cannot be guaranteed when all content is monitored pre-encryption',
      );
  });
  test('no page calls end-to-end encryption unaffected', () => {
    const pages = globSync(['README.md', 'docs/**/*.md', '{packages,examples,models}/*/README.md'], {
      cwd: ROOT,
      exclude: ['**/node_modules/**'],
    });
    expect(pages.length).toBeGreaterThan(10);
    const said = pages.flatMap((page) =>
      read(page)
        .split('\n')
        .filter((line) => /encrypt.*\bunaffected\b|\bunaffected\b.*encrypt/i.test(line))
        .map((line) => `${page}: ${line}`),
    );
    // The demand itself contains the word.
    expect(said.filter((line) => !line.startsWith('docs/audit/demands.md: | 52 |'))).toEqual([]);
  });

  const rows = rowsOf(demands).filter(([no = '']) => /^\d+$/.test(no));
  test('demands 1 to 73 each appear once, in order', () => {
    expect(rows.map(([no]) => Number(no))).toEqual(Array.from({ length: 73 }, (_, i) => i + 1));
  });
  test.each(rows)('demand %s (%s) has one of three states, with its evidence or reason', (_no, _demand, state, by) => {
    expect(state).toMatch(/^\*\*(met|not met|needs the (classifier|transparency log|detection figures) part)\*\*$/);
    const named = quotedIn(by ?? '');
    if (state === '**met**')
      expect(named.some((name) => isPath(name) || /^(lodestone-audit|npm) /.test(name))).toBe(true);
    if (state === '**not met**') expect(by).toMatch(/^because /);
  });
});

/** Rows of a page's tables, by cell, without the separator rows. */
function rowsOf(page: string): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) => line.slice(1, -1).split('|'))
    .map((cells) => cells.map((cell) => cell.trim()));
}

describe('architecture.md', () => {
  const [, theWayIn = '', theWayOut = ''] = read('docs/architecture.md').split(/^## The way (?:in|out)/m);
  const files = (text: string): number => (text.split(/^## /m)[0]?.match(/^\| \d+ \| \[/gm) ?? []).length;
  test('each way takes at most eight files', () => {
    for (const way of [theWayIn, theWayOut]) {
      expect(files(way)).toBeGreaterThan(4);
      expect(files(way)).toBeLessThanOrEqual(8);
    }
  });
});

test('each documented set of tarballs has every package that its packages need', () => {
  const needs = new Map(
    packagesOf().map(({ folder }) => {
      const { name, dependencies } = JSON.parse(read(path.join(folder, 'package.json'))) as Manifest & { name: string };
      const siblings = Object.keys(dependencies ?? {}).filter((each) => each.startsWith('@lodestone/'));
      return [name.replace('@lodestone/', ''), siblings.map((each) => each.replace('@lodestone/', ''))];
    }),
  );
  const pages = globSync('{docs,packages,examples}/**/*.md', { cwd: ROOT, exclude: ['**/node_modules'] });
  const sets = pages.flatMap((page) =>
    [...read(page).matchAll(/lodestone-\{([\w,-]+)\}-\*\.tgz/g)].map((found) => (found[1] ?? '').split(',')),
  );
  expect(sets.length).toBeGreaterThan(5);
  for (const set of sets) expect(set).toEqual(expect.arrayContaining(set.flatMap((name) => needs.get(name) ?? ['?'])));
});
