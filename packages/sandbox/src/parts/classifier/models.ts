/**
 * Runs models with onnxruntime-web, in one thread: an opaque origin has no shared memory. Flow: classifier's tensor → here → bucket.
 * Promise: an invalid output (NaN, another length) is a fault, never a bucket; no score leaves. Spec: docs/design/sandbox.md#classifier
 */
import { bucketOf } from '@lodestone/protocol/bucket';
import type { SandboxModel } from '@lodestone/protocol/model';
import type { ManifestDigest } from '@lodestone/protocol/digest';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { PartError } from '../part.ts';

interface Loaded {
  readonly spec: Omit<SandboxModel, 'file'>;
  readonly session: InferenceSession;
  /** Reused for each picture, and overwritten with zeros after it. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly input: Tensor;
}

export class Models {
  readonly #loaded = new Map<ManifestDigest, Loaded>();
  /** Models that ran since the last `forget`. */
  readonly #used = new Set<Loaded>();

  constructor(runtime: ArrayBuffer) {
    env.logLevel = 'fatal';
    env.wasm.numThreads = 1;
    env.wasm.wasmBinary = runtime;
  }

  /** Loads a model and runs it once on zeros: the first run is slow, and could miss the first picture's deadline. @throws {PartError} */
  async load({ file, ...spec }: SandboxModel): Promise<void> {
    const session = await InferenceSession.create(new Uint8Array(file), { executionProviders: ['wasm'] }).catch(
      (cause: unknown) => {
        // onnxruntime's message has an error code if it cannot read the file. Code 6 and other errors are those of the runtime.
        throw new PartError(/ERROR_CODE: (?!6\b)\d/.test(String(cause)) ? 'data' : 'runtime', { cause });
      },
    );
    const { input, output } = spec;
    const shape = input.layout === 'nhwc' ? [1, input.height, input.width, 3] : [1, 3, input.height, input.width];
    if (
      !takes(session.inputMetadata, input.name, shape) ||
      !takes(session.outputMetadata, output.name, [1, output.classes.length])
    ) {
      await session.release();
      throw new PartError('data');
    }
    const values = new Float32Array(shape.reduce((product, side) => product * side));
    const loaded = { spec, session, values, input: new Tensor('float32', values, shape) };
    await runOn(loaded);
    this.#loaded.set(spec.manifestDigest, loaded);
  }

  /** @throws {PartError} */
  async run(digest: ManifestDigest, tensor: Float32Array): Promise<number> {
    const model = this.#loaded.get(digest);
    if (!model || tensor.length !== model.values.length) throw new PartError('data');
    this.#used.add(model);
    model.values.set(tensor);
    tensor.fill(0);
    try {
      return await runOn(model);
    } finally {
      model.values.fill(0);
    }
  }

  /** Overwrites what the runtime's memory holds of the last pictures, by running their models on zeros. */
  async forget(): Promise<void> {
    for (const model of this.#used) await runOn(model);
    this.#used.clear();
  }
}

async function runOn({ session, input, spec }: Loaded): Promise<number> {
  const { output } = spec;
  const found = await session.run({ [spec.input.name]: input }, [output.name]).catch((cause: unknown) => {
    throw new PartError('runtime', { cause });
  });
  const data = found[output.name]?.data;
  const bucket = data instanceof Float32Array ? bucketOf(data, spec) : undefined;
  if (bucket === undefined) throw new PartError('data');
  return bucket;
}

/** A dimension without a number accepts any size. */
function takes(metadata: readonly InferenceSession.ValueMetadata[], name: string, shape: readonly number[]): boolean {
  const tensor = metadata.find((one) => one.name === name);
  return (
    tensor?.isTensor === true &&
    tensor.type === 'float32' &&
    tensor.shape.length === shape.length &&
    tensor.shape.every((side, i) => typeof side === 'string' || side < 0 || side === shape[i])
  );
}
