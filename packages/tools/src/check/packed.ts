/** Packs each published package as for a registry and runs publint on it. The types step must have compiled it. */
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finishDist } from '../build/dist.ts';
import { packagesOf, pnpm } from '../run/packages.ts';
import { commandOf, runQuietly, type Outcome } from '../run/program.ts';

export async function checkPacked(): Promise<Outcome> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-packed-'));
  try {
    finishDist();
    const published = packagesOf().filter((one) => one.published);
    const filters = published.map((one) => `--filter=${one.name}`);
    const packing = await runQuietly('npx', ['--yes', pnpm(), ...filters, 'pack', `--pack-destination=${folder}`]);
    const tarballs = globSync('*.tgz', { cwd: folder }).sort();
    if (packing.exitCode !== 0) return packing;
    if (tarballs.length !== published.length) {
      return { exitCode: 1, output: `expected ${published.length} packed packages, got ${tarballs.length}` };
    }
    return await lintPackages(tarballs.map((tarball) => path.join(folder, tarball)));
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
