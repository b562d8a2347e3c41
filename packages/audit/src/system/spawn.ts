/** Runs a program of this machine to its end. */
import { spawn } from 'node:child_process';
import path from 'node:path';

export interface RunOptions {
  /** What it is given to read. */
  input?: string;
  timeoutMs: number;
}

/** With the folders of system programs, which root's own may lack where a session was not begun as root. */
export const SYSTEM_PATH: string = [
  process.env['PATH'] ?? '',
  ...(process.platform === 'linux' ? ['/usr/sbin', '/sbin'] : []),
].join(path.delimiter);

/** One word of a POSIX shell, whatever it holds. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** @returns what it printed; rejects with what it said of its failure */
export function runProgram(
  command: string,
  args: readonly string[],
  { input, timeoutMs }: RunOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', PATH: SYSTEM_PATH };
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs });
    let printed = '';
    let said = '';
    const keep = (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000));
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      keep(chunk);
    });
    child.stderr.on('data', keep);
    // A program that ends without reading says why by its exit.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(printed) : reject(new Error(tellingLine(said)))));
  });
}

/** Of a tool's output the line that names the fault, not the trace or the summary around it. */
function tellingLine(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^(error|e):/i.test(line)) ??
    lines.findLast((line) => line !== '') ??
    'it failed without a word'
  );
}
