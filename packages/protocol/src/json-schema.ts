/**
 * The zod schema of a document as JSON Schema (2020-12), for editors, forms and documentation. What no pattern can state, such as a rule between
 * fields, is only in the zod schema.
 */
import * as z from 'zod/mini';
import { Name } from './name.ts';
import { WebAddress } from './text.ts';
import { ADDRESS_CHARS, NAME_PATTERN } from './vocabulary.ts';

/** The parts of JSON Schema that the schemas use. */
export interface JsonSchema {
  $schema?: string;
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  const?: string;
  enum?: readonly string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
}

/** A field of a document, with its name in a path such as `detect[known].signal.threshold`. */
export interface SchemaField {
  readonly field: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** The zod schema as JSON Schema, with the rules of names and addresses, which zod cannot tell. Each part is an object of its own. */
export function schemaOf(type: z.ZodMiniType): JsonSchema {
  const schema = z.toJSONSchema(type, {
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const one: unknown = zodSchema;
      if (one === Name) jsonSchema.pattern = NAME_PATTERN.source;
      if (one === WebAddress) Object.assign(jsonSchema, { format: 'uri', maxLength: ADDRESS_CHARS });
    },
  });
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}

/** Every field, in the order of the document; a required object only by its own fields. */
export function fieldsOf(schema: JsonSchema): SchemaField[] {
  return fieldsIn({ field: '', schema, isRequired: true });
}

function fieldsIn(own: SchemaField): SchemaField[] {
  const { field, schema, isRequired } = own;
  if (schema.items?.anyOf) return fieldsIn({ field: `${field}[]`, schema: schema.items, isRequired });
  if (schema.anyOf)
    return schema.anyOf.flatMap((one) => fieldsIn({ field: nameOfOne(one, field), schema: one, isRequired }));
  if (!schema.properties) return [own];
  const inner = Object.entries(schema.properties).flatMap(([name, one]) =>
    fieldsIn({
      field: field === '' ? name : `${field}.${name}`,
      schema: one,
      isRequired: schema.required?.includes(name) ?? false,
    }),
  );
  return field === '' || isRequired ? inner : [own, ...inner];
}

/** `detect[]` with the constant `kind: "known"` is `detect[known]`. */
function nameOfOne({ properties }: JsonSchema, field: string): string {
  const constant = Object.values(properties ?? {}).find((one) => one.const !== undefined)?.const;
  return constant === undefined ? field : `${field.replace(/\[\]$/, '')}[${constant}]`;
}
