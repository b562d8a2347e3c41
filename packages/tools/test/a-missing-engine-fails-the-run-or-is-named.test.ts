import { expect, test } from 'vitest';
import type { Engine, FoundBrowser } from '@lodestone/audit/browsers';
import { LodestoneError } from '@lodestone/protocol/error';
import { choose } from '../src/engines/chosen.ts';

/** A machine with only these engines. */
const machineWith =
  (...present: Engine[]) =>
  async (engine: Engine): Promise<FoundBrowser> => {
    if (!present.includes(engine))
      throw new LodestoneError('ERR_BROWSER_MISSING', `no ${engine} starts on this machine.\n  Why`);
    return { driver: 'playwright', engine, origin: 'system', path: `/opt/${engine}`, version: '1' };
  };

async function run(list: string | undefined, ...present: Engine[]) {
  const printed: string[] = [];
  const found = await choose(list, machineWith(...present), (line) => printed.push(line));
  return { engines: found.map((one) => one.engine), printed };
}

test('without a list every available engine runs, and nothing is printed', async () => {
  expect(await run(undefined, 'chromium', 'firefox', 'webkit')).toEqual({
    engines: ['chromium', 'firefox', 'webkit'],
    printed: [],
  });
});

test('firefox and webkit may be missing, and one line each names the reason', async () => {
  const { engines, printed } = await run('', 'chromium');
  expect(engines).toEqual(['chromium']);
  expect(printed).toEqual([
    'Left out: firefox, because no firefox starts on this machine. | Why',
    'Left out: webkit, because no webkit starts on this machine. | Why',
  ]);
});

test('chromium may not be missing', async () => {
  await expect(run(undefined, 'firefox', 'webkit')).rejects.toMatchObject({ code: 'ERR_BROWSER_MISSING' });
});

test('engines in the list may not be missing, and other engines are left out', async () => {
  expect((await run('webkit, firefox', 'chromium', 'firefox', 'webkit')).engines).toEqual(['webkit', 'firefox']);
  await expect(run('chromium,webkit', 'chromium')).rejects.toMatchObject({ code: 'ERR_BROWSER_MISSING' });
});

test('a list that names something else is refused', async () => {
  await expect(run('chromium,opera', 'chromium')).rejects.toMatchObject({ code: 'ERR_USAGE' });
});
