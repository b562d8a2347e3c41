/** Writes each problem to the console once, for hosts that set the option `debug`. The only file of the client that may. Spec: docs/design/client.md#problems */
import type { Problem } from './status.ts';

export function createProblemLog(
  write: (line: string) => void = (line) => console.warn(line),
): (problems: readonly Problem[]) => void {
  const written = new Set<string>();
  return (problems) => {
    for (const { code, of, sentence, fix } of problems) {
      const line = `Lodestone: ${code} (${of}): ${sentence}${/[.?]$/.test(sentence) ? '' : '.'} To do: ${fix}.`;
      if (!written.has(line)) write(line);
      written.add(line);
    }
  };
}
