import { expect, test } from 'vitest';
import { compileSamples, samplesOf } from '../src/docs/samples.ts';
import { ROOT } from '../src/run/program.ts';

test('fenced TypeScript is a sample, with its line; other languages and lists of signatures are not', () => {
  const page =
    '# A\n\n```ts\na();\n```\n\n- in a list\n  ```tsx\n  <b />;\n  ```\n\n```json\n{}\n```\n\n```ts signatures\nf(): void;\n```\n';
  expect(samplesOf(page)).toEqual([
    { code: 'a();', language: 'ts', line: 4 },
    { code: '<b />;', language: 'tsx', line: 9 },
  ]);
});

test('a sample that does not compile is reported with the page and the line', async () => {
  const right = '```ts\nshow(image);\nfunction show(picture: HTMLImageElement): void {}\n```\n';
  const wrong = `Text.\n\n${right.replace('image', 'imge')}`;
  const pages = new Map([
    ['docs/right.md', right],
    ['packages/client/wrong.md', wrong],
  ]);
  const { exitCode, output, count } = await compileSamples(ROOT, pages, 'test');
  expect([exitCode > 0, count]).toEqual([true, 2]);
  expect(output.trim()).toMatch(/^packages\/client\/wrong\.md\(4,6\): error TS\d+: .*imge.*$/);
}, 60_000);
