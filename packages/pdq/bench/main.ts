/**
 * node --conditions=source packages/pdq/bench/main.ts [--rows N,N] [--json FILE] [--reference FILE]
 * Runs the suite in Node and prints a table. --json adds the results to a file; --reference reads those of another implementation.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { headline, line, readReference, writeFigures } from '@lodestone/testkit/bench/figures';
import type { Row } from '@lodestone/testkit/bench/race';
import phash from 'sharp-phash';
import { type Peer, suite } from './suite.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string' }, json: { type: 'string' }, reference: { type: 'string' } },
});
const rowCounts = values.rows?.split(',').map(Number);
const reference = values.reference === undefined ? undefined : readReference(values.reference);
const environment = `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}`;
/** 64 bits; libvips brings the pixels to 32×32. Its types name an export `default` that its CommonJS does not have. */
const sharpPhash: Peer = ({ data, width, height }) =>
  (phash as unknown as typeof phash.default)(Buffer.from(data.buffer), { raw: { width, height, channels: 4 } });

console.log(headline(environment, reference));
const rows: Row[] = [];
for await (const row of suite({ ...(rowCounts && { rowCounts }), peers: { 'sharp-phash': sharpPhash } })) {
  rows.push(row);
  console.log(line(row, reference));
}
if (values.json !== undefined) writeFigures(values.json, environment, rows);
console.log(`pdq bench: ${rows.length} figures`);
