/**
 * Checks that this machine can record packets: Linux, root, and a few system programs. Promise: names what is missing, with the
 * command that installs it, before the session starts. Installs nothing. Spec: docs/design/audit.md#packets
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { packageManagerCommand, SYSTEM_PROGRAMS, type SystemProgram } from '../browsers/install-commands.ts';
import { SYSTEM_PATH } from '../system/spawn.ts';
import type { RecordedEngine } from '../traffic/recorded-browser.ts';

/** @throws {LodestoneError} `ERR_USAGE`, `ERR_UNSUPPORTED` */
export function requireRecordable(engine: RecordedEngine): void {
  // Firefox's driver is a socket, which does not reach into another network namespace.
  if (engine !== 'chromium')
    throw new LodestoneError('ERR_USAGE', 'only Chromium’s packets can be recorded: omit --engine or --packets');
  checkMachine(process.platform, process.getuid?.());
  for (const program of SYSTEM_PROGRAMS) requireProgram(program, isInstalled);
}

/** @throws {LodestoneError} `ERR_UNSUPPORTED` */
export function checkMachine(platform: string, uid: number | undefined): void {
  if (platform === 'linux' && uid === 0) return;
  const needed = platform === 'linux' ? `root, but this process has uid ${uid}` : `Linux, but this is ${platform}`;
  throw new LodestoneError('ERR_UNSUPPORTED', `recording packets needs ${needed}: omit --packets`);
}

/** @param installed whether a program exists on this machine @throws {LodestoneError} `ERR_UNSUPPORTED` */
export function requireProgram(program: SystemProgram, installed: (program: string) => boolean): void {
  if (installed(program)) return;
  const command = packageManagerCommand(program);
  throw new LodestoneError(
    'ERR_UNSUPPORTED',
    `recording packets needs the program ${program}. ${command === undefined ? 'Install it' : `Install it with: ${command}`}`,
  );
}

function isInstalled(program: string): boolean {
  return SYSTEM_PATH.split(path.delimiter).some((folder) => folder !== '' && existsSync(path.join(folder, program)));
}
