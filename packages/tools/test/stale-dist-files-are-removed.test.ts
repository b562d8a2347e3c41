import { expect, test } from 'vitest';
import { staleFiles } from '../src/build/stale.ts';

const SOURCES = ['index.ts', 'tuf/client.ts', 'testing/picture.png'];

test('what was made of a living source stays', () => {
  const made = ['index.js', 'index.js.map', 'index.d.ts', 'index.d.ts.map', 'tuf/client.js', 'tuf/client.d.ts'];
  expect(staleFiles(made, SOURCES)).toEqual([]);
});

test('what was made of a source that is gone or moved is stale', () => {
  const made = ['client.js', 'tuf/old.d.ts.map', 'index.js', 'tuf/index.d.ts'];
  expect(staleFiles(made, SOURCES)).toEqual(['client.js', 'tuf/old.d.ts.map', 'tuf/index.d.ts']);
});

test('what the compiler did not make is not touched', () => {
  expect(staleFiles(['.tsbuildinfo', 'sandbox.html', 'sandbox.lock.json', 'notes.d.txt'], SOURCES)).toEqual([]);
});
