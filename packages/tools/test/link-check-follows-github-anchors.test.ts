import { expect, test } from 'vitest';
import { anchorsOf, linksOf } from '../src/docs/markdown.ts';

const targets = (page: string) => linksOf(page).map((link) => link.target);

test('links, pictures, titles, angle brackets and definitions are found with their lines', () => {
  const page = '[a](x.md) and ![b](y.png "two words")\n\n[c](<z.md#top>)\n\n[d]: ../w.md\n';
  expect(linksOf(page)).toEqual([
    { target: 'x.md', line: 1 },
    { target: 'y.png', line: 1 },
    { target: 'z.md#top', line: 3 },
    { target: '../w.md', line: 5 },
  ]);
});

test('inline code and code blocks contain no links', () => {
  expect(targets('`[a](x.md)` [b](y.md)\n```ts\n[c](z.md)\n```\n~~~~\n```\n[d](w.md)\n~~~~\n[e](v.md)')).toEqual([
    'y.md',
    'v.md',
  ]);
});

test("headings have GitHub's anchors: lower case, no punctuation, numbered when repeated", () => {
  const page = '# The `sandbox`, in *one* picture\n## Same\n## Same\n### Über [a link](x.md) #\n```\n# no heading\n```';
  expect([...anchorsOf(page)]).toEqual(['the-sandbox-in-one-picture', 'same', 'same-1', 'über-a-link']);
});

test('an HTML anchor counts', () => {
  expect(anchorsOf('text <a id="here"></a>')).toContain('here');
});
