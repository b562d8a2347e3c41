/**
 * What a link check needs of a Markdown page: where it links to, and which headings it has. Pure.
 * Headings get the anchors that GitHub gives them. Code, in blocks and in lines, holds no links.
 */
export interface Link {
  readonly target: string;
  /** From 1. */
  readonly line: number;
}

/** `[text](target "title")`, also for pictures, and `[name]: target`. */
const LINK = /\]\(\s*<?([^\s)>]+)>?(?:\s+["'(][^)]*)?\)|^\s{0,3}\[[^\]]+\]:\s+<?([^\s>]+)>?/g;
const FENCE = /^\s{0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$/;
const ANCHOR = /<a\s+(?:id|name)="([^"]+)"/g;

export function linksOf(page: string): Link[] {
  return proseOf(page).flatMap((text, index) =>
    [...text.replaceAll(/`[^`]*`/g, '').matchAll(LINK)].map((match) => ({
      target: match[1] ?? match[2] ?? '',
      line: index + 1,
    })),
  );
}

export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const text of proseOf(page)) {
    const heading = HEADING.exec(text)?.[1];
    if (heading !== undefined) anchors.add(unused(slugOf(heading), anchors));
    for (const [, name = ''] of text.matchAll(ANCHOR)) anchors.add(name);
  }
  return anchors;
}

/** The page's lines, with those of code blocks empty. */
function proseOf(page: string): string[] {
  let fence = '';
  return page.split(/\r?\n/).map((text) => {
    const mark = FENCE.exec(text)?.[1] ?? '';
    if (fence === '') {
      fence = mark;
      return mark === '' ? text : '';
    }
    if (mark.startsWith(fence)) fence = '';
    return '';
  });
}

function slugOf(heading: string): string {
  const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
  return words
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function unused(slug: string, anchors: ReadonlySet<string>): string {
  if (!anchors.has(slug)) return slug;
  let count = 1;
  while (anchors.has(`${slug}-${count}`)) count++;
  return `${slug}-${count}`;
}
