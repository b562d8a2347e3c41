/**
 * A separate process that does what its arguments say: a number runs the classifier's model on the noise picture of that seed, `forget`
 * overwrites the pictures, `dump` writes the runtime's whole memory to standard output, after its length in 4 bytes.
 * Flow: classifier-memory-keeps-no-picture → here.
 */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MODEL_FILE, SPEC } from '@lodestone/model-sensitive-image';
import { Models } from '../src/parts/classifier/models.ts';

const MODEL = 'c'.repeat(64) as AnyDigest;

let memory: WebAssembly.Memory | undefined;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = ((source: BufferSource, imports: WebAssembly.Imports) => {
  memory = Object.values(imports['a'] ?? {}).find((value) => value instanceof WebAssembly.Memory);
  return instantiate(source, imports);
}) as typeof instantiate;

const read = async (file: string): Promise<ArrayBuffer> => new Uint8Array(await readFile(file)).buffer;
const models = new Models(await read(path.join(import.meta.dirname, '../dist/runtime.wasm')));
await models.load({ manifestDigest: MODEL, ...SPEC, file: await read(MODEL_FILE) });
for (const step of process.argv.slice(2)) {
  if (step === 'forget') await models.forget();
  else if (step === 'dump') dump(new Uint8Array(memory?.buffer ?? new ArrayBuffer()));
  else await models.run(MODEL, noise(Number(step)));
}

function dump(bytes: Uint8Array): void {
  process.stdout.write(new Uint8Array(Uint32Array.of(bytes.length).buffer));
  // A copy, because the next picture changes the memory before the pipe has taken it.
  process.stdout.write(bytes.slice());
}

function noise(seed: number): Float32Array {
  let state = seed;
  const { width, height } = SPEC.input;
  return Float32Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // LCG, Numerical Recipes
    return state / 2 ** 32;
  });
}
