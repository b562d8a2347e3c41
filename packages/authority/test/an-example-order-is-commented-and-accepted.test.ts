/** `order --example` prints an order whose every field is explained, and `order` accepts it as printed; `order --schema` prints its schema. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkOrder } from '@lodestone/protocol/order';
import { fieldsOf, type JsonSchema } from '@lodestone/protocol/json-schema';
import { expect, test } from 'vitest';
import { commentedOrder, withoutComments } from '../src/order/commented-order.ts';
import { newAuthority, NOW, temporaryFolder } from './support/authority-folder.ts';

const MAIN = path.join(import.meta.dirname, '../src/cli/main.ts');
const run = promisify(execFile);
const lodestone = (...args: string[]) => run(process.execPath, ['--conditions=source', MAIN, ...args]);

test('without its comments the example is a valid order, and each of its fields has a comment', () => {
  const text = commentedOrder(NOW);
  const order = checkOrder(JSON.parse(withoutComments(text)));
  expect(order.notBefore.slice(0, 10)).toBe(new Date(NOW).toISOString().slice(0, 10));
  const lines = text.split('\n');
  const values = lines.flatMap((line, i) => (/^\s*"[a-zA-Z]+": [^{[]/.test(line) ? [[lines[i - 1] ?? '', line]] : []));
  expect(values.length).toBeGreaterThan(20);
  const inLanguage = /^\s*"en": /; // the languages of the summary are no fields
  for (const [above = '', line = ''] of values)
    if (!inLanguage.test(line)) expect([line, above]).toEqual([line, expect.stringMatching(/^\s*\/\/ \S/)]);
});

test('comment lines keep the line numbers, and only whole lines are comments', () => {
  expect(withoutComments('{\n  // one\n\t// two\n"a": "// three" }')).toBe('{\n\n\n"a": "// three" }');
});

test('order --example, saved as it is, is staged', async () => {
  const { directory } = await newAuthority('orders');
  const file = path.join(await temporaryFolder(), 'order.json');
  await writeFile(file, (await lodestone('order', '--example')).stdout);
  const { stdout } = await lodestone('order', directory, file);
  expect(stdout).toContain('staged v1/orders/demo.json');
  const staged = await readFile(path.join(directory, 'staged/v1/orders/demo.json'), 'utf8');
  expect(checkOrder(JSON.parse(staged)).detect).toHaveLength(1);
});

test('order --schema prints every field with its meaning; without arguments the error names what is missing', async () => {
  const schema = JSON.parse((await lodestone('order', '--schema')).stdout) as JsonSchema;
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  const fields = fieldsOf(schema);
  expect(fields.map(({ field }) => field)).toContain('detect[known].signal.threshold');
  expect(fields.filter(({ schema: { description } }) => !description)).toEqual([]);
  const names = new Set(fields.map(({ field, schema: { pattern } }) => `${field} ${pattern ?? ''}`));
  expect(names).toContain('id ^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$');
  await expect(lodestone('order', 'folder')).rejects.toMatchObject({
    stderr: expect.stringContaining("missing required arguments 'dir' and 'file'") as unknown,
  });
});
