/** tcpdump at the far end of the link: each packet that comes from the browser's network, whole, before anything is done. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import { SYSTEM_PATH } from '../system/spawn.ts';
import type { CommandInside } from './link.ts';

export interface Recorder {
  /** @returns a file in the pcap format @throws {LodestoneError} `ERR_SCHEMA` where packets were lost */
  stop(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** It ends with its standard input, so with this process at the latest. */
const SCRIPT = 'tcpdump "$@" & cat; kill $!; wait $!';
const READY_MS = 10_000;
/** For packets that are still on their way to it. */
const SETTLE_MS = 300;
/** KiB: a second of a fast upload. */
const BUFFER = 65_536;

export async function record(enter: CommandInside, device: string): Promise<Recorder> {
  // Only what comes from there; without names for addresses; each packet at once; as a file on standard output.
  const how = ['-i', device, '-Q', 'in', '-n', '-U', '--immediate-mode', '-B', String(BUFFER), '-w', '-'];
  const [command, args] = enter('sh', '-c', SCRIPT, 'sh', ...how);
  const child = spawn(command, args, {
    env: { ...process.env, PATH: SYSTEM_PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const gone = new Promise((closed) => child.once('close', closed));
  const chunks: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.once('error', (error) => (said += error.message));
  const end = async (): Promise<void> => {
    child.stdin.end();
    await gone;
  };
  for (const since = Date.now(); !/^tcpdump: listening on /m.test(said); await sleep(20)) {
    if (Date.now() - since < READY_MS && child.pid !== undefined && child.exitCode === null) continue;
    await end();
    throw new Error(`tcpdump does not start: ${said.trim()}`);
  }
  return {
    async stop() {
      await sleep(SETTLE_MS);
      await end();
      const [, lost] = /^(\d+) packets? dropped by kernel$/m.exec(said) ?? [];
      if (lost !== '0')
        throw new LodestoneError('ERR_SCHEMA', `the recording of packets is not whole: tcpdump says ${said.trim()}`);
      return Buffer.concat(chunks);
    },
    close: end,
  };
}
