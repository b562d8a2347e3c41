/**
 * Which engines a run has. Promise: Chromium always, or the run fails; the other engines if they are found or can be
 * installed, otherwise one line names the engine that was left out and the reason. `LODESTONE_ENGINES=chromium,firefox`
 * requires the named engines and leaves the others out (CI names all three); `none` is for runs in Node alone.
 */
import path from 'node:path';
import { ENGINES, type Engine, type FoundBrowser } from '@lodestone/audit/browsers';
import { LodestoneError } from '@lodestone/protocol/error';
import { ensureBrowser } from './install.ts';

export const MEMORY_FILE = path.join(import.meta.dirname, '../../../../.cache/browsers.json');

export function chosenEngines(say: (line: string) => void): Promise<FoundBrowser[]> {
  const ensure = (engine: Engine) => ensureBrowser(engine, { memoryFile: MEMORY_FILE, say });
  return choose(process.env['LODESTONE_ENGINES'], ensure, say);
}

/** The rule alone: the value of LODESTONE_ENGINES and the function that finds a browser are arguments. */
export async function choose(
  list: string | undefined,
  ensure: (engine: Engine) => Promise<FoundBrowser>,
  say: (line: string) => void,
): Promise<FoundBrowser[]> {
  if (list === 'none') return [];
  const named = namedEngines(list);
  const found: FoundBrowser[] = [];
  for (const engine of named ?? ENGINES) {
    try {
      found.push(await ensure(engine));
    } catch (error) {
      if (named !== undefined || engine === 'chromium') throw error;
      say(
        `Left out: ${engine}, because ${error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, ' | ') : String(error)}`,
      );
    }
  }
  return found;
}

/** @throws {LodestoneError} `ERR_USAGE` if the list names something that is not an engine. */
function namedEngines(list: string | undefined): Engine[] | undefined {
  if (list === undefined || list === '') return undefined;
  return list.split(',').map((name) => {
    const engine = ENGINES.find((known) => known === name.trim());
    if (engine === undefined) {
      throw new LodestoneError(
        'ERR_USAGE',
        `LODESTONE_ENGINES contains "${name}": use one or more of ${ENGINES.join(', ')}`,
      );
    }
    return engine;
  });
}
