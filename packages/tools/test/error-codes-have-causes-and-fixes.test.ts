import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ERROR_CODES } from '@lodestone/protocol/error';
import { expect, test } from 'vitest';
import { ERRORS } from '../src/docs/errors.ts';
import { ROOT } from '../src/run/program.ts';

/** Files that list or explain codes, and throw none. */
const LISTS = ['protocol/src/error.ts', 'pdq/src/error.ts', 'client/src/problems.ts', 'tools/src/docs/errors.ts'];

const sources = globSync('packages/*/src/**/*.ts', { cwd: ROOT })
  .filter((file) => !file.endsWith('.generated.ts') && !LISTS.some((list) => file.endsWith(list)))
  .map((file) => readFileSync(path.join(ROOT, file), 'utf8'));
const used = new Set(sources.flatMap((text) => [...text.matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code = '']) => code)));
const rows = Object.keys(ERRORS);

test('each code that a package uses has a row, and each row a package that uses its code', () => {
  expect(used.size).toBeGreaterThan(50);
  expect([...used].filter((code) => !rows.includes(code))).toEqual([]);
  expect(rows.filter((code) => !used.has(code))).toEqual([]);
});

test('each code of the protocol has a row', () => {
  expect(ERROR_CODES.filter((code) => !rows.includes(code))).toEqual([]);
});
