/** The shipped model on the trimmed runtime in this engine gives the output of the source model on tfjs in Node, within 1e-5. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { expect, test } from 'vitest';
import modelUrl from '../dist/sensitive-image.ort?url';
import runtimeUrl from '@lodestone/sandbox/dist/runtime.wasm?url';
import { SPEC } from '../src/spec.ts';
import { generated } from './generated.ts';
import answers from './source-answers.json' with { type: 'json' };

const TOLERANCE = 1e-5;
const bytesOf = async (url: string): Promise<ArrayBuffer> => (await fetch(url)).arrayBuffer();

test('the shipped model agrees with the source model on every picture', { timeout: 60_000, tags: '@all' }, async () => {
  env.wasm.numThreads = 1;
  env.wasm.wasmBinary = await bytesOf(runtimeUrl);
  const session = await InferenceSession.create(new Uint8Array(await bytesOf(modelUrl)), {
    executionProviders: ['wasm'],
  });
  const { input, output } = SPEC;
  // Engines differ in the last digit of a sine, so a picture drawn with sines differs as well.
  const pictures = generated().filter(({ name }) => name !== 'waves');
  expect(pictures).toHaveLength(Object.keys(answers).length - 1);
  let largest = 0;
  for (const { name, pixels } of pictures) {
    const plane = pixels.length / 3;
    const planes = pixels.map((_, i) => pixels[(i % plane) * 3 + Math.floor(i / plane)] ?? 0);
    const tensor = new Tensor('float32', planes, [1, 3, input.height, input.width]);
    const found = (await session.run({ [input.name]: tensor }, [output.name]))[output.name]?.data as Float32Array;
    const expected = answers[name as keyof typeof answers];
    expect(found).toHaveLength(expected.length);
    for (const [i, value] of found.entries()) {
      const difference = Math.abs(value - (expected[i] ?? Number.NaN));
      expect(difference, name).toBeLessThanOrEqual(TOLERANCE);
      largest = Math.max(largest, difference);
    }
  }
  console.log(`largest difference: ${largest.toExponential(1)}`);
});
