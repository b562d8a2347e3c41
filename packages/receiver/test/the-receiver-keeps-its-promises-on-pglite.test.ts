/** Runs all suites on the embedded database. */
import { afterAll, beforeAll, describe } from 'vitest';
import { allSuites } from './suites/all-suites.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe.each(allSuites)('%s', (_, suite) => suite(() => world));
