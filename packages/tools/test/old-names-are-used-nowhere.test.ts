/** Earlier names appear only in CHANGELOG.md and docs/decisions. Spec: docs/design/overview.md#names */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../src/run/program.ts';

const SELF = path.relative(ROOT, import.meta.filename).replaceAll(path.sep, '/');
const EXEMPT =
  /^(?:CHANGELOG\.md|pnpm-lock\.yaml|docs\/decisions\/)|\.(?:png|jpe?g|webp|avif|gif|bmp|wasm|onnx|ort|bin|lode)$/;

/** The group chat and its relay have rooms, as chats do. */
const HAS_CHAT_ROOMS = /^examples\/react-e2ee-chat\/|group-chat/;

/** Earlier name → the name to use; in the files of the third, the word means something else. */
const OLD_NAMES: readonly [RegExp, string, RegExp?][] = [
  [/\bkeepers?\b/i, 'updater'],
  [/\bcouriers?\b/i, 'outbox'],
  [/\bdevkit\b/i, 'tools, demo, e2e or testkit'],
  [/\brooms?\b|ERR_ROOM|roomUrl|room\.(?:html|lock)/i, 'sandbox', HAS_CHAT_ROOMS],
  [/\bmade-?folder\b/i, 'cached build'],
  [
    /\bboot-?fault\b|\bgiven-?back\b|\bpage-?life\b|\bdrawingAgain\b/i,
    'the name in docs/decisions/0014-names-of-the-field.md',
  ],
  [/\bDESIGN\b/, 'the section of docs/design'],
];

const lines = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && file !== SELF && !EXEMPT.test(file) && existsSync(path.join(ROOT, file)))
  .flatMap((file) =>
    [file, ...readFileSync(path.join(ROOT, file), 'utf8').split('\n')].map((text, line) => ({ file, line, text })),
  );

test('the files of the repository are read', () => {
  expect(new Set(lines.map(({ file }) => file)).size).toBeGreaterThan(300);
});

test.each(OLD_NAMES)('%s is used nowhere; the name is %s', (name, _, elsewhere) => {
  const found = lines
    .filter(({ file, text }) => name.test(text) && !elsewhere?.test(file))
    .map(({ file, line, text }) => `${file}:${line}: ${text.slice(0, 120)}`);
  expect(found).toEqual([]);
});
