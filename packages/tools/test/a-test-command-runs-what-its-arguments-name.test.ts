/** The plan of `npm test` and its narrower forms. */
import { expect, test } from 'vitest';
import { EXTENTS, LEFT_OUT, planOf } from '../src/run/test-plan.ts';

const CHROMIUM = { engines: 'chromium', extent: 'usual', watch: false, rest: [] };

test('without arguments everything runs in Node and Chromium', () => {
  expect(planOf([], undefined)).toEqual({ ...CHROMIUM, suites: ['unit', 'browser', 'e2e'] });
});

test('--all and --long add every engine that is found, and --long wins', () => {
  const suites = ['unit', 'browser', 'e2e'];
  expect(planOf(['--all'], undefined)).toMatchObject({ suites, engines: '', extent: 'all' });
  expect(planOf(['--long'], undefined)).toMatchObject({ suites, engines: '', extent: 'long' });
  expect(planOf(['--long', '--all', 'packages/pdq'], undefined)).toMatchObject({
    extent: 'long',
    rest: ['packages/pdq'],
  });
});

test('each extent leaves out fewer tags than the one before, and the longest none', () => {
  expect(EXTENTS.map((extent) => LEFT_OUT[extent])).toEqual([['@all', '@long'], ['@long'], []]);
});

test('LODESTONE_ENGINES wins over the default, with --all too', () => {
  expect(planOf([], 'firefox').engines).toBe('firefox');
  expect(planOf(['--all'], 'chromium,webkit').engines).toBe('chromium,webkit');
});

test('a word narrows the run to unit and browser tests of matching files', () => {
  expect(planOf(['packages/seal'], undefined)).toEqual({
    ...CHROMIUM,
    suites: ['unit', 'browser'],
    rest: ['packages/seal'],
  });
});

test('a word that names end-to-end tests runs those alone', () => {
  expect(planOf(['packages/e2e/test/signals'], undefined).suites).toEqual(['e2e']);
});

test('an engine narrows the run to browser tests in that engine', () => {
  const expected = { ...CHROMIUM, suites: ['browser'], engines: 'firefox', rest: ['packages/pdq'] };
  expect(planOf(['packages/pdq', '--engine', 'firefox'], undefined)).toEqual(expected);
  expect(planOf(['browser', '--engine=firefox', 'packages/pdq'], 'chromium')).toEqual(expected);
});

test('unit tests need no browser', () => {
  expect(planOf(['unit'], undefined)).toEqual({ ...CHROMIUM, suites: ['unit'], engines: 'none' });
  expect(planOf(['unit', '--watch', 'packages/seal', '-t', 'opens'], 'firefox')).toEqual({
    suites: ['unit'],
    engines: 'none',
    extent: 'usual',
    watch: true,
    rest: ['packages/seal', '-t', 'opens'],
  });
});

test('arguments that contradict each other are refused', () => {
  expect(() => planOf(['unit', '--engine', 'firefox'], undefined)).toThrow('--engine needs');
  expect(() => planOf(['--watch'], undefined)).toThrow('--watch needs');
});
