/** Runs the model as a room does: the picture squeezed to the input's sides, (byte − mean) × scale, then a bucket. */
import { bucketOf } from '@lodestone/protocol/bucket';
import type { ModelSpec } from '@lodestone/protocol/model';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import type { Picture } from '../src/pictures.ts';

export interface Runner {
  scores(picture: Picture): Promise<Float32Array>;
  bucket(picture: Picture): Promise<number | undefined>;
}

export async function runner(file: Uint8Array, spec: ModelSpec): Promise<Runner> {
  const session = await InferenceSession.create(file);
  const { input, output } = spec;
  const scores = async (picture: Picture): Promise<Float32Array> => {
    const tensor = new Tensor('float32', inputOf(picture, spec), [1, input.height, input.width, 3]);
    const { [output.name]: result } = await session.run({ [input.name]: tensor });
    if (!(result?.data instanceof Float32Array)) throw new Error(`no output ${output.name}`);
    return result.data;
  };
  return { scores, bucket: async (picture) => bucketOf(await scores(picture), spec) };
}

/** The mean over the area that a pixel of the input covers. */
function inputOf({ width, height, pixels }: Picture, { input }: ModelSpec): Float32Array {
  const plane = input.width * input.height;
  const values = new Float32Array(3 * plane);
  for (let at = 0; at < plane; at++) {
    const [x, y] = [at % input.width, Math.floor(at / input.width)];
    const columns = range((x * width) / input.width, ((x + 1) * width) / input.width);
    const rows = range((y * height) / input.height, ((y + 1) * height) / input.height);
    for (const [colour, mean] of input.mean.entries()) {
      let sum = 0;
      for (const row of rows) for (const column of columns) sum += pixels[(row * width + column) * 4 + colour] ?? 0;
      const byte = Math.round(sum / (rows.length * columns.length));
      values[at * 3 + colour] = (byte - mean) * (input.scale[colour] ?? 0);
    }
  }
  return values;
}

function range(from: number, to: number): number[] {
  const first = Math.floor(from);
  return Array.from({ length: Math.max(1, Math.ceil(to) - first) }, (_, i) => first + i);
}
