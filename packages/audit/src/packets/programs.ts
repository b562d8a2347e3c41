/**
 * What a recording of packets needs of this machine: Linux, root, and a few programs of the system, which are installed where
 * the package manager is known. Promise: what cannot be had is named, with what helps; nothing goes on without it.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { obtain, packageInstalls, type Searched, type SystemProgram, type Way } from '../browsers/install-commands.ts';
import type { CaptureEngine } from '../traffic/recorded-browser.ts';
import { SYSTEM_PATH } from '../system/spawn.ts';

/** Debian's package of each, for the advice. */
const PROGRAMS: Record<SystemProgram, string> = {
  ip: 'iproute2',
  tcpdump: 'tcpdump',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
};

/** @throws {LodestoneError} `ERR_USAGE`, `ERR_UNSUPPORTED` */
export async function ensureRecordable(engine: CaptureEngine, say: (line: string) => void): Promise<void> {
  if (engine !== 'chromium') {
    // Its driver is a socket, which does not reach into another network.
    throw new LodestoneError('ERR_USAGE', 'packets are recorded of Chromium only: leave out --engine, or --packets');
  }
  checkMachine(process.platform, process.getuid?.());
  for (const program of Object.keys(PROGRAMS) as SystemProgram[])
    await obtainProgram(program, isThere, packageInstalls(program), say);
}

/** @throws {LodestoneError} `ERR_UNSUPPORTED` */
export function checkMachine(platform: string, uid: number | undefined): void {
  if (platform === 'linux' && uid === 0) return;
  const lacking = platform === 'linux' ? `root, and this is uid ${uid}` : `Linux, and this is ${platform}`;
  throw new LodestoneError('ERR_UNSUPPORTED', `a recording of packets needs ${lacking}: leave out --packets`);
}

/** What looks, installs and says is an argument. */
export async function obtainProgram(
  program: SystemProgram,
  isThere: (program: string) => boolean,
  ways: readonly Way[],
  say: (line: string) => void,
): Promise<void> {
  const search = (): Searched<string> => ({ found: isThere(program) ? program : undefined, refused: [] });
  const announce = ({ name }: Way): void => say(`No ${program} here: trying ${name}`);
  const { found, refused } = await obtain(search, ways, announce);
  if (found !== undefined) return;
  const history = refused.map((line) => `\n  ${line}`).join('');
  throw new LodestoneError(
    'ERR_UNSUPPORTED',
    `a recording of packets needs the program ${program}.${history}\nWhat helps: install it (Debian: apt-get install ${PROGRAMS[program]}).`,
  );
}

function isThere(program: string): boolean {
  return SYSTEM_PATH.split(path.delimiter).some((folder) => folder !== '' && existsSync(path.join(folder, program)));
}
