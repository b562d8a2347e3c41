/**
 * Packs each published package as for a registry, runs publint on it, and resolves its types as TypeScript does for ESM and bundlers
 * (arethetypeswrong; the packages are ESM only). The types step must have compiled it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core';
import { pack } from '../build/pack.ts';
import { commandOf, runQuietly, type Outcome } from '../run/program.ts';

export async function checkPacked(): Promise<Outcome> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-packed-'));
  try {
    const tarballs = await pack(folder);
    const outcomes = [await lintPackages(tarballs), await resolveTypes(tarballs)];
    return {
      exitCode: Math.max(...outcomes.map(({ exitCode }) => exitCode)),
      output: outcomes.map(({ output }) => output).join('\n'),
    };
  } catch (error) {
    return { exitCode: 1, output: String(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function lintPackages(tarballs: readonly string[]): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const tarball of tarballs) {
    outcomes.push(await runQuietly(process.execPath, [commandOf('publint', 'publint'), 'run', tarball, '--strict']));
  }
  const bad = outcomes.filter((outcome) => outcome.exitCode !== 0);
  return { exitCode: bad.length === 0 ? 0 : 1, output: bad.map((outcome) => outcome.output).join('\n') };
}

/** Exports without types: a page, a WebAssembly file. */
const UNTYPED = /\.(html|wasm|json)$/;

async function resolveTypes(tarballs: readonly string[]): Promise<Outcome> {
  const lines: string[] = [];
  for (const tarball of tarballs) {
    const data = createPackageFromTarballData(readFileSync(tarball));
    const found = await checkPackage(data, { excludeEntrypoints: [UNTYPED] });
    const problems = found.types ? found.problems.filter(isOfEsm) : ['no types'];
    lines.push(...problems.map((problem) => `${found.packageName}: ${JSON.stringify(problem)}`));
  }
  return { exitCode: lines.length === 0 ? 0 : 1, output: lines.join('\n') };
}

/** Not of `require` and of the resolution before Node 12, for which the packages are not made. */
function isOfEsm(problem: Problem): boolean {
  return !('resolutionKind' in problem) || !['node10', 'node16-cjs'].includes(problem.resolutionKind);
}
