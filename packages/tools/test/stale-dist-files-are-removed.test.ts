import { expect, test } from 'vitest';
import { staleFiles } from '../src/build/stale.ts';

const SOURCES = ['index.ts', 'tuf/client.ts', 'testing/picture.png'];

test('output of an existing source stays', () => {
  const made = ['index.js', 'index.d.ts', 'tuf/client.js', 'tuf/client.d.ts'];
  expect(staleFiles(made, SOURCES)).toEqual([]);
});

test('output of a removed or moved source is stale', () => {
  const made = ['client.js', 'tuf/old.d.ts', 'index.js', 'tuf/index.d.ts'];
  expect(staleFiles(made, SOURCES)).toEqual(['client.js', 'tuf/old.d.ts', 'tuf/index.d.ts']);
});

test('a source map from earlier compiler settings is stale: its sources are in no package', () => {
  expect(staleFiles(['index.js', 'index.js.map', 'index.d.ts.map'], SOURCES)).toEqual([
    'index.js.map',
    'index.d.ts.map',
  ]);
});

test('files of other origin are not stale', () => {
  expect(staleFiles(['.tsbuildinfo', 'sandbox.html', 'sandbox.lock.json', 'notes.d.txt'], SOURCES)).toEqual([]);
});
