/**
 * JSON Schema of an order, with the meaning of every field. Form and bounds come from the zod schema, the meaning from here.
 * Promise: a field without a meaning, and a meaning without a field, are errors. Spec: docs/design/contracts.md#detection-order
 */
import { fieldsOf, type JsonSchema, schemaOf } from './json-schema.ts';
import { DetectionOrder } from './order.ts';

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
  'detect[known].variants':
    'What is looked up beside the picture itself: its turned and mirrored forms, and the picture before it was made small, cut, framed or rotated a little.',
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
  'receiver.endpoint': 'Address of the receiver. The app pins it: another one is refused. `http` only on this machine.',
  'receiver.keys': 'The receiver’s signed keys, as `source:path`.',
  'receiver.subject': '`pseudonym`: a signal has the account’s pseudonym. `none`: it has none, and opens no case.',
  'receiver.slotsPerDay': 'How often a device may send, at random times: on average once in a day divided by this.',
  'receiver.cover': 'Whether a send slot without a signal sends a dummy of the same length.',
};

/**
 * @returns a schema for editors. A document that it accepts may still break a rule between fields, or one that no pattern states.
 * @throws {Error} if a field has no meaning, or a meaning no field
 */
export function orderSchema(): JsonSchema {
  const schema = { ...schemaOf(DetectionOrder), title: 'Lodestone detection order' };
  const fields = fieldsOf(schema);
  for (const { field, schema: one } of fields) one.description = MEANINGS[field] ?? '';
  const names = new Set(fields.map(({ field }) => field));
  const missing = [...names].filter((field) => !(field in MEANINGS));
  const unknown = Object.keys(MEANINGS).filter((field) => !names.has(field));
  if (missing.length + unknown.length > 0)
    throw new Error(`order fields without a meaning: ${missing.join(', ')}; not fields: ${unknown.join(', ')}`);
  return schema;
}
