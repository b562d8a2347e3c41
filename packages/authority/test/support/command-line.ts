/** `lodestone-authority`, in this process or as users run it. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { inThisProcess, type Printed } from '@lodestone/testkit/in-this-process';
import { run as runCommand } from '../../src/cli/program.ts';

export const MAIN: string = path.join(import.meta.dirname, '../../src/cli/main.ts');

export const run = async (...args: readonly string[]): Promise<Printed> =>
  withoutAdvice(await inThisProcess(runCommand, args));

/** `commands-name-the-next-step.test.ts` tests the lines that name the next step. */
function withoutAdvice(printed: Printed): Printed {
  return { ...printed, err: printed.err.replaceAll(/^next: .*\n/gm, '') };
}

/** @param typed what the person answers; without a terminal, an answer ends with the input */
export async function startProgram(args: readonly string[], typed = ''): Promise<Printed> {
  const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args]);
  child.stdin.on('error', () => {});
  child.stdin.end(typed);
  const code = new Promise<number>((resolve) => void child.once('close', (status) => resolve(status ?? -1)));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return withoutAdvice({ code: await code, out, err });
}
