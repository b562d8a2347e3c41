/** What a registry shows of a published package needs nothing of this repository. Spec: CONTRIBUTING.md#release */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { OLDEST_NODE } from '@lodestone/protocol/node-version';
import { describe, expect, test } from 'vitest';
import { BROWSER_PACKAGES, packedManifest, packedReadme } from '../src/build/pack.ts';
import { linksOf } from '../src/docs/markdown.ts';
import { packagesOf } from '../src/run/packages.ts';
import { ROOT } from '../src/run/program.ts';

const ADDRESS = 'https://git.example/lodestone';
const published = packagesOf().filter((one) => one.published);
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

describe.each(published)('$name', ({ name, folder }) => {
  const manifest = JSON.parse(packedManifest(read(`${folder}/package.json`), folder, ADDRESS)) as Record<
    string,
    unknown
  >;

  test('names its repository, homepage and where bugs go, and no private package', () => {
    expect(manifest).toMatchObject({
      name,
      repository: { type: 'git', url: `git+${ADDRESS}.git`, directory: folder },
      homepage: `${ADDRESS}/tree/main/${folder}#readme`,
      bugs: `${ADDRESS}/issues`,
    });
    for (const { name: other } of packagesOf().filter((one) => !one.published))
      expect(JSON.stringify(manifest)).not.toContain(`"${other}"`);
  });

  test('demands a version of Node only if it is a program for Node', () => {
    const isForBrowsers = BROWSER_PACKAGES.includes(path.basename(folder));
    expect(manifest['engines']).toEqual(isForBrowsers ? undefined : { node: `>=${OLDEST_NODE}` });
  });

  test('has a README whose links are absolute, or lead to a section of it', () => {
    const text = read(`${folder}/README.md`);
    const [before, after] = [linksOf(text), linksOf(packedReadme(text, folder, ADDRESS))];
    expect(after).toHaveLength(before.length);
    expect(after.filter(({ target }) => !/^(https:|#)/.test(target))).toEqual([]);
  });
});

test('a relative link becomes the address of the file, with its section', () => {
  const text =
    'See [the docs](../../docs/a.md#part), [below](#b), ![a picture](a.png), [elsewhere](https://a.example/).';
  expect(packedReadme(text, 'packages/client', ADDRESS)).toBe(
    `See [the docs](${ADDRESS}/blob/main/docs/a.md#part), [below](#b), ` +
      `![a picture](${ADDRESS}/raw/main/packages/client/a.png), [elsewhere](https://a.example/).`,
  );
});
