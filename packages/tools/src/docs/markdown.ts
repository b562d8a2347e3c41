/** Reads a Markdown page for the link check: its links, and the anchors that GitHub gives its headings. Pure. */
import GithubSlugger from 'github-slugger';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString } from 'mdast-util-to-string';
import { visit } from 'unist-util-visit';

export interface Link {
  readonly target: string;
  /** From 1. */
  readonly line: number;
}

/** `<a id="name">`, in the HTML of a page. */
const ANCHOR = /<a\s+(?:id|name)="([^"]+)"/g;

/** Links, pictures and definitions; code contains none. */
export function linksOf(page: string): Link[] {
  const links: Link[] = [];
  visit(fromMarkdown(page), ['link', 'image', 'definition'], (node) => {
    if ('url' in node && node.position) links.push({ target: node.url, line: node.position.start.line });
  });
  return links;
}

/** Many links lead to the same page, and parsing one takes a tenth of a second. */
const knownAnchors = new Map<string, ReadonlySet<string>>();

export function anchorsOf(page: string): ReadonlySet<string> {
  const known = knownAnchors.get(page);
  if (known) return known;
  const anchors = new Set<string>();
  knownAnchors.set(page, anchors);
  const slugger = new GithubSlugger();
  visit(fromMarkdown(page), (node) => {
    if (node.type === 'heading') anchors.add(slugger.slug(toString(node)));
    if (node.type === 'html') for (const [, name = ''] of node.value.matchAll(ANCHOR)) anchors.add(name);
  });
  return anchors;
}
