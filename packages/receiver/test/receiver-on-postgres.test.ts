/** The same promises on a real PostgreSQL. Skipped, with a line that says why, where there is none. */
import { afterAll, beforeAll, describe } from 'vitest';
import { everySuite } from './suites/every.ts';
import { postgresAt, startPostgres, type TestPostgres, WHY_NONE } from './support/postgres.ts';
import { startWorld, type World } from './support/world.ts';

const isThere = postgresAt() !== undefined;
let postgres: TestPostgres;
let world: World;

describe.runIf(isThere)(isThere ? 'on PostgreSQL' : WHY_NONE, () => {
  beforeAll(async () => {
    postgres = await startPostgres();
    world = await startWorld(postgres.url);
  }, 60_000);
  afterAll(async () => {
    await world.close();
    await postgres.stop();
  });

  describe.each(everySuite)('%s', (_, suite) => suite(() => world));
});
