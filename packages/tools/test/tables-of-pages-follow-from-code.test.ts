import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withTables } from '../src/docs/tables.ts';
import { ROOT } from '../src/run/program.ts';

const pages = globSync('docs/**/*.md', { cwd: ROOT, exclude: ['**/node_modules/**'] });
const read = (page: string): string => readFileSync(path.join(ROOT, page), 'utf8');

test('tables are as npm run docs -- --tables writes them', () => {
  expect(pages.filter((page) => read(page) !== withTables(read(page)))).toEqual([]);
  expect(pages.filter((page) => read(page).includes('<!-- table: ')).length).toBeGreaterThanOrEqual(2);
});

test('a table is replaced as a whole, and a name that is unknown is an error', () => {
  const [start, end] = ['<!-- table: pdq errors -->', '<!-- /table -->'];
  const page = withTables(`# A\n\n${start}\nold\n${end}\n\nAfter.\n`);
  expect(page).not.toContain('old');
  expect(page).toMatch(
    /^# A\n\n<!-- table: pdq errors -->\n\n\| code \| cause \| fix \|\n[^]*\|\n\n<!-- \/table -->\n\nAfter\.\n$/,
  );
  expect(withTables(page)).toBe(page);
  expect(() => withTables(`<!-- table: nothing -->\n${end}\n`)).toThrow('no table "nothing"');
});

test('each policy of the page about hosting has the origins in connect-src', () => {
  const blocks = [...read('docs/integrate/hosting.md').matchAll(/^```[^]*?^```$/gm)].map(([block]) => block);
  const lines = blocks.flatMap((block) => block.split('\n').filter((line) => line.includes('connect-src')));
  expect(blocks.every((block) => block.includes('connect-src'))).toBe(true);
  expect(lines.length).toBeGreaterThanOrEqual(7);
  const origins = "connect-src 'self' https://orders.example https://lists.example https://safety.acme.example";
  expect(lines.filter((line) => !line.includes(origins))).toEqual([]);
});
