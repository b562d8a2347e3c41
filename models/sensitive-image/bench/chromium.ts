/**
 * Compares the classifier with the source model in Chromium, each on one thread of WebAssembly: time per picture, and time
 * from bytes to the first output. `npm run bench -- sensitive` runs it. Promise: the summary is the ratio that the budget limits.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChromiumFigures, RunInChromium } from '@lodestone/testkit/bench/chromium';
import type { Row } from '@lodestone/testkit/bench/race';
import { buildModel, MODEL_FILE } from '../src/build-model.ts';
import { readSource } from '../src/source.ts';

const STARTS = 5;
const LEAN_RUNTIME = fileURLToPath(import.meta.resolve('@lodestone/sandbox/dist/runtime.wasm'));

export async function bench(runInChromium: RunInChromium): Promise<ChromiumFigures> {
  await buildModel();
  const files = await filesOfBothModels();
  let environment = '';
  const rowsOf = async (suite: string): Promise<Row[]> => {
    const rows: Row[] = [];
    const begin = (name: string): string => (environment = name);
    await runInChromium(path.join(import.meta.dirname, suite), { slowdown: 1, files }, begin, (row) => rows.push(row));
    return rows;
  };

  const starts: Row[] = [];
  for (let i = 0; i < STARTS; i++) starts.push(...(await rowsOf('start.ts')));
  const names = [...new Set(starts.map(({ name }) => name))];
  const medians = names.map((name) =>
    medianOf(
      name,
      starts.filter((row) => row.name === name),
    ),
  );
  const steady = await rowsOf('steady.ts');
  const ours = steady.find(({ name }) => name === 'a picture');
  const ratio = (ours?.medianMs ?? Number.NaN) / (ours?.against?.['tfjs'] ?? Number.NaN);
  return {
    environment,
    rows: [...medians, ...steady],
    summary: `sensitive-image bench: ${ratio.toFixed(2)} × tfjs-wasm`,
  };
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
