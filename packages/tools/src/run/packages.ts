/** The packages of the repository as their package.json has them. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './program.ts';

export interface Package {
  /** As others import it: `@lodestone/client`. */
  readonly name: string;
  /** From the root on: `packages/client`. */
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

/** pnpm in the one version that the repository is installed with, as `npx` takes it; the `setup` script names it. */
export function pnpm(): string {
  const [found] = /pnpm@[\d.]+/.exec(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) ?? [];
  if (found === undefined) throw new Error('the setup script of package.json names no version of pnpm');
  return found;
}
