/** The plan of `npm test` and its narrower forms. */
import { expect, test } from 'vitest';
import { planOf } from '../src/run/test-plan.ts';

const CHROMIUM = { engines: 'chromium', all: false, watch: false, rest: [] };

test('without arguments everything runs in Node and Chromium', () => {
  expect(planOf([], undefined)).toEqual({ ...CHROMIUM, suites: ['unit', 'browser', 'e2e'] });
});

test('--all adds every engine that is found, and the tests with the tag @all', () => {
  expect(planOf(['--all'], undefined)).toMatchObject({ suites: ['unit', 'browser', 'e2e'], engines: '', all: true });
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
    all: false,
    watch: true,
    rest: ['packages/seal', '-t', 'opens'],
  });
});

test('arguments that contradict each other are refused', () => {
  expect(() => planOf(['unit', '--engine', 'firefox'], undefined)).toThrow('--engine needs');
  expect(() => planOf(['--watch'], undefined)).toThrow('--watch needs');
});
