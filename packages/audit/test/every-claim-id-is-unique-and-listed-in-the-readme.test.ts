import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS } from '../src/commands.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('each claim of each command has a row in the README', () => {
  const rows = COMMANDS.flatMap(({ name, claims }) =>
    Object.entries(claims).map(([id, title]) => `| ${name} | \`${id}\` | ${title} |`),
  );
  expect(rows.filter((row) => !README.includes(row))).toEqual([]);
});

test('ids are kebab-case, and no other command uses them for another claim', () => {
  const titles = new Map<string, string>();
  for (const { claims } of COMMANDS) {
    for (const [id, title] of Object.entries(claims)) {
      expect(id).toMatch(/^[a-z]+(?:-[a-z]+)+$/);
      expect(titles.get(id) ?? title).toBe(title);
      titles.set(id, title);
    }
  }
});

test('titles are statements without a final stop', () => {
  for (const { claims } of COMMANDS) for (const title of Object.values(claims)) expect(title).toMatch(/^[A-Z].*[^.?]$/);
});
