/**
 * An example order with a comment line above each field: `order --example` prints it, and `order DIR FILE` accepts it.
 * Promise: without its comments the text is a valid order. Spec: docs/design/contracts.md#detection-order
 */
import { exampleOrder } from '@lodestone/protocol/example';
import type { JsonSchema } from '@lodestone/protocol/json-schema';
import { orderSchema } from '@lodestone/protocol/order-schema';
import { DAY_MS, toInstant } from '@lodestone/protocol/time';

const DAYS = 90;

/** Valid from the day of `now` for 90 days. Every name in it is invented. */
export function commentedOrder(now: number): string {
  const today = now - (now % DAY_MS);
  const order = exampleOrder({
    legal: { instrument: 'Invented Act, section 1', jurisdiction: 'XA' },
    notBefore: toInstant(today),
    notAfter: toInstant(today + DAYS * DAY_MS),
  });
  return `${print(JSON.parse(JSON.stringify(order)), orderSchema(), '')}\n`;
}

/** Lines that begin with `//` become empty, so that errors still name the right line. JSON itself has no such line. */
export function withoutComments(text: string): string {
  return text.replaceAll(/^[ \t]*\/\/.*$/gm, '');
}

function print(value: unknown, schema: JsonSchema, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (!value.some(isObject)) return JSON.stringify(value);
    const items = value.map((item) => `${inner}${print(item, schema.items ?? {}, inner)}`);
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const { properties = {} } = oneFor(value, schema);
  const fields = Object.entries(value).map(([name, one]) => {
    const field = properties[name] ?? {};
    const { description } = oneFor(one, field);
    const comment = description === undefined ? '' : `${inner}// ${description}\n`;
    return `${comment}${inner}${JSON.stringify(name)}: ${print(one, field, inner)}`;
  });
  return `{\n${fields.join(',\n')}\n${indent}}`;
}

/** The member of a union that describes the value: the one with its constants and its keys. */
function oneFor(value: unknown, schema: JsonSchema): JsonSchema {
  if (!schema.anyOf || !isObject(value)) return schema;
  const fits = ({ properties = {} }: JsonSchema): boolean =>
    Object.keys(value).every((name) => name in properties) &&
    Object.entries(properties).every(([name, one]) => one.const === undefined || value[name] === one.const);
  return schema.anyOf.find(fits) ?? schema;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
