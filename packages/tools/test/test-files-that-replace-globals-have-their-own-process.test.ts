/** Node test files share processes. What one of them replaces must not reach another. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changesSince, environment } from '../src/engines/environment.ts';
import { nodeTests } from '../src/engines/own-process.ts';

const VI = "import { expect, vi } from 'vitest';";

/** The files that share a process, of a folder with the given files. */
function split(files: Record<string, string>): ReturnType<typeof nodeTests> {
  const root = mkdtempSync(path.join(tmpdir(), 'lodestone-own-process-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return nodeTests(root, '**/*.test.ts', []);
}

test('a file that imports vi has its own process, and others share one', () => {
  const sharing = { 'a.test.ts': "import { test } from 'vitest'; // vi", 'b.test.ts': "import '../src/c.ts';" };
  const alone = { 'c.test.ts': VI, 'd.test.ts': "import {\n  expect,\n  vi,\n} from 'vitest';" };
  expect(split({ ...sharing, ...alone })).toEqual({ sharing: Object.keys(sharing), alone: Object.keys(alone) });
});

test('a file whose helper imports vi has its own process, however far away the helper is', () => {
  const helpers = {
    'near.ts': "const { far } = await import('./deep/far.ts');\nimport { a } from './a.test.ts';",
    'deep/far.ts': `${VI}\nimport { near } from '../near.ts';`,
    'plain.ts': "import { gone } from './gone.ts';",
  };
  const tests = {
    'a.test.ts': "import { near } from './near.ts';",
    'b.test.ts': "export { plain } from './plain.ts';",
  };
  expect(split({ ...helpers, ...tests })).toEqual({ sharing: ['b.test.ts'], alone: ['a.test.ts'] });
});

const NAME = 'LODESTONE_TEST_OF_CHANGES';

test.each<{ name: string; change: () => () => void }>([
  { name: 'global setTimeout', change: () => replace(globalThis, 'setTimeout') },
  { name: 'global fetch', change: () => replace(globalThis, 'fetch') },
  { name: 'global crypto', change: () => replace(globalThis, 'crypto') },
  { name: 'global indexedDB', change: () => replace(globalThis, 'indexedDB') },
  { name: 'Date now', change: () => replace(Date, 'now') },
  { name: 'Math random', change: () => replace(Math, 'random') },
  { name: 'console log', change: () => replace(console, 'log') },
  { name: 'process getuid', change: () => replace(process, 'getuid') },
  { name: 'standard output', change: () => replace(process.stdout, 'write') },
  {
    name: `variable ${NAME}`,
    change() {
      process.env[NAME] = '1';
      return () => delete process.env[NAME];
    },
  },
  {
    name: 'working directory',
    change() {
      const before = process.cwd();
      process.chdir('/');
      return () => process.chdir(before);
    },
  },
])('a change of $name is reported until it is undone', ({ name, change }) => {
  const before = environment();
  const undo = change();
  const changes = changesSince(before);
  undo();
  expect(changes).toEqual([name]);
  expect(changesSince(before)).toEqual([]);
});

/** @returns a function that restores the property as it was */
function replace(owner: object, name: string): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { configurable: true, writable: true, value: () => undefined });
  return () => {
    Reflect.deleteProperty(owner, name);
    if (before) Object.defineProperty(owner, name, before);
  };
}
