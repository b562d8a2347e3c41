/** The packages of the repository, from their package.json. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './program.ts';

export interface Package {
  /** Name for imports: `@lodestone/client`. */
  readonly name: string;
  /** From the root: `packages/client`. */
  readonly folder: string;
  readonly published: boolean;
}

export function packagesOf(root: string = ROOT): Package[] {
  return globSync('packages/*/package.json', { cwd: root })
    .sort()
    .map((file) => {
      const manifest = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as { name: string; private?: boolean };
      return { name: manifest.name, folder: path.dirname(file), published: manifest.private !== true };
    });
}

/** pnpm for `npx`, in the version that the `setup` script names. */
export function pnpm(): string {
  const [found] = /pnpm@[\d.]+/.exec(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) ?? [];
  if (found === undefined) throw new Error('package.json: the script "setup" must contain pnpm@VERSION');
  return found;
}
