/**
 * A separate process: runs the classifier's model on noise pictures (by seed), overwrites them if the second argument is `forget`, and
 * writes the runtime's whole memory to standard output. Flow: classifier-memory-keeps-no-picture → here.
 */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MODEL_FILE, SPEC } from '@lodestone/model-sensitive-image';
import { Models } from '../src/parts/classifier/models.ts';

const MODEL = 'c'.repeat(64) as AnyDigest;
const [seeds = '', forgets] = process.argv.slice(2);

let memory: WebAssembly.Memory | undefined;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = ((source: BufferSource, imports: WebAssembly.Imports) => {
  memory = Object.values(imports['a'] ?? {}).find((value) => value instanceof WebAssembly.Memory);
  return instantiate(source, imports);
}) as typeof instantiate;

const read = async (file: string): Promise<ArrayBuffer> => new Uint8Array(await readFile(file)).buffer;
const models = new Models(await read(path.join(import.meta.dirname, '../dist/runtime.wasm')));
await models.load({ manifestDigest: MODEL, ...SPEC, file: await read(MODEL_FILE) });
for (const seed of seeds.split(',')) await models.run(MODEL, noise(Number(seed)));
if (forgets === 'forget') await models.forget();
process.stdout.write(new Uint8Array(memory?.buffer ?? new ArrayBuffer()));

function noise(seed: number): Float32Array {
  let state = seed;
  const { width, height } = SPEC.input;
  return Float32Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // LCG, Numerical Recipes
    return state / 2 ** 32;
  });
}
