/** What the receiver promises, on the embedded database. */
import { afterAll, beforeAll, describe } from 'vitest';
import { everySuite } from './suites/every.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
// The first start of PGlite takes some seconds.
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.close());

describe.each(everySuite)('%s', (_, suite) => suite(() => world));
