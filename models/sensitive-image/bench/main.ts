/**
 * node --conditions=source models/sensitive-image/bench/main.ts [--json FILE]
 * Compares the classifier with the source model in Chromium, each on one thread of WebAssembly: time per picture, and time
 * from bytes to the first output. Promise: the last line is the ratio that the budget limits.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { headline, line, writeFigures } from '@lodestone/testkit/bench/figures';
import { runInChromium } from '@lodestone/tools/bench/in-chromium';
import { buildModel, MODEL_FILE } from '../src/build-model.ts';
import { readSource } from '../src/source.ts';
import type { Row } from './steady.ts';

const { values } = parseArgs({ options: { json: { type: 'string' }, reference: { type: 'string' } } });
const STARTS = 5;
const LEAN_RUNTIME = fileURLToPath(import.meta.resolve('@lodestone/sandbox/dist/runtime.wasm'));

await buildModel();
const files = await filesOfBothModels();
let environment = '';
const rows: Row[] = [];
const starts: Row[] = [];
for (let i = 0; i < STARTS; i++) await run('start.ts', (row) => starts.push(row));
for (const name of new Set(starts.map((row) => row.name))) {
  rows.push(
    medianOf(
      name,
      starts.filter((row) => row.name === name),
    ),
  );
}
await run('steady.ts', (row) => rows.push(row));

console.log(headline(environment));
for (const row of rows) console.log(line(row));
if (values.json !== undefined) writeFigures(values.json, environment, rows);
const [ours] = rows.filter(({ name }) => name === 'a picture');
const theirs = ours?.against?.['tfjs'] ?? Number.NaN;
console.log(`sensitive-image bench: ${((ours?.medianMs ?? Number.NaN) / theirs).toFixed(2)} × tfjs-wasm`);

async function run(suite: string, onRow: (row: Row) => void): Promise<void> {
  const began = (name: string): string => (environment = name);
  await runInChromium(path.join(import.meta.dirname, suite), { slowdown: 1, files }, began, onRow);
}

function medianOf(name: string, all: readonly Row[]): Row {
  const times = all.map(({ medianMs }) => medianMs).sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? Number.NaN;
  const memoryBytes = Math.max(...all.map((row) => row.memoryBytes ?? 0));
  return { name, medianMs: at(0.5), p95Ms: at(0.95), leastMs: at(0), memoryBytes };
}

async function filesOfBothModels(): Promise<Record<string, Uint8Array>> {
  const { resolve } = createRequire(import.meta.url);
  const nextTo = (name: string, file: string): Promise<Uint8Array> =>
    readFile(path.join(path.dirname(resolve(name)), file));
  const { json, weightData } = readSource();
  return {
    'ours.onnx': await readFile(MODEL_FILE),
    'ours.wasm': await readFile(LEAN_RUNTIME),
    'source.json': Buffer.from(JSON.stringify(json)),
    'source.weights': weightData,
    'source.wasm': await nextTo('@tensorflow/tfjs-backend-wasm', 'tfjs-backend-wasm-simd.wasm'),
  };
}
