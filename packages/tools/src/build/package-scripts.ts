/**
 * Runs a script of every package and model that has one, so that tools depends on no package that it builds:
 * `generate` makes generated files, `lock:check` and `lock:update` compare and accept them. Promise: a package runs after
 * the packages that it depends on; a failed script is reported with its output.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, runQuietly, type Outcome } from '../run/program.ts';

export type PackageScript = 'generate' | 'lock:check' | 'lock:update';

interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A script that is ready to run. */
export interface ScriptRun {
  readonly folder: string;
  /** Node's arguments: `node ARGS` is the script. */
  readonly args: readonly string[];
}

/** @returns the runs of a script, dependencies first */
export function runsOf(script: PackageScript, root: string = ROOT): ScriptRun[] {
  const manifests = globSync('{packages,models}/*/package.json', { cwd: root })
    .sort()
    .map((file) => ({
      folder: path.join(root, path.dirname(file)),
      manifest: JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest,
    }));
  return dependenciesFirst(manifests).flatMap(({ folder, manifest }) => {
    const command = manifest.scripts?.[script];
    if (command === undefined) return [];
    const [program, ...args] = command.split(' ');
    if (program !== 'node') throw new Error(`${manifest.name}: the script "${script}" must start with "node"`);
    return [{ folder, args }];
  });
}

/** Runs a script in every package that has one. @returns the first failure, or all output */
export async function runScript(script: PackageScript): Promise<Outcome> {
  let output = '';
  for (const { folder, args } of runsOf(script)) {
    const outcome = await runQuietly(process.execPath, args, folder);
    if (outcome.exitCode !== 0) return outcome;
    output += outcome.output;
  }
  return { exitCode: 0, output };
}

function dependenciesFirst<Entry extends { readonly manifest: Manifest }>(entries: readonly Entry[]): Entry[] {
  const byName = new Map(entries.map((entry) => [entry.manifest.name, entry]));
  const ordered = new Set<Entry>();
  const visit = (entry: Entry, path: readonly Entry[]): void => {
    if (ordered.has(entry)) return;
    if (path.includes(entry)) throw new Error(`${entry.manifest.name} depends on itself`);
    for (const name of Object.keys(entry.manifest.dependencies ?? {})) {
      const dependency = byName.get(name);
      if (dependency !== undefined) visit(dependency, [...path, entry]);
    }
    ordered.add(entry);
  };
  for (const entry of entries) visit(entry, []);
  return [...ordered];
}
