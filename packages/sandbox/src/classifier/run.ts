/**
 * Runs models with onnxruntime-web: one thread, as an opaque origin has no shared memory. Flow: the scanner's tensor →
 * here → a bucket. Promise: an output that is none (NaN, another length) is a fault, never a bucket.
 */
import { bucketOf } from '@lodestone/protocol/bucket';
import type { SandboxModel } from '@lodestone/protocol/model';
import type { ManifestDigest } from '@lodestone/protocol/digest';
import type { ClassifierFault } from '@lodestone/protocol/sandbox';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';

interface Loaded {
  readonly spec: Omit<SandboxModel, 'file'>;
  readonly session: InferenceSession;
  /** Used again for each picture; after each, zeros. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly input: Tensor;
}

export class Fault extends Error {
  readonly fault: ClassifierFault;
  constructor(fault: ClassifierFault, options?: ErrorOptions) {
    super(fault, options);
    this.fault = fault;
  }
}

export class Models {
  readonly #loaded = new Map<ManifestDigest, Loaded>();
  /** Since they have forgotten. */
  readonly #looked = new Set<Loaded>();

  constructor(runtime: ArrayBuffer) {
    env.logLevel = 'fatal';
    env.wasm.numThreads = 1;
    env.wasm.wasmBinary = runtime;
  }

  /** Loads it, and looks at nothing once: a first run is slow, and would fail the first item. @throws {Fault} */
  async load({ file, ...spec }: SandboxModel): Promise<void> {
    const session = await InferenceSession.create(new Uint8Array(file), { executionProviders: ['wasm'] }).catch(
      (cause: unknown) => {
        // What onnxruntime says of a file that it does not read has its error code first; all else is the runtime's.
        throw new Fault(/ERROR_CODE: (?!6\b)\d/.test(String(cause)) ? 'model' : 'runtime', { cause });
      },
    );
    const { input, output } = spec;
    const shape = input.layout === 'nhwc' ? [1, input.height, input.width, 3] : [1, 3, input.height, input.width];
    if (
      !takes(session.inputMetadata, input.name, shape) ||
      !takes(session.outputMetadata, output.name, [1, output.classes.length])
    ) {
      await session.release();
      throw new Fault('model');
    }
    const values = new Float32Array(shape.reduce((product, side) => product * side));
    const loaded = { spec, session, values, input: new Tensor('float32', values, shape) };
    await run(loaded);
    this.#loaded.set(spec.manifestDigest, loaded);
  }

  /** @throws {Fault} */
  async look(digest: ManifestDigest, tensor: Float32Array): Promise<number> {
    const model = this.#loaded.get(digest);
    if (!model || tensor.length !== model.values.length) throw new Fault('model');
    this.#looked.add(model);
    model.values.set(tensor);
    tensor.fill(0);
    try {
      return await run(model);
    } finally {
      model.values.fill(0);
    }
  }

  /** The runtime's memory keeps what models have made of their last pictures: from here on, of nothing. */
  async forget(): Promise<void> {
    for (const model of this.#looked) await run(model);
    this.#looked.clear();
  }
}

async function run({ session, input, spec }: Loaded): Promise<number> {
  const { output } = spec;
  const found = await session.run({ [spec.input.name]: input }, [output.name]).catch((cause: unknown) => {
    throw new Fault('runtime', { cause });
  });
  const data = found[output.name]?.data;
  const bucket = data instanceof Float32Array ? bucketOf(data, spec) : undefined;
  if (bucket === undefined) throw new Fault('model');
  return bucket;
}

/** A side without a number takes any. */
function takes(metadata: readonly InferenceSession.ValueMetadata[], name: string, shape: readonly number[]): boolean {
  const tensor = metadata.find((one) => one.name === name);
  return (
    tensor?.isTensor === true &&
    tensor.type === 'float32' &&
    tensor.shape.length === shape.length &&
    tensor.shape.every((side, i) => typeof side === 'string' || side < 0 || side === shape[i])
  );
}
