/**
 * Which engines this run has. Promise: Chromium always, or the run fails; the others where they are found or can be
 * had, else one line says which was left out and why. `LODESTONE_ENGINES=chromium,firefox,webkit` makes those
 * named compulsory and leaves the others out (CI names all three).
 */
import path from 'node:path';
import { ENGINES, ensureBrowser, type Engine, type FoundBrowser } from '@lodestone/audit/browsers';
import { LodestoneError } from '@lodestone/protocol/error';

export const MEMORY_FILE = path.join(import.meta.dirname, '../../../../.cache/browsers.json');

export function chosenEngines(say: (line: string) => void): Promise<FoundBrowser[]> {
  const ensure = (engine: Engine) => ensureBrowser(engine, { memoryFile: MEMORY_FILE, say });
  return choose(process.env['LODESTONE_ENGINES'], ensure, say);
}

/** The rule alone: the list that the environment holds and what finds a browser are arguments. */
export async function choose(
  list: string | undefined,
  ensure: (engine: Engine) => Promise<FoundBrowser>,
  say: (line: string) => void,
): Promise<FoundBrowser[]> {
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

/** @throws {LodestoneError} `ERR_USAGE` where the list names something else than engines. */
function namedEngines(list: string | undefined): Engine[] | undefined {
  if (list === undefined || list === '') return undefined;
  return list.split(',').map((name) => {
    const engine = ENGINES.find((known) => known === name.trim());
    if (engine === undefined) {
      throw new LodestoneError('ERR_USAGE', `LODESTONE_ENGINES names "${name}"; it may name ${ENGINES.join(', ')}`);
    }
    return engine;
  });
}
