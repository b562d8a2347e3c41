/** Runs a system program to its end. Flow: packets/ → here. Spec: docs/design/audit.md#packets */
import { spawn } from 'node:child_process';
import path from 'node:path';

export interface RunOptions {
  /** For its standard input. */
  input?: string;
  timeoutMs: number;
}

/** PATH with the folders of system programs, which PATH may lack if the session did not start as root. */
export const SYSTEM_PATH: string = [
  process.env['PATH'] ?? '',
  ...(process.platform === 'linux' ? ['/usr/sbin', '/sbin'] : []),
].join(path.delimiter);

/** Quotes any text as one word of a POSIX shell. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** @returns its standard output; rejects with its error line */
export function runProgram(
  command: string,
  args: readonly string[],
  { input, timeoutMs }: RunOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: SYSTEM_PATH };
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs });
    let printed = '';
    let output = '';
    const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000));
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      keep(chunk);
    });
    child.stderr.on('data', keep);
    // If the program exits without reading, its exit code reports the error.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(printed) : reject(new Error(errorLine(output)))));
  });
}

/** The line of the output that names the error. */
function errorLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^(error|e):/i.test(line)) ??
    lines.findLast((line) => line !== '') ??
    'it failed without output'
  );
}
