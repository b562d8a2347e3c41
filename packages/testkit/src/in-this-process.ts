/**
 * Runs a command line in this process, which takes a tenth of the time of a new one. A few tests of each command line start
 * the real program, because standard input, signals and the exit itself are outside of this.
 */
import { Console } from 'node:console';
import { Writable } from 'node:stream';

export interface Printed {
  /** The exit code that the process would have. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** @param run the function that the program calls with its arguments; it sets `process.exitCode` */
export async function inThisProcess(run: (args: string[]) => Promise<void>, args: readonly string[]): Promise<Printed> {
  const printed = { out: '', err: '' };
  const into = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        printed[name] += chunk.toString();
        done();
      },
    });
  const [stdout, stderr] = [into('out'), into('err')];
  const before = {
    console: globalThis.console,
    code: process.exitCode,
    out: process.stdout.write,
    err: process.stderr.write,
  };
  globalThis.console = new Console({ stdout, stderr });
  process.stdout.write = stdout.write.bind(stdout) as typeof process.stdout.write;
  process.stderr.write = stderr.write.bind(stderr) as typeof process.stderr.write;
  process.exitCode = undefined;
  try {
    await run([...args]);
    return { code: exitCode(), ...printed };
  } finally {
    globalThis.console = before.console;
    process.stdout.write = before.out;
    process.stderr.write = before.err;
    process.exitCode = before.code;
  }
}

function exitCode(): number {
  return Number(process.exitCode ?? 0);
}
