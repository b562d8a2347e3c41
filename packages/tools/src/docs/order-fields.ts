/**
 * The table of every field of an order, for docs/provide/orders.md: form and bounds come from the zod schema, the meaning from here.
 * Promise: a field without a meaning, and a meaning without a field, are errors.
 */
import { DetectionOrder } from '@lodestone/protocol/order';
import { toJSONSchema } from 'zod';

/** The parts of JSON Schema that the order's schema uses. */
interface Schema {
  type?: string;
  const?: string;
  enum?: readonly string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema;
  anyOf?: readonly Schema[];
}

const SIGNAL_SURFACES = 'Where a match counts. Never `receive`: what others send to a person is never signalled.';
const WITHIN_DAYS = 'Length of a counting window. What a window counted does not add to the next one.';
const ACTION = 'What the app does with a match.';

const MEANINGS: Readonly<Record<string, string>> = {
  schema: 'Version of the document.',
  id: 'Name of the order. Later versions keep it, and continue its counts. The file is `v1/orders/ID.json`.',
  basis:
    'What the order rests on. `order` needs a source under `authorities.orders`; the others come from the provider.',
  'legal.instrument': 'The law, the terms of service or the consent, in words.',
  'legal.jurisdiction': 'An ISO 3166 code, or `EU`. The command line judges the order by the rules that it has for it.',
  'issuer.authority': 'Who issues the order.',
  'issuer.court': 'The court, if there is one.',
  'issuer.reference': 'File number.',
  'service.name': 'The service to which the order applies.',
  'service.endToEndEncrypted': 'Whether the service is end-to-end encrypted. Some laws decide by it.',
  notBefore: 'When the order begins.',
  notAfter: 'When it ends, at most 24 months later. Devices enforce it.',
  summary: 'Plain words for users, by language. The app shows them.',
  'help[].language': 'Language of the offer.',
  'help[].name': 'Where children, victims, and people who worry about themselves find help.',
  'help[].url': 'Its address. An entry has this or `phone`.',
  'help[].phone': 'Its telephone number. An entry has this or `url`.',
  surfaces: 'What is checked: content that the user sends, receives, uploads, or sets as profile picture.',
  media: 'Kinds of content. `file` means archives and PDFs too.',
  'detect[known].kind': 'Compares with a list.',
  'detect[known].list': 'The list’s manifest, as `source:path`. The source is a name that the app gives.',
  'detect[known].purpose': 'The purpose that the list must have. Only `verified` may signal.',
  'detect[known].alsoBy': 'Other list sources that must have signed the same list file.',
  'detect[known].maxDistance': 'Bits in which the PDQ hash of a picture may differ from a listed one.',
  'detect[known].minQuality': 'Least PDQ quality of a picture. Flat pictures have a low quality and match too much.',
  'detect[known].variants': 'What is looked up beside the picture itself: its turned and mirrored forms.',
  'detect[known].action': ACTION,
  'detect[known].signal': 'Without it, nothing about a match leaves the device.',
  'detect[known].signal.surfaces': SIGNAL_SURFACES,
  'detect[known].signal.evidence':
    '`exact`: the file’s SHA-256 is listed. `confirmed`: a near match that a model confirms.',
  'detect[known].signal.confirm': 'Required with `confirmed`, and only then.',
  'detect[known].signal.confirm.model': 'The manifest of the model that confirms.',
  'detect[known].signal.confirm.manifestDigest': 'SHA-256 of that manifest: no other release confirms.',
  'detect[known].signal.confirm.minBucket': 'Lowest bucket that confirms.',
  'detect[known].signal.threshold': 'Distinct entries that must match in one window. At least 3 with `confirmed`.',
  'detect[known].signal.withinDays': WITHIN_DAYS,
  'detect[classifier].kind': 'Runs a model.',
  'detect[classifier].model': 'The model’s manifest, as `source:path`.',
  'detect[classifier].minBucket': 'Lowest bucket that counts.',
  'detect[classifier].action': ACTION,
  'detect[classifier].signal': 'Without it, nothing leaves. Ignored if the model has no accuracy figures by group.',
  'detect[classifier].signal.surfaces': SIGNAL_SURFACES,
  'detect[classifier].signal.threshold': 'Days with a finding in one window.',
  'detect[classifier].signal.withinDays': WITHIN_DAYS,
  onUnscannable: 'What the app does with content that could not be checked.',
  'notify[immediately].user': 'The user learns of a signal when it is sent.',
  'notify[after].user': 'The user learns of it later. Only with basis `order`.',
  'notify[after].days': 'Days after which the user learns of it.',
  receiver: 'Where signals go. Required if a detect item has `signal`, and only then.',
  'receiver.endpoint': 'Address of the receiver. The app pins it: another one is refused.',
  'receiver.keys': 'The receiver’s signed keys, as `source:path`.',
  'receiver.subject': '`pseudonym`: a signal has the account’s pseudonym. `none`: it has none, and opens no case.',
  'receiver.slotsPerDay': 'How often a device may send, at random times.',
  'receiver.cover': 'Whether a send slot without a signal sends a dummy of the same length.',
};

/** @throws if a field has no meaning, or a meaning no field */
export function orderFields(): string {
  const rows = fieldsOf(toJSONSchema(DetectionOrder, { unrepresentable: 'any' }) as Schema, '', true);
  const fields = rows.map(({ field }) => field);
  const missing = fields.filter((field) => !(field in MEANINGS));
  const unknown = Object.keys(MEANINGS).filter((field) => !fields.includes(field));
  if (missing.length + unknown.length > 0)
    throw new Error(`order fields without a meaning: ${missing.join(', ')}; not fields: ${unknown.join(', ')}`);
  return [
    '| field | value | meaning |',
    '| --- | --- | --- |',
    ...rows.map(
      ({ field, form, isRequired }) =>
        `| \`${field}\`${isRequired ? '' : ', optional'} | ${form} | ${MEANINGS[field] ?? ''} |`,
    ),
  ].join('\n');
}

interface Field {
  field: string;
  form: string;
  isRequired: boolean;
}

function fieldsOf(schema: Schema, field: string, isRequired: boolean): Field[] {
  const own: Field = { field, form: formOf(schema), isRequired };
  if (schema.items?.anyOf) return fieldsOf(schema.items, `${field}[]`, isRequired);
  if (schema.anyOf) {
    const seen = new Set<string>();
    return schema.anyOf
      .flatMap((one) => fieldsOf(one, nameOfOne(one, field), isRequired))
      .filter((found) => seen.size < seen.add(found.field).size);
  }
  if (!schema.properties) return [own];
  const inner = Object.entries(schema.properties).flatMap(([name, one]) =>
    fieldsOf(one, field === '' ? name : `${field}.${name}`, schema.required?.includes(name) ?? false),
  );
  return field === '' || isRequired ? inner : [own, ...inner];
}

/** `detect[]` with the constant `kind: "known"` is `detect[known]`. */
function nameOfOne({ properties }: Schema, field: string): string {
  const constant = Object.values(properties ?? {}).find((one) => one.const !== undefined)?.const;
  return constant === undefined ? field : `${field.replace(/\[\]$/, '')}[${constant}]`;
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

function formOf(schema: Schema): string {
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
        : `object: ${formOf(schema.propertyNames ?? {})} → ${formOf(schema.additionalProperties as Schema)}`;
    default:
      return `text, at most ${schema.maxLength?.toLocaleString('en')} characters`;
  }
}
