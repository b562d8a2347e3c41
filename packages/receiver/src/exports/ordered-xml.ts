/**
 * Prints XML by a table of elements, in the table's order, whatever the order of the values. Flow: ncmec-report → here.
 * Promise: an element that the table lacks, a missing required one, or text that XML cannot contain is an error, never output.
 * Spec: docs/design/receiver.md#exports
 */
import { LodestoneError } from '@lodestone/protocol/error';

export interface XmlElement {
  readonly name: string;
  readonly isRequired?: true;
  /** It may appear several times. */
  readonly isRepeated?: true;
  /** Only one of the children appears. */
  readonly isChoice?: true;
  /** In order. Without children, an element has text. */
  readonly children?: readonly XmlElement[];
}

export type XmlValue = string | XmlValues | readonly XmlValue[];
/** Undefined: the element is left out. */
export interface XmlValues {
  readonly [name: string]: XmlValue | undefined;
}

/** NCMEC's limit of a free text. */
const TEXT_CHARS = 3_000;

const wrong = (why: string): LodestoneError<'ERR_CASE'> => new LodestoneError('ERR_CASE', `report: ${why}`);

export function printXml(root: XmlElement, values: XmlValues): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${print(root, values, root.name, '')}`;
}

function print(element: XmlElement, value: XmlValue, path: string, indent: string): string {
  const { name, children } = element;
  if (Array.isArray(value)) {
    if (!element.isRepeated) throw wrong(`${path} appears once`);
    return value.map((one: XmlValue) => print(element, one, path, indent)).join('');
  }
  if (!children) return `${indent}<${name}>${escape(value, path)}</${name}>\n`;
  if (typeof value === 'string') throw wrong(`${path} has elements, not text`);
  return `${indent}<${name}>\n${printChildren(element, value as XmlValues, path, `${indent}  `)}${indent}</${name}>\n`;
}

function printChildren(
  { children = [], isChoice }: XmlElement,
  values: XmlValues,
  path: string,
  indent: string,
): string {
  const given = Object.keys(values).filter((name) => values[name] !== undefined);
  const unknown = given.filter((name) => !children.some((child) => child.name === name));
  if (unknown.length > 0) throw wrong(`${path} has no element ${unknown.join(', ')}`);
  if (isChoice && given.length !== 1) throw wrong(`${path} has exactly one element`);
  const missing = children.filter(({ name, isRequired }) => isRequired && !given.includes(name));
  if (missing.length > 0) throw wrong(`${path} needs ${missing.map(({ name }) => name).join(', ')}`);
  return children
    .map((child) => {
      const value = values[child.name];
      return value === undefined ? '' : print(child, value, `${path}/${child.name}`, indent);
    })
    .join('');
}

/** Characters that XML 1.0 does not allow, even escaped. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escape(value: XmlValue, path: string): string {
  if (typeof value !== 'string') throw wrong(`${path} has text, not elements`);
  if (value.length > TEXT_CHARS) throw wrong(`${path} has more than ${TEXT_CHARS} characters`);
  if (FORBIDDEN.test(value)) throw wrong(`${path} has a character that XML does not allow`);
  return value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
