/**
 * node --conditions=source packages/locked-list/bench/main.ts [--rows N,N] [--json FILE]
 * Runs the suite in Node and prints a table. --json adds the results to a file.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { headline, line, writeFigures } from '@lodestone/testkit/bench/figures';
import type { Row } from '@lodestone/testkit/bench/race';
import { suite } from './suite.ts';

const { values } = parseArgs({ options: { rows: { type: 'string' }, json: { type: 'string' } } });
const rowCounts = values.rows?.split(',').map(Number);
const environment = `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}`;

console.log(headline(environment));
const rows: Row[] = [];
for await (const row of suite(rowCounts ? { rowCounts } : {})) {
  rows.push(row);
  console.log(line(row));
}
if (values.json !== undefined) writeFigures(values.json, environment, rows);
console.log(`locked-list bench: ${rows.length} figures`);
