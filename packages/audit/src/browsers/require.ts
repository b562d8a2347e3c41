/**
 * A browser that starts on this machine, or an error with the command that installs one. Promise: installs nothing.
 * Flow: find.ts → here → launchOptions, openWebKit. Spec: docs/design/audit.md#probe
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Engine, FoundBrowser, PlaywrightBrowser } from './engine.ts';
import { findBrowser } from './find.ts';
import { browserCommands } from './install-commands.ts';

export interface RequireOptions {
  /** File that remembers which program started, so that the next call need not start it. */
  readonly memoryFile?: string;
}

/** @throws {LodestoneError} `ERR_BROWSER_MISSING` */
export function requireBrowser(
  engine: 'chromium' | 'firefox',
  options?: RequireOptions,
): Promise<FoundBrowser<PlaywrightBrowser>>;
export function requireBrowser(engine: Engine, options?: RequireOptions): Promise<FoundBrowser>;
export async function requireBrowser(engine: Engine, { memoryFile }: RequireOptions = {}): Promise<FoundBrowser> {
  const { found, refused } = await findBrowser(engine, memoryFile);
  if (found === undefined) throw missingBrowser(engine, refused);
  return found;
}

/** @param tried one line for each browser or installation that failed, with the reason */
export function missingBrowser(engine: Engine, tried: readonly string[]): LodestoneError<'ERR_BROWSER_MISSING'> {
  const commands = browserCommands(engine).map((command) => `\n  ${command}`);
  return new LodestoneError(
    'ERR_BROWSER_MISSING',
    `no ${engine} starts on this machine.${tried.map((line) => `\n  ${line}`).join('')}\nInstall it with one of:${commands.join('')}`,
  );
}
