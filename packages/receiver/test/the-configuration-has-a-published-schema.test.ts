/** `lodestone-receiver schema` prints the JSON Schema of receiver.json: it has every key that the reader accepts, and refuses others. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { fieldsOf, type JsonSchema } from '@lodestone/protocol/json-schema';
import { expect, test } from 'vitest';

const MAIN = path.join(import.meta.dirname, '../src/cli/main.ts');

test('every key of receiver.json, its form and its bounds', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', MAIN, 'schema']);
  const schema = JSON.parse(stdout) as JsonSchema;
  expect(schema).toMatchObject({ title: 'Lodestone receiver.json', additionalProperties: false });
  expect(fieldsOf(schema).map(({ field, isRequired }) => (isRequired ? field : `${field}?`))).toEqual([
    'schema',
    'endpoint?',
    'authorities.orders',
    'authorities.lists',
    'authorities.provider?',
    'authorities.provider.name',
    'authorities.provider.url',
    'authorities.provider.root',
    'contests?',
    'contests.callback?',
    'requests?',
    'requests.preserve?',
    'requests.takedown?',
    'floods?',
    'floods.subjects',
    'refreshMinutes',
    'retention.signalDays',
    'retention.countDays',
    'retention.undecidedDays?',
    'retention.dismissedDays?',
    'retention.overturnedDays?',
    'retention.confirmedDays?',
    'retention.byJurisdiction?',
  ]);
  expect(schema.properties?.['refreshMinutes']).toMatchObject({ type: 'integer', minimum: 1, maximum: 5 });
  const source = schema.properties?.['authorities']?.properties?.['orders']?.items;
  expect(source?.properties?.['name']?.pattern).toBe('^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$');
  expect(source?.properties?.['url']?.format).toBe('uri');
});
