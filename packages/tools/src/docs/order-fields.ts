/** The table of every field of an order, for docs/provide/orders.md, from the order's JSON Schema. */
import { fieldsOf, type JsonSchema } from '@lodestone/protocol/json-schema';
import { orderSchema } from '@lodestone/protocol/order-schema';

export function orderFields(): string {
  const seen = new Set<string>();
  const rows = fieldsOf(orderSchema()).filter(({ field }) => seen.size < seen.add(field).size);
  return [
    '| field | value | meaning |',
    '| --- | --- | --- |',
    ...rows.map(
      ({ field, schema, isRequired }) =>
        `| \`${field}\`${isRequired ? '' : ', optional'} | ${formOf(schema)} | ${schema.description} |`,
    ),
  ].join('\n');
}

/** Patterns of the schema, in words. */
const FORMS: Readonly<Record<string, string>> = {
  '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$': 'name: a-z, 0-9 and inner hyphens, at most 64',
  '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$': 'time in UTC, such as `2026-11-01T00:00:00Z`',
  '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$': 'language tag',
  '^[+0-9 ()-]{2,32}$': 'telephone number',
  '^([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?):v1(?:\\/[a-z0-9][a-z0-9._-]{0,127}){1,6}$': '`source:path`',
  '^[0-9a-f]{64}$': 'SHA-256 in hex',
};

function formOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`"${schema.const}"\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.pattern !== undefined) {
    const form = FORMS[schema.pattern];
    if (form === undefined) throw new Error(`no words for the pattern ${schema.pattern}`);
    return form;
  }
  const type = schema.type ?? 'string';
  switch (type) {
    case 'boolean':
      return '`true` or `false`';
    case 'integer':
      return `${schema.minimum} to ${schema.maximum?.toLocaleString('en')}`;
    case 'array':
      return `${schema.minItems === 0 ? 'none' : schema.minItems} or more of: ${formOf(schema.items ?? {})}`;
    case 'object':
      return schema.properties
        ? 'object'
        : `object: ${formOf(schema.propertyNames ?? {})} → ${formOf(schema.additionalProperties as JsonSchema)}`;
    default:
      if (schema.format === 'uri') return 'https address';
      return `text, at most ${schema.maxLength?.toLocaleString('en')} characters`;
  }
}
