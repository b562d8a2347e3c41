/**
 * Recognises SVG in any encoding and behind any prologue: it is a picture, and can contain others. Flow: sniff → here.
 * Promise: a document whose root element browsers show as SVG is never a file. Linear in time; nothing throws.
 * Spec: docs/design/hashing.md#formats, XML 1.0 §2.8 (prologue), appendix F (encodings)
 */
import { LIMITS } from '@lodestone/protocol/limits';

/** With a namespace prefix of any length. */
const SVG_ELEMENT = /<(?:[^\s<>/:!?]+:)?svg[\s/>]/iy;
const NAME_WITHOUT_END = /<[^\s<>/!?]*$/y;

/** Whether the first element is `svg`, or its name does not end in a content's first block, so that it could be. */
export function isVectorPicture(head: Uint8Array): boolean {
  const text = decodeXml(head);
  const at = pastPrologue(text);
  const isCut = head.length >= LIMITS.blockBytes;
  if (at === undefined) return isCut && text.startsWith('<');
  return matchesAt(SVG_ELEMENT, text, at) || (isCut && matchesAt(NAME_WITHOUT_END, text, at));
}

/** @param pattern sticky */
function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/** UTF-16 has a zero in its first two bytes or a mark. In all other encodings that browsers read, markup is as in ASCII. */
function decodeXml(head: Uint8Array): string {
  const [first = 0, second = 0] = head;
  const isLittleEndian = (first === 0xff && second === 0xfe) || (first > 0 && second === 0);
  const isBigEndian = (first === 0xfe && second === 0xff) || (first === 0 && second > 0);
  const encoding = isLittleEndian ? 'utf-16le' : isBigEndian ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(head).trimStart();
}

/** Where the first element begins; undefined if comments, instructions and the document type reach to the end. */
function pastPrologue(text: string): number | undefined {
  let at = 0;
  for (;;) {
    at = pastSpace(text, at);
    // Not one literal: HTML's comment opener must not be in the sandbox document.
    if (text.startsWith('<!', at) && text.startsWith('--', at + 2)) at = past(text, '-->', at + 4);
    else if (text.startsWith('<?', at)) at = past(text, '?>', at + 2);
    else if (text.startsWith('<!DOCTYPE', at)) at = pastDocumentType(text, at + 9);
    else return at < text.length ? at : undefined;
    if (at === 0) return undefined;
  }
}

/** 0 if it does not end. Brackets hold declarations, in which quoted values and comments may contain any character. */
function pastDocumentType(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length && at > 0;) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") at = past(text, character, at + 1);
    else if (text.startsWith('<!', at) && text.startsWith('--', at + 2)) at = past(text, '-->', at + 4);
    else if (text.startsWith('<?', at)) at = past(text, '?>', at + 2);
    else {
      at += 1;
      if (character === '[') depth += 1;
      else if (character === ']') depth -= 1;
      else if (character === '>' && depth === 0) return at;
    }
    if (at === 0) return 0;
  }
  return 0;
}

function pastSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text.charAt(at))) at += 1;
  return at;
}

/** 0 if it is not there. */
function past(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? 0 : at + end.length;
}
