/** A verdict names the models that failed with a picture, also if the picture is damaged. Spec: docs/design/contracts.md#verdict */
import { Verdict } from '@lodestone/protocol/verdict';
import { expect, test } from 'vitest';
import { encodePng } from './encode.ts';
import { listed, pixelsOf, scanWithStubs } from './scan-with-stubs.ts';

const near = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 0 };
const scan = async (isWhole: boolean, bucket: number | undefined): Promise<Verdict> => {
  const verdict = await scanWithStubs(await encodePng(listed), {
    looksOf: () => ({ pixels: pixelsOf(listed), isWhole }),
    bucket,
  });
  expect(Verdict.safeParse(verdict).success).toBe(true);
  return verdict;
};

test('a model that fails with a whole picture is the reason, and is named', async () => {
  const failed = { media: 'image', findings: [near], complete: false, reason: 'model-missing', failedModels: [0] };
  expect(await scan(true, undefined)).toEqual(failed);
});

test('a model that fails with a damaged picture is named, and the reason is the damage', async () => {
  const failed = { media: 'image', findings: [near], complete: false, reason: 'decode', failedModels: [0] };
  expect(await scan(false, undefined)).toEqual(failed);
});

test('a damaged picture that the model has seen names no model', async () => {
  expect(await scan(false, 1)).toEqual({ media: 'image', findings: [near], complete: false, reason: 'decode' });
});
