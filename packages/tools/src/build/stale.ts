/** Which files of a `dist` the compiler left behind from sources that are gone: it never removes one itself. Pure. */

/** What the compiler makes of `src/a.ts`, beside `dist/a.js`. */
const MADE = /\.(?:js|d\.ts)(?:\.map)?$/;

/**
 * @param made files of `dist`, from there on
 * @param sources files of `src`, from there on
 */
export function staleFiles(made: readonly string[], sources: readonly string[]): string[] {
  const living = new Set(sources.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -'.ts'.length)));
  return made.filter((file) => MADE.test(file) && !living.has(file.replace(MADE, '')));
}
