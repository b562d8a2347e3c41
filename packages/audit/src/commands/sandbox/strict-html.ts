/**
 * Parses the simplest form of HTML: quoted attributes, no entities, every element closed. A sandbox is written so. Promise:
 * whatever a browser could parse differently is refused. Flow: sandbox.html → here → run.ts. Spec: docs/design/audit.md#sandbox
 */
export type Piece =
  | { kind: 'doctype' }
  | { kind: 'comment'; text: string }
  | { kind: 'start'; name: string; attributes: ReadonlyMap<string, string> }
  | { kind: 'end'; name: string }
  /** `of`: the script or title that contains the text; undefined between elements. */
  | { kind: 'text'; text: string; of: 'script' | 'title' | undefined };

const DOCTYPE = /<!doctype html>/y;
const COMMENT = /<!--(?!-?>)((?:(?!--)[^])*)-->/y;
const START = /<([a-z][a-z0-9]*)((?: [a-z][a-z0-9-]*="[^"<>&]*")*)>/y;
const END = /<\/([a-z][a-z0-9]*)>/y;
const TEXT = /[^<&]+/y;
const SCRIPT = /([^]*?)<\/script>/y;

/** @returns the pieces in order, or why the text is refused */
export function readStrictHtml(html: string): { pieces: Piece[] } | { refused: string } {
  const replaced = /[\0\r]/.exec(html);
  if (replaced) return { refused: `a character that browsers replace, at offset ${replaced.index}` };
  const pieces: Piece[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(html);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < html.length) {
    const from = at;
    const start = take(START);
    if (start) {
      const [, name = '', attributes = ''] = start;
      pieces.push({ kind: 'start', name, attributes: attributesOf(attributes) });
      if (name !== 'script') continue;
      const script = take(SCRIPT)?.[1];
      // After `<!--` or `<script` other rules determine the end of a script.
      if (script === undefined || /<!--|<script/i.test(script))
        return { refused: `a script whose end is ambiguous, at offset ${from}` };
      pieces.push({ kind: 'text', text: script, of: 'script' }, { kind: 'end', name });
      continue;
    }
    const piece = nextPiece(take, pieces.at(-1));
    if (!piece) return { refused: `${JSON.stringify(html.slice(from, from + 30))} at offset ${from}` };
    pieces.push(piece);
  }
  return { pieces };
}

function nextPiece(take: (pattern: RegExp) => RegExpExecArray | null, before: Piece | undefined): Piece | undefined {
  if (take(DOCTYPE)) return { kind: 'doctype' };
  const comment = take(COMMENT);
  if (comment) return { kind: 'comment', text: comment[1] ?? '' };
  const end = take(END);
  if (end) return { kind: 'end', name: end[1] ?? '' };
  const text = take(TEXT);
  const of = before?.kind === 'start' && before.name === 'title' ? 'title' : undefined;
  return text ? { kind: 'text', text: text[0], of } : undefined;
}

function attributesOf(text: string): Map<string, string> {
  return new Map(Array.from(text.matchAll(/ ([a-z0-9-]+)="([^"]*)"/g), ([, name = '', value = '']) => [name, value]));
}
