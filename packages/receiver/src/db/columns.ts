/**
 * Columns of many rows as one parameter each: array literals, which `unnest` turns into rows. Flow: ingest → here.
 * A statement then has the same text and number of parameters for one row and for a thousand, and neither Kysely nor the database
 * handles each value by itself. Both drivers pass a literal on as it is. Spec: docs/design/receiver.md#ingest.
 */
import { type RawBuilder, sql } from 'kysely';

export function bytesColumn(values: readonly Uint8Array[]): RawBuilder<unknown> {
  const hex = ({ buffer, byteOffset, length }: Uint8Array): string =>
    Buffer.from(buffer, byteOffset, length).toString('hex');
  return sql`${literal(values.map((value) => `"\\\\x${hex(value)}"`))}::bytea[]`;
}

export function integerColumn(values: readonly number[]): RawBuilder<unknown> {
  return sql`${literal(values)}::integer[]`;
}

/** For numbers up to 2^53. */
export function bigintColumn(values: readonly number[]): RawBuilder<unknown> {
  return sql`${literal(values)}::bigint[]`;
}

export function textColumn(values: readonly string[]): RawBuilder<unknown> {
  return sql`${literal(values.map((value) => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`))}::text[]`;
}

function literal(elements: readonly (string | number)[]): string {
  return `{${elements.join(',')}}`;
}
