/** What ships, run by the trimmed runtime in this engine, says what the source model says by tfjs in Node, to 1e-5. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { expect, test } from 'vitest';
import modelUrl from '../dist/sensitive-image.ort?url';
import runtimeUrl from '@lodestone/sandbox/dist/runtime.wasm?url';
import { SPEC } from '../src/spec.ts';
import { generated } from './generated.ts';
import answers from './source-answers.json' with { type: 'json' };

const TOLERANCE = 1e-5;
const octets = async (url: string): Promise<ArrayBuffer> => (await fetch(url)).arrayBuffer();

test('it agrees with the source model on every picture', { timeout: 60_000 }, async () => {
  env.wasm.numThreads = 1;
  env.wasm.wasmBinary = await octets(runtimeUrl);
  const session = await InferenceSession.create(new Uint8Array(await octets(modelUrl)), {
    executionProviders: ['wasm'],
  });
  const { input, output } = SPEC;
  // Engines differ in a sine's last digit, so what is drawn by sines is not the same picture in each.
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
