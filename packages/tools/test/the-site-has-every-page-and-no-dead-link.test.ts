import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { linksOf } from '../src/docs/markdown.ts';
import { gatherPages, pagesOf, siteText } from '../src/docs/site.ts';
import { ROOT } from '../src/run/program.ts';

const pages = new Set(['README.md', 'docs/design/hashing.md', 'docs/audit/guide.md', 'packages/client/README.md']);
const changed = (text: string): string => siteText(text, 'docs/design/hashing.md', pages).text;

test('a link to a page of the site leads to it, with its anchor', () => {
  expect(
    changed('See [b](../audit/guide.md#part), [it](../../packages/client/README.md) and [all](../../README.md).'),
  ).toBe('See [b](../audit/guide.md#part), [it](../packages/client.md) and [all](../overview.md).');
  expect(changed('[client](../../packages/client)')).toBe('[client](../packages/client.md)');
});

test('of a link to source code only the text stays', () => {
  expect(changed('Read [`scan.ts`](../../packages/sandbox/src/scan.ts), and [this](../../x.ts).')).toBe(
    'Read `scan.ts`, and this.',
  );
});

test('links to other hosts, to anchors, and in code stay as they are', () => {
  const text = '[a](https://a.example/) [b](#here) `[c](../x.ts)`\n\n    [d](../x.ts)\n';
  expect(changed(text)).toBe(text);
});

test('a picture is copied with the page', () => {
  expect(siteText('![drift](media/drift.svg)', 'docs/detection/media.md', pages)).toEqual({
    text: '![drift](./media/drift.svg)',
    pictures: ['docs/detection/media/drift.svg'],
  });
});

test('the site has every page of the documentation, each once, and no link of it is dead', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-site-'));
  try {
    gatherPages(ROOT, folder);
    const files = pagesOf(ROOT).flatMap((section) => section.pages.map(({ page }) => page));
    expect(new Set(files).size).toBe(files.length);
    expect(files.length).toBeGreaterThan(50);
    const dead = [...files, 'index.md'].flatMap((page) =>
      linksOf(readFileSync(path.join(folder, page), 'utf8'))
        .map(({ target }) => target.split('#')[0] ?? '')
        .filter((target) => target !== '' && !/^[a-z]+:/i.test(target))
        .filter((target) => !existsSync(path.join(folder, path.dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
