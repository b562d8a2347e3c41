/** Runs all suites on a real PostgreSQL. Without one, they are skipped, and the suite's name says why. */
import { afterAll, beforeAll, describe } from 'vitest';
import { allSuites } from './suites/all-suites.ts';
import { findPostgres, startPostgres, type TestPostgres, NO_POSTGRES } from './support/postgres.ts';
import { startWorld, type World } from './support/world.ts';

const isAvailable = findPostgres() !== undefined;
let postgres: TestPostgres;
let world: World;

describe.runIf(isAvailable)(isAvailable ? 'on PostgreSQL' : NO_POSTGRES, { tags: '@all' }, () => {
  beforeAll(async () => {
    postgres = await startPostgres();
    world = await startWorld(postgres.url);
  }, 60_000);
  afterAll(async () => {
    await world.close();
    await postgres.stop();
  });

  describe.each(allSuites)('%s', (_, suite) => suite(() => world));
});
