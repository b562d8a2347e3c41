/** Starts `test/programs/receiver.ts`, and ends it, also if this process ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ReceiverAddresses, ReceiverProcessOptions } from '../programs/receiver.ts';

const PROGRAM = fileURLToPath(new URL('../programs/receiver.ts', import.meta.url));

export interface ReceiverProcess {
  pid: number;
  /** Undefined if the process ended before it listened. */
  addresses: Promise<ReceiverAddresses | undefined>;
  /** @returns when the process has ended, its exit code; null after a kill */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

export function startReceiverProcess(options: ReceiverProcessOptions): ReceiverProcess {
  const child: ChildProcess = fork(PROGRAM, [JSON.stringify(options)], {
    execArgv: ['--conditions=source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'exit').then(([code]) => {
    process.off('exit', kill);
    return code as number | null;
  });
  const listening = once(child, 'message').then(([addresses]) => addresses as ReceiverAddresses);
  return {
    pid: child.pid ?? 0,
    addresses: Promise.race([listening, ended.then(() => undefined)]),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
