/**
 * node --conditions=source packages/sandbox/bench/main.ts [--json FILE]
 * Runs the suite in Node and prints a table; --json adds the figures to a file.
 */
import { parseArgs } from 'node:util';
import { headline, line, writeFigures } from '@lodestone/testkit/bench/figures';
import type { Row } from '@lodestone/testkit/bench/race';
import { suite } from './suite.ts';

const { values } = parseArgs({
  options: { json: { type: 'string' }, reference: { type: 'string' }, rows: { type: 'string' } },
});
const environment = `Node ${process.version}`;

console.log(headline(environment));
const rows: Row[] = [];
for await (const row of suite()) {
  rows.push(row);
  console.log(line(row));
}
if (values.json !== undefined) writeFigures(values.json, environment, rows);
console.log(`sandbox bench: ${rows.length} figures`);
