/**
 * Makes the generated files that are not in the repository: kernels, the sandbox document, the classifier model.
 * `npm run setup` runs it before every other command. A package's `generate` script does nothing while its inputs are
 * unchanged, and reports `NAME: built` or `NAME: up to date`.
 */
import { runScript } from './package-scripts.ts';

/** Prints one line for each file that was built. @throws if a script fails */
export async function generate(): Promise<void> {
  const { exitCode, output } = await runScript('generate');
  if (exitCode !== 0) throw new Error(`a generate script failed:\n${output}`);
  for (const line of output.split('\n')) if (line !== '' && !line.includes(': up to date')) console.log(line);
}

if (import.meta.main) await generate();
