import { expect, test } from 'vitest';
import type { Engine, FoundBrowser } from '@lodestone/audit/browsers';
import { LodestoneError } from '@lodestone/protocol/error';
import { choose } from '../src/engines/chosen.ts';

/** A machine that has these engines and no others. */
const machineWith =
  (...present: Engine[]) =>
  async (engine: Engine): Promise<FoundBrowser> => {
    if (!present.includes(engine)) throw new LodestoneError('ERR_BROWSER_MISSING', `no ${engine} can be had.\n  Why`);
    return { driver: 'playwright', engine, origin: 'system', path: `/opt/${engine}`, version: '1' };
  };

async function run(list: string | undefined, ...present: Engine[]) {
  const said: string[] = [];
  const found = await choose(list, machineWith(...present), (line) => said.push(line));
  return { engines: found.map((one) => one.engine), said };
}

test('without a list every engine that can be had runs, and nothing is said', async () => {
  expect(await run(undefined, 'chromium', 'firefox', 'webkit')).toEqual({
    engines: ['chromium', 'firefox', 'webkit'],
    said: [],
  });
});

test('firefox and webkit may be missing, and one line each says so and why', async () => {
  const { engines, said } = await run('', 'chromium');
  expect(engines).toEqual(['chromium']);
  expect(said).toEqual([
    'Left out: firefox, because no firefox can be had. | Why',
    'Left out: webkit, because no webkit can be had. | Why',
  ]);
});

test('chromium may not be missing', async () => {
  await expect(run(undefined, 'firefox', 'webkit')).rejects.toMatchObject({ code: 'ERR_BROWSER_MISSING' });
});

test('what the list names may not be missing, and what it does not name is left alone', async () => {
  expect((await run('webkit, firefox', 'chromium', 'firefox', 'webkit')).engines).toEqual(['webkit', 'firefox']);
  await expect(run('chromium,webkit', 'chromium')).rejects.toMatchObject({ code: 'ERR_BROWSER_MISSING' });
});

test('a list that names something else is refused', async () => {
  await expect(run('chromium,opera', 'chromium')).rejects.toMatchObject({ code: 'ERR_USAGE' });
});
