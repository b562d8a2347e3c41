/** Runs the model with the sandbox's own input code: pixels → input tensor → output → bucket. */
import { bucketOf } from '@lodestone/protocol/bucket';
import type { ModelSpec } from '@lodestone/protocol/model';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { createModelInput } from '@lodestone/sandbox/model-input';
import type { Picture } from '../src/pictures.ts';

export interface Runner {
  scores(picture: Picture): Promise<Float32Array>;
  bucket(picture: Picture): Promise<number | undefined>;
}

export async function runner(file: Uint8Array, spec: ModelSpec): Promise<Runner> {
  const session = await InferenceSession.create(file);
  const { input, output } = spec;
  const toInput = createModelInput(input);
  const scores = async ({ width, height, pixels }: Picture): Promise<Float32Array> => {
    const values = toInput({ data: pixels, width, height }, { width, height });
    const tensor = new Tensor('float32', values, [1, input.height, input.width, 3]);
    const { [output.name]: result } = await session.run({ [input.name]: tensor });
    if (!(result?.data instanceof Float32Array)) throw new Error(`no output ${output.name}`);
    return result.data;
  };
  return { scores, bucket: async (picture) => bucketOf(await scores(picture), spec) };
}
