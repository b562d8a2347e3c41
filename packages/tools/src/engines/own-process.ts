/**
 * Which Node test files run in a process of their own. The others share processes, which saves a fifth of the processor time.
 * Promise: a file that can replace timers, globals or modules, itself or through a helper, shares nothing with other files.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface NodeTests {
  /** Files that share processes; paths are relative to the root. */
  readonly sharing: string[];
  readonly alone: string[];
}

export function nodeTests(root: string, include: string, exclude: readonly string[]): NodeTests {
  const files = globSync(include, { cwd: root, exclude }).sort();
  const alone = new Set(files.filter((file) => importsVi(path.join(root, file))));
  return { sharing: files.filter((file) => !alone.has(file)), alone: [...alone] };
}

const IMPORTS_VI = /\bimport\s*\{[^}]*\bvi\b[^}]*\}\s*from\s*'vitest'/;
/** Only test code imports Vitest, and it imports other test code by relative paths. */
const RELATIVE_IMPORT = /\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

/** Whether a file, or a file that it imports, imports `vi`: only with it can a test replace what others use. */
function importsVi(file: string, seen: Set<string> = new Set()): boolean {
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (IMPORTS_VI.test(text)) return true;
  const imported = [...text.matchAll(RELATIVE_IMPORT)].map(([, to = '']) => path.resolve(path.dirname(file), to));
  return imported.some((next) => importsVi(next, seen));
}
