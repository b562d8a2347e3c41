/**
 * `npm run pack -- FOLDER`: the published packages as tarballs, as a registry gets them. Flow: dist → pnpm pack → here → publint, tests, release.
 * Promise: a packed manifest names repository, homepage and bugs, and no private package; links of a packed README are absolute, because a
 * registry shows it without the repository. The address is LODESTONE_REPOSITORY, which the release sets, else the root manifest's.
 */
import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { visit } from 'unist-util-visit';
import { type Package, packagesOf, pnpm } from '../run/packages.ts';
import { commandOf, ROOT, runNode } from '../run/program.ts';
import { builtFolders, finishDist } from './dist.ts';
import { generate } from './generated.ts';

const run = promisify(execFile);

/** Packages that run in browsers too: a version of Node is nothing that they could need. */
export const BROWSER_PACKAGES = ['client', 'protocol', 'trust', 'seal', 'pdq', 'locked-list'];

/**
 * Packs what the compiler has built.
 * @param names folders of published packages, such as `client`; default all
 * @returns the tarballs' paths
 */
export async function pack(folder: string, names?: readonly string[]): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  finishDist();
  const packages = packagesOf().filter((one) => one.published && (names?.includes(path.basename(one.folder)) ?? true));
  const filters = packages.map(({ name }) => `--filter=${name}`);
  await run('npx', ['--yes', pnpm(), ...filters, 'pack', `--pack-destination=${folder}`], { cwd: ROOT });
  return Promise.all(packages.map((one) => finishTarball(folder, one)));
}

async function finishTarball(folder: string, { name, folder: source }: Package): Promise<string> {
  const [tarball, ...others] = globSync(`${name.slice(1).replace('/', '-')}-*.tgz`, { cwd: folder });
  if (tarball === undefined || others.length > 0) throw new Error(`${folder} must be empty before packing`);
  const file = path.join(folder, tarball);
  const unpacked = mkdtempSync(path.join(tmpdir(), 'lodestone-pack-'));
  try {
    await run('tar', ['-xzf', file, '-C', unpacked]);
    edit(path.join(unpacked, 'package/package.json'), (text) => packedManifest(text, source, repository()));
    edit(path.join(unpacked, 'package/README.md'), (text) => packedReadme(text, source, repository()));
    await run('tar', ['-czf', file, '-C', unpacked, 'package']);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
  return file;
}

/** Address of the repository's pages, without `.git`. */
function repository(): string {
  const { repository: url } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    repository: string;
  };
  return process.env['LODESTONE_REPOSITORY'] ?? url;
}

/** @param folder of the package in the repository, such as `packages/client` */
export function packedManifest(text: string, folder: string, address: string): string {
  const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(text) as Record<string, unknown>;
  const packed = {
    ...manifest,
    repository: { type: 'git', url: `git+${address}.git`, directory: folder },
    homepage: `${address}/tree/main/${folder}#readme`,
    bugs: `${address}/issues`,
  };
  return `${JSON.stringify(packed, null, 2)}\n`;
}

export function packedReadme(text: string, folder: string, address: string): string {
  const changes: { start: number; end: number; by: string }[] = [];
  visit(fromMarkdown(text), ['link', 'image', 'definition'], (node) => {
    if (!('url' in node) || !node.position || /^([a-z][a-z\d+.-]*:|#)/i.test(node.url)) return;
    const [start = 0, end = 0] = [node.position.start.offset, node.position.end.offset];
    const target = path.posix.join(folder, node.url);
    const url = `${address}/${node.type === 'image' ? 'raw' : 'blob'}/main/${target}`;
    const source = text.slice(start, end);
    const at = source.lastIndexOf(node.url);
    changes.push({ start, end, by: source.slice(0, at) + url + source.slice(at + node.url.length) });
  });
  return changes
    .sort((a, b) => b.start - a.start)
    .reduce((changed, { start, end, by }) => changed.slice(0, start) + by + changed.slice(end), text);
}

/** One CycloneDX file for each published package, and one for the sandbox, which the client contains as a built file. */
async function writeBillsOfMaterials(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const names = packagesOf().filter((one) => one.published || one.name === '@lodestone/sandbox');
  const filters = names.map(({ name }) => `--filter=${name}`);
  const format = ['--sbom-format', 'cyclonedx', '--prod', '--split', '--out', path.join(folder, '%s-%v.cdx.json')];
  await run('npx', ['--yes', pnpm(), ...filters, 'sbom', ...format], { cwd: ROOT });
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('name a folder: npm run pack -- FOLDER');
  await generate();
  const compiled = await runNode([commandOf('typescript', 'tsc'), '-b', ...builtFolders()]);
  if (compiled === 0) {
    const target = path.resolve(process.env['INIT_CWD'] ?? '.', folder);
    const tarballs = await pack(target);
    await writeBillsOfMaterials(path.join(target, 'sbom'));
    console.log(
      `pack: ${tarballs.length} tarballs in ${folder}, and what they contain in ${path.join(folder, 'sbom')}`,
    );
  } else {
    console.log('pack: failed: the compiler reported errors');
  }
  process.exitCode = compiled;
}
