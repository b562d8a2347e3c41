/** Bundles an entry of the sandbox into one file, and checks that it is within its budget. Promise: the same sources give the same bytes. */
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol/limits';

const SANDBOX = path.join(import.meta.dirname, '..');

/** @param form `part`: a script that sets `part` to the entry's default export */
export async function bundle(
  entry: string,
  form: 'readable' | 'minified' | 'part',
  define: Record<string, string> = {},
): Promise<string> {
  // Loaded only if there is something to build.
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    // File names relative to this folder enter the result, so it does not depend on the repository's location.
    cwd: SANDBOX,
    input: entry,
    platform: 'browser',
    tsconfig: false,
    transform: { define },
    plugins: form === 'readable' ? [] : [{ name: 'limits', transform: (code) => withLimits(code) }],
    resolve: { conditionNames: ['source', 'import', 'browser', 'default'] },
    onLog: (_level, log) => {
      throw new Error(`${entry}: ${log.message}`);
    },
  });
  const format = form === 'part' ? ({ format: 'iife', name: 'part' } as const) : ({ format: 'es' } as const);
  const { output } = await build.generate({ ...format, minify: form !== 'readable', codeSplitting: false });
  await build.close();
  const [chunk, ...others] = output;
  if (others.length > 0 || chunk.imports.length > 0)
    throw new Error(
      `${entry}: the bundle has more than one file or imports another; make every import static and relative`,
    );
  return chunk.code.trim();
}

/** The limits as numbers: of their tables, which have those of all packages, most would be dead weight. */
function withLimits(code: string): string {
  const limits: Readonly<Record<string, number>> = { ...LIMITS, ...SCAN_LIMITS };
  return code.replaceAll(/\b(?:SCAN_)?LIMITS\.(\w+)/g, (use, name: string) => String(limits[name] ?? use));
}

export function checkSize(what: string, text: string, maxBytes: number): void {
  const bytes = gzipBytesOf(text);
  if (bytes > maxBytes) throw new Error(`${what} has ${bytes} bytes (gzip), but its budget is ${maxBytes}`);
}

export function gzipBytesOf(text: string): number {
  return gzipSync(text, { level: 9 }).byteLength;
}
