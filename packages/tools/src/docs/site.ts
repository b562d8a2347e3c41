/**
 * The pages of the documentation site: those of `docs/`, and the READMEs. `gatherPages` copies them to a folder, in which VitePress builds.
 * Promise: a link to a page of the site leads to it; of a link to another file, such as source code, only the text stays, because the
 * repository has no public address yet; a page that no section names is an error.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { visit } from 'unist-util-visit';

/** All pages, as patterns from the root of the repository. */
export const PAGES: readonly string[] = [
  '*.md',
  'docs/**/*.md',
  '{packages,examples,models}/*/README.md',
  'models/README.md',
];

/** Not a port of the pages' own samples, which a reader follows while the site is open. */
export const SITE_PORT = 4690;

export interface Section {
  readonly text: string;
  /** Paths in the repository, in reading order. */
  readonly pages: readonly string[];
}

export const SECTIONS: readonly Section[] = [
  {
    text: 'Start',
    pages: [
      'docs/start.md',
      'packages/client/README.md',
      'README.md',
      'packages/demo/README.md',
      'examples/vanilla-chat/README.md',
      'examples/react-e2ee-chat/README.md',
    ],
  },
  {
    text: 'Integrate',
    pages: [
      'docs/integrate/react.md',
      'docs/integrate/bundlers.md',
      'docs/integrate/hosting.md',
      'docs/integrate/sizes.md',
      'docs/integrate/csp.md',
      'docs/integrate/platforms.md',
      'docs/integrate/testing.md',
      'docs/integrate/sensitive.md',
      'docs/integrate/own-model.md',
      'docs/integrate/*.md',
      'docs/performance.md',
    ],
  },
  {
    text: 'Provide',
    pages: [
      'docs/provide/overview.md',
      'docs/provide/first-signal.md',
      'docs/provide/orders.md',
      'docs/provide/account-service.md',
      'docs/provide/console.md',
      'docs/provide/review.md',
      'docs/provide/report.md',
      'docs/provide/operations.md',
      'docs/provide/scale.md',
      'examples/provider/README.md',
      'packages/receiver/README.md',
      'packages/seal/README.md',
    ],
  },
  { text: 'Data protection', pages: ['docs/data-protection/overview.md', 'docs/data-protection/dpia.md'] },
  {
    text: 'Lists and orders',
    pages: ['packages/authority/README.md', 'docs/lists/ceremony.md', 'packages/pdq/README.md'],
  },
  {
    text: 'Audit',
    pages: ['docs/audit/threat-model.md', 'docs/audit/guide.md', 'docs/audit/demands.md', 'packages/audit/README.md'],
  },
  {
    text: 'Detection',
    pages: [
      'docs/detection/media.md',
      'docs/detection/quality.md',
      'docs/detection/locked-lists.md',
      'docs/detection/locked-scoring.md',
      'docs/detection/videos.md',
      'docs/detection/files.md',
      'docs/detection/collisions.md',
      'docs/detection/classifier.md',
      'models/README.md',
      'models/sensitive-image/README.md',
      'models/shapes/README.md',
    ],
  },
  {
    text: 'Reference',
    pages: ['docs/reference/*.md', 'docs/design/contracts.md', 'packages/protocol/README.md'],
  },
  {
    text: 'Design',
    pages: [
      'docs/architecture.md',
      'docs/design/overview.md',
      'docs/design/sandbox.md',
      'docs/design/message-gate.md',
      'docs/design/hashing.md',
      'docs/design/client.md',
      'docs/design/outbox.md',
      'docs/design/signed-inputs.md',
      'docs/design/contracts.md',
      'docs/design/receiver.md',
      'docs/design/authority.md',
      'docs/design/audit.md',
    ],
  },
  { text: 'Decisions', pages: ['docs/decisions/README.md', 'docs/decisions/0*.md'] },
  {
    text: 'Project',
    pages: [
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'SECURITY.md',
      'CODE_OF_CONDUCT.md',
      'docs/dependencies.md',
      'packages/*/README.md',
    ],
  },
];

/** The names of the packages' entry points, whose pages TypeDoc makes below `reference/api`: `@module` in each file of docs/typedoc.json. */
export function apiModules(root: string): string[] {
  const { entryPoints } = JSON.parse(readFileSync(path.join(root, 'docs/typedoc.json'), 'utf8')) as {
    entryPoints: string[];
  };
  return entryPoints.map((file) => {
    const [, name] = /^ \* @module (\S+)$/m.exec(readFileSync(path.join(root, 'docs', file), 'utf8')) ?? [];
    if (name === undefined) throw new Error(`${file} has no @module`);
    return name;
  });
}

/** The front page, which no section names. */
const FRONT = 'docs/index.md';

export interface Page {
  /** In the repository. */
  readonly file: string;
  /** In the site, with `.md`. */
  readonly page: string;
  readonly title: string;
}

/** The pages of each section. A page is in the first section that names it. */
export function pagesOf(root: string): { text: string; pages: Page[] }[] {
  const placed = new Set<string>();
  return SECTIONS.map(({ text, pages }) => ({
    text,
    pages: pages
      .flatMap((pattern) => globSync(pattern, { cwd: root }).sort())
      .filter((file) => placed.size < placed.add(file).size)
      .map((file) => ({ file, page: pageOf(file), title: titleOf(readFileSync(path.join(root, file), 'utf8')) })),
  }));
}

/**
 * Writes the site's pages and their pictures to `folder`, which is emptied first.
 * @throws if a page of `docs/` is in no section
 */
export function gatherPages(root: string, folder: string): void {
  const files = [FRONT, ...pagesOf(root).flatMap(({ pages }) => pages.map(({ file }) => file))];
  const missing = globSync('docs/**/*.md', { cwd: root, exclude: ['**/node_modules/**'] }).filter(
    (file) => !files.includes(file),
  );
  if (missing.length > 0) throw new Error(`no section of packages/tools/src/docs/site.ts names ${missing.join(', ')}`);
  rmSync(folder, { recursive: true, force: true });
  for (const file of files) {
    const { text, pictures } = siteText(readFileSync(path.join(root, file), 'utf8'), file, new Set(files));
    write(path.join(folder, pageOf(file)), text);
    for (const picture of pictures) {
      const target = path.join(folder, pictureOf(picture));
      mkdirSync(path.dirname(target), { recursive: true });
      cpSync(path.join(root, picture), target);
    }
  }
}

/** @param pages the files in the repository that are pages of the site */
export function siteText(
  text: string,
  file: string,
  pages: ReadonlySet<string>,
): { text: string; pictures: readonly string[] } {
  const changes: { start: number; end: number; by: string }[] = [];
  const pictures: string[] = [];
  visit(fromMarkdown(text), ['link', 'image', 'definition'], (node) => {
    if (!('url' in node) || !node.position || /^([a-z][a-z\d+.-]*:|#)/i.test(node.url)) return;
    const [target = '', anchor] = node.url.split('#');
    const named = path.join(path.dirname(file), target);
    const [start = 0, end = 0] = [node.position.start.offset, node.position.end.offset];
    const source = text.slice(start, end);
    if (node.type === 'image') {
      pictures.push(named);
      changes.push({ start, end, by: source.replace(node.url, relative(file, pictureOf(named))) });
      return;
    }
    const to = [named, path.join(named, 'README.md')].find((one) => pages.has(one));
    if (to !== undefined) {
      const by = `${relative(file, pageOf(to))}${anchor === undefined ? '' : `#${anchor}`}`;
      changes.push({ start, end, by: source.replace(node.url, by) });
    } else if (node.type === 'link') {
      const [first, last] = [node.children[0], node.children.at(-1)];
      changes.push({ start, end, by: text.slice(first?.position?.start.offset, last?.position?.end.offset) });
    }
  });
  let changed = text;
  for (const { start, end, by } of changes.sort((a, b) => b.start - a.start)) {
    changed = changed.slice(0, start) + by + changed.slice(end);
  }
  return { text: changed, pictures };
}

/** `docs/design/hashing.md` is `design/hashing.md`, `packages/client/README.md` is `packages/client.md`, `README.md` is `overview.md`. */
function pageOf(file: string): string {
  if (file === 'README.md') return 'overview.md';
  const inSite = file.replace(/^docs\//, '');
  if (/^(decisions|models)\/README\.md$/.test(inSite)) return inSite.replace('README', 'index');
  return inSite.replace('/README.md', '.md');
}

function pictureOf(file: string): string {
  return file.replace(/^docs\//, '');
}

function relative(from: string, to: string): string {
  const found = path.relative(path.dirname(pageOf(from)), to);
  return found.startsWith('.') ? found : `./${found}`;
}

function titleOf(text: string): string {
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? 'Untitled';
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
