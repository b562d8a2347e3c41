import { expect, test } from 'vitest';
import { staleFiles } from '../src/build/stale.ts';

const SOURCES = ['index.ts', 'tuf/client.ts', 'testing/picture.png'];

test('output of an existing source stays', () => {
  const made = ['index.js', 'index.js.map', 'index.d.ts', 'index.d.ts.map', 'tuf/client.js', 'tuf/client.d.ts'];
  expect(staleFiles(made, SOURCES)).toEqual([]);
});

test('output of a removed or moved source is stale', () => {
  const made = ['client.js', 'tuf/old.d.ts.map', 'index.js', 'tuf/index.d.ts'];
  expect(staleFiles(made, SOURCES)).toEqual(['client.js', 'tuf/old.d.ts.map', 'tuf/index.d.ts']);
});

test('files of other origin are not stale', () => {
  expect(staleFiles(['.tsbuildinfo', 'sandbox.html', 'sandbox.lock.json', 'notes.d.txt'], SOURCES)).toEqual([]);
});
