/** Finds files in a `dist` whose sources are gone: the compiler never removes its output. Pure. */

/** Output of the compiler for one source. It writes no source maps: what it writes is readable, and packages contain no sources. */
const MADE = /\.(?:js|d\.ts)$/;
const MAP = /\.(?:js|d\.ts)\.map$/;

/**
 * @param made files, relative to `dist`
 * @param sources files, relative to `src`
 */
export function staleFiles(made: readonly string[], sources: readonly string[]): string[] {
  const living = new Set(sources.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -'.ts'.length)));
  return made.filter((file) => MAP.test(file) || (MADE.test(file) && !living.has(file.replace(MADE, ''))));
}
