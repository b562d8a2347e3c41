/**
 * Reduces the source's layers to those needed at inference: folds batch norm and padding into each convolution.
 * Flow: source → here → write-onnx. Promise: kernels keep the source's 8-bit codes; the factor of batch norm becomes a
 * scale of each output channel, its shift part of the bias. An unknown layer is an error.
 */
import { type Layer, layersOf, type Quantised, type SourceModel, valuesOf, weightsOf, zeroPointOf } from './source.ts';

/** A value is (code − zeroPoint) × scales[output channel]. */
export interface Kernel {
  readonly shape: readonly number[];
  readonly codes: Uint8Array;
  readonly zeroPoint: number;
  readonly scales: Float32Array;
  /** The dimension of the shape that counts output channels. */
  readonly axis: number;
}

/** `name` names the step and its output; `from` names its input. */
export type Step =
  | {
      readonly kind: 'convolution';
      readonly name: string;
      readonly from: string;
      /** [out, in / groups, height, width] */
      readonly kernel: Kernel;
      readonly bias: Float32Array;
      readonly stride: number;
      /** Top, left, bottom, right. */
      readonly pads: readonly [number, number, number, number];
      readonly groups: number;
    }
  | { readonly kind: 'clip'; readonly name: string; readonly from: string; readonly high: number }
  | { readonly kind: 'add'; readonly name: string; readonly from: string; readonly and: string }
  | { readonly kind: 'average'; readonly name: string; readonly from: string }
  | {
      readonly kind: 'dense';
      readonly name: string;
      readonly from: string;
      /** [in, out] */
      readonly kernel: Kernel;
      readonly bias: Float32Array;
      readonly activation: 'relu' | 'softmax';
    };

export interface Folded {
  readonly input: string;
  /** Height and width. */
  readonly side: number;
  readonly output: string;
  readonly classes: number;
  readonly steps: readonly Step[];
}

export function fold(source: SourceModel): Folded {
  const layers = layersOf(source);
  const weights = weightsOf(source);
  const steps: Step[] = [];
  /** The name of each layer's output: the name of the step that computes it. */
  const standsFor = new Map<string, string>();
  const padded = new Map<string, readonly [number, number, number, number]>();
  let side = 0;

  const weight = (name: string): Quantised => {
    const found = weights.get(name);
    if (found === undefined) throw new Error(`the source has no weights ${name}`);
    return found;
  };
  const from = (layer: Layer, index = 0): string => {
    const name = inputsOf(layer)[index] ?? '';
    const found = standsFor.get(name);
    if (found === undefined) throw new Error(`${layer.name} takes ${name}, which no earlier layer produces`);
    return found;
  };
  const push = (layer: Layer, step: Step): void => {
    steps.push(step);
    standsFor.set(layer.name, step.name);
  };
  const pass = (layer: Layer): void => void standsFor.set(layer.name, from(layer));

  const convolution = (layer: Layer, isDepthwise: boolean): void => {
    const { config, name } = layer;
    if (config.use_bias === true || config.activation !== 'linear' || config.dilation_rate?.join() !== '1,1') {
      throw new Error(`${name} is a convolution that the converter does not support`);
    }
    const quantised = weight(`${name}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`);
    const norm = normAfter(layers, layer);
    const { factors, shifts } = normOf(norm, weight);
    push(layer, {
      kind: 'convolution',
      name,
      from: from(layer),
      kernel: {
        ...channelsFirst(quantised, isDepthwise),
        zeroPoint: zeroPointOf(quantised),
        scales: Float32Array.from(factors, (factor) => factor * quantised.scale),
        axis: 0,
      },
      bias: Float32Array.from(shifts),
      stride: config.strides?.[0] ?? 1,
      pads: padded.get(inputsOf(layer)[0] ?? '') ?? samePads(layer),
      groups: isDepthwise ? factors.length : 1,
    });
  };

  for (const layer of layers) {
    const { config, name } = layer;
    switch (layer.class_name) {
      case 'InputLayer':
        side = config.batch_input_shape?.[1] ?? 0;
        standsFor.set(name, name);
        break;
      case 'ZeroPadding2D':
        padded.set(name, explicitPads(layer));
        pass(layer);
        break;
      case 'Conv2D':
        convolution(layer, false);
        break;
      case 'DepthwiseConv2D':
        convolution(layer, true);
        break;
      case 'ReLU':
        push(layer, { kind: 'clip', name, from: from(layer), high: config.max_value ?? Number.POSITIVE_INFINITY });
        break;
      case 'Add':
        push(layer, { kind: 'add', name, from: from(layer), and: from(layer, 1) });
        break;
      case 'AveragePooling2D':
        // Averages the whole plane: the next layer, Flatten, takes one value of each channel.
        push(layer, { kind: 'average', name, from: from(layer) });
        break;
      case 'Dense':
        push(layer, dense(layer, from(layer), weight));
        break;
      case 'BatchNormalization': // folded into its convolution
      case 'Flatten': // the input is flat already
      case 'Dropout': // only in training
        pass(layer);
        break;
      default:
        throw new Error(`${name} is a ${layer.class_name}, which the converter does not support`);
    }
  }

  const last = steps.at(-1);
  if (last?.kind !== 'dense' || last.activation !== 'softmax') throw new Error('the source does not end in a softmax');
  return { input: layers[0]?.name ?? '', side, output: last.name, classes: last.bias.length, steps };
}

function inputsOf(layer: Layer): string[] {
  return (layer.inbound_nodes[0] ?? []).map(([name]) => name);
}

function normAfter(layers: readonly Layer[], { name }: Layer): Layer {
  const takers = layers.filter((layer) => inputsOf(layer).includes(name));
  const [norm] = takers;
  if (takers.length !== 1 || norm?.class_name !== 'BatchNormalization') {
    throw new Error(`${name} must be followed by batch norm and nothing else`);
  }
  return norm;
}

/** Batch norm as value × factor + shift, by channel. */
function normOf(
  { name, config }: Layer,
  weight: (name: string) => Quantised,
): { factors: Float64Array; shifts: Float64Array } {
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((part) =>
    valuesOf(weight(`${name}/${part}`)),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const factors = gamma.map((value, i) => value / Math.sqrt((variance[i] ?? 0) + (config.epsilon ?? 0)));
  const shifts = beta.map((value, i) => value - (mean[i] ?? 0) * (factors[i] ?? 0));
  return { factors, shifts };
}

/** Keras stores [height, width, in, out], or [height, width, channel, 1] for depthwise convolutions. */
function channelsFirst({ shape, codes }: Quantised, isDepthwise: boolean): { shape: number[]; codes: Uint8Array } {
  const [height = 0, width = 0, third = 0, fourth = 0] = shape;
  const [outs, ins] = isDepthwise ? [third, 1] : [fourth, third];
  const turned = new Uint8Array(codes.length);
  let to = 0;
  for (let out = 0; out < outs; out++) {
    for (let into = 0; into < ins; into++) {
      for (let pixel = 0; pixel < height * width; pixel++) {
        turned[to++] = codes[(pixel * ins + into) * outs + out] ?? 0;
      }
    }
  }
  return { shape: [outs, ins, height, width], codes: turned };
}

function explicitPads({ config, name }: Layer): [number, number, number, number] {
  const [[top, bottom] = [0, 0], [left, right] = [0, 0]] = Array.isArray(config.padding) ? config.padding : [];
  if (top + bottom + left + right === 0) throw new Error(`${name} has a padding of zero`);
  return [top, left, bottom, right];
}

function samePads({ config, name }: Layer): [number, number, number, number] {
  const [height = 1, width = 1] = config.kernel_size ?? [];
  if (config.padding === 'valid') return [0, 0, 0, 0];
  if (config.padding !== 'same' || config.strides?.join() !== '1,1')
    throw new Error(`${name} has a padding that the converter does not support`);
  const [y, x] = [(height - 1) / 2, (width - 1) / 2];
  return [y, x, y, x];
}

function dense({ name, config }: Layer, from: string, weight: (name: string) => Quantised): Step {
  const { activation } = config;
  if (activation !== 'relu' && activation !== 'softmax')
    throw new Error(`${name} has the activation ${activation}, which the converter does not support`);
  const kernel = weight(`${name}/kernel`);
  const bias = Float32Array.from(valuesOf(weight(`${name}/bias`)));
  const scales = new Float32Array(bias.length).fill(kernel.scale);
  return {
    kind: 'dense',
    name,
    from,
    kernel: { shape: kernel.shape, codes: kernel.codes, zeroPoint: zeroPointOf(kernel), scales, axis: 1 },
    bias,
    activation,
  };
}
