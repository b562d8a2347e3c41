/** Headers and pages cite sections of docs/design and docs/decisions: each cited page and anchor exists. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf } from '../src/docs/markdown.ts';
import { ROOT } from '../src/run/program.ts';

const CITATION = /docs\/(?:design|decisions)\/[\w-]+\.md(?:#[\p{L}\p{N}_-]+)?/gu;
const TEXT = /\.(?:[cm]?[jt]sx?|md|json|html|css|ya?ml)$|(?:^|\/)\.ci\//;

/** Files of the repository, including new ones that are not committed yet. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => TEXT.test(file) && existsSync(path.join(ROOT, file)));
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Citation → the files that have it. */
const cited = new Map<string, string[]>();
for (const file of files) {
  for (const [citation] of read(file).matchAll(CITATION)) {
    cited.set(citation, [...(cited.get(citation) ?? []), file]);
  }
}

test('sections are cited', () => {
  expect(cited.size).toBeGreaterThan(30);
});

test.each([...cited])('%s exists', (citation, by) => {
  const [page = '', anchor] = citation.split('#');
  const problem = !existsSync(path.join(ROOT, page))
    ? `${page} does not exist`
    : anchor !== undefined && !anchorsOf(read(page)).has(anchor)
      ? `${page} has no heading with the anchor ${anchor}`
      : undefined;
  expect(problem === undefined ? [] : [problem, `cited by ${by.join(', ')}`]).toEqual([]);
});
