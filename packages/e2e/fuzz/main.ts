/**
 * `npm run fuzz`: mutated files in a real browser, through the real client and sandbox. Prints each failure with the command that repeats
 * it; exits with 1 if there is one. The same seed gives the same inputs in every engine.
 */
import { parseArgs } from 'node:util';
import { ENGINES } from '@lodestone/audit/browsers';
import { fuzz } from './run.ts';

const USAGE = 'npm run fuzz -- [--count 200] [--seed 1] [--first 0] [--only N] [--engine chromium|firefox|webkit]';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    only: { type: 'string' },
    engine: { type: 'string', default: 'chromium' },
  },
});
const engine = ENGINES.find((name) => name === values.engine);
const [count, seed, first] = [
  values.only === undefined ? values.count : '1',
  values.seed,
  values.only ?? values.first,
].map(Number) as [number, number, number];

if (engine === undefined || ![count, seed, first].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const result = await fuzz({ engine, seed, first, count, say: console.log });
  const outcomes = Object.entries(result.outcomes).sort(([, a], [, b]) => b - a);
  console.log(outcomes.map(([outcome, times]) => `${outcome} ${times}`).join(', '));
  const rate = (result.checked / result.seconds).toFixed(1);
  const { ms, number, recipe } = result.slowest;
  console.log(`slowest: ${Math.round(ms)} ms, input ${number} (${recipe})`);
  console.log(
    `${engine} ${result.version}: ${result.checked} inputs checked, ${result.failures.length} failures, ${rate} inputs/s`,
  );
  process.exitCode = result.failures.length === 0 && result.checked === count ? 0 : 1;
}
