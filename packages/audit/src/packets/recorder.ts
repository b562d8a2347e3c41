/** Records with tcpdump every packet that arrives at the far end of the link. Flow: network-namespace.ts → here → pcap.ts. Spec: docs/design/audit.md#packets */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LodestoneError } from '@lodestone/protocol/error';
import { SYSTEM_PATH } from '../system/spawn.ts';
import type { CommandInside } from './link.ts';

export interface Recorder {
  /** @returns a pcap file @throws {LodestoneError} `ERR_SCHEMA` if packets were lost */
  stop(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** tcpdump ends with its standard input, so with this process at the latest. */
const SCRIPT = 'tcpdump "$@" & cat; kill $!; wait $!';
const READY_MS = 10_000;
/** For packets that have not reached tcpdump yet. */
const SETTLE_MS = 300;
/** KiB: one second of a fast upload. */
const BUFFER = 65_536;

export async function record(enter: CommandInside, device: string): Promise<Recorder> {
  // Incoming packets only, no name look-ups, each packet immediately, as a file on standard output.
  const how = ['-i', device, '-Q', 'in', '-n', '-U', '--immediate-mode', '-B', String(BUFFER), '-w', '-'];
  const [command, args] = enter('sh', '-c', SCRIPT, 'sh', ...how);
  const child = spawn(command, args, {
    env: { ...process.env, PATH: SYSTEM_PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const gone = new Promise((closed) => child.once('close', closed));
  const chunks: Buffer[] = [];
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.once('error', (error) => (errors += error.message));
  const end = async (): Promise<void> => {
    child.stdin.end();
    await gone;
  };
  for (const since = Date.now(); !/^tcpdump: listening on /m.test(errors); await sleep(20)) {
    if (Date.now() - since < READY_MS && child.pid !== undefined && child.exitCode === null) continue;
    await end();
    throw new Error(`tcpdump did not start: ${errors.trim()}`);
  }
  return {
    async stop() {
      await sleep(SETTLE_MS);
      await end();
      const [, lost] = /^(\d+) packets? dropped by kernel$/m.exec(errors) ?? [];
      if (lost !== '0')
        throw new LodestoneError('ERR_SCHEMA', `the packet recording is incomplete. tcpdump: ${errors.trim()}`);
      return Buffer.concat(chunks);
    },
    close: end,
  };
}
