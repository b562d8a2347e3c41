/**
 * Writes the folded model as an ONNX file, in NCHW layout as ONNX convolutions require. Flow: fold → here → optimise, tests.
 * Promise: the same model gives the same bytes. Spec: ONNX opset 13, IR version 8.
 */
import onnxProto from 'onnx-proto';
import type { Folded, Kernel, Step } from './fold.ts';

const { onnx } = onnxProto;

/** `8-bit`: kernels as the source's codes, dequantised by the graph; `float32`: kernels as values. */
export type WeightFormat = '8-bit' | 'float32';

export const INPUT = 'picture';
export const OUTPUT = 'classes';

const OPSET = 13;
const IR_VERSION = 8;
const { FLOAT, UINT8 } = onnx.TensorProto.DataType;

interface Graph {
  readonly nodes: onnxProto.onnx.INodeProto[];
  readonly tensors: onnxProto.onnx.ITensorProto[];
}

export function writeOnnx(model: Folded, format: WeightFormat): Uint8Array<ArrayBuffer> {
  const graph: Graph = { nodes: [], tensors: [] };
  const called = (name: string): string => (name === model.input ? INPUT : name === model.output ? OUTPUT : name);
  for (const step of model.steps) write(graph, step, called, format);
  shortenNames(graph);
  const file = onnx.ModelProto.encode({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'sensitive-image',
      input: [valueInfo(INPUT, [1, 3, model.side, model.side])],
      output: [valueInfo(OUTPUT, [1, model.classes])],
      node: graph.nodes,
      initializer: graph.tensors,
    },
  }).finish();
  return new Uint8Array(file);
}

function write(graph: Graph, step: Step, called: (name: string) => string, format: WeightFormat): void {
  const { name } = step;
  const from = called(step.from);
  const to = called(name);
  switch (step.kind) {
    case 'convolution': {
      const { stride, pads, groups } = step;
      const kernel = writeKernel(graph, name, step.kernel, format);
      const bias = floats(graph, `${name}.bias`, [step.bias.length], step.bias);
      graph.nodes.push(
        node('Conv', [from, kernel, bias], to, [
          ...(stride === 1 ? [] : [ints('strides', [stride, stride])]),
          ...(pads.every((pad) => pad === 0) ? [] : [ints('pads', pads)]),
          ...(groups === 1 ? [] : [int('group', groups)]),
        ]),
      );
      break;
    }
    case 'clip': {
      const low = once(graph, 'zero', 0);
      const high = once(graph, `high.${step.high}`, step.high);
      graph.nodes.push(node('Clip', [from, low, high], to));
      break;
    }
    case 'add':
      graph.nodes.push(node('Add', [from, called(step.and)], to));
      break;
    case 'average':
      graph.nodes.push(node('GlobalAveragePool', [from], `${to}.pooled`), node('Flatten', [`${to}.pooled`], to));
      break;
    case 'dense': {
      const kernel = writeKernel(graph, name, step.kernel, format);
      const bias = floats(graph, `${name}.bias`, [step.bias.length], step.bias);
      graph.nodes.push(
        node('Gemm', [from, kernel, bias], `${to}.sum`),
        node(step.activation === 'relu' ? 'Relu' : 'Softmax', [`${to}.sum`], to),
      );
      break;
    }
  }
}

/** Replaces names with short ones, except those that the manifest uses: the file repeats each name, and devices download it. */
function shortenNames({ nodes, tensors }: Graph): void {
  const numbers = new Map<string, string>();
  const short = (name: string): string => {
    if (name === INPUT || name === OUTPUT) return name;
    const number = numbers.get(name) ?? numbers.size.toString(36);
    numbers.set(name, number);
    return number;
  };
  for (const tensor of tensors) tensor.name = short(tensor.name ?? '');
  for (const one of nodes) {
    one.input = one.input?.map(short) ?? [];
    one.output = one.output?.map(short) ?? [];
  }
}

/** @returns the name of the tensor with the kernel's values */
function writeKernel(graph: Graph, name: string, kernel: Kernel, format: WeightFormat): string {
  const { shape, codes, zeroPoint, scales, axis } = kernel;
  const values = `${name}.kernel`;
  if (format === 'float32') return floats(graph, values, shape, valuesOf(kernel));
  const channels = scales.length;
  graph.tensors.push({ name: `${name}.codes`, dims: [...shape], dataType: UINT8, rawData: codes });
  const zeroPoints = new Uint8Array(channels).fill(zeroPoint);
  graph.tensors.push({ name: `${name}.zero`, dims: [channels], dataType: UINT8, rawData: zeroPoints });
  floats(graph, `${name}.scale`, [channels], scales);
  graph.nodes.push(
    node('DequantizeLinear', [`${name}.codes`, `${name}.scale`, `${name}.zero`], values, [int('axis', axis)]),
  );
  return values;
}

function valuesOf({ shape, codes, zeroPoint, scales, axis }: Kernel): Float32Array {
  const inner = shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  return Float32Array.from(
    codes,
    (code, i) => (code - zeroPoint) * (scales[Math.floor(i / inner) % scales.length] ?? 0),
  );
}

function floats(graph: Graph, name: string, dims: readonly number[], values: Float32Array): string {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  // ONNX is little-endian on every machine.
  for (const [i, value] of values.entries()) view.setFloat32(i * 4, value, true);
  graph.tensors.push({ name, dims: [...dims], dataType: FLOAT, rawData: bytes });
  return name;
}

/** A scalar shared by several nodes. */
function once(graph: Graph, name: string, value: number): string {
  return graph.tensors.some((tensor) => tensor.name === name) ? name : floats(graph, name, [], Float32Array.of(value));
}

function node(
  opType: string,
  input: string[],
  output: string,
  attribute: onnxProto.onnx.IAttributeProto[] = [],
): onnxProto.onnx.INodeProto {
  return { opType, input, output: [output], attribute };
}

function int(name: string, i: number): onnxProto.onnx.IAttributeProto {
  return { name, i, type: onnx.AttributeProto.AttributeType.INT };
}

function ints(name: string, values: readonly number[]): onnxProto.onnx.IAttributeProto {
  return { name, ints: [...values], type: onnx.AttributeProto.AttributeType.INTS };
}

function valueInfo(name: string, sides: readonly number[]): onnxProto.onnx.IValueInfoProto {
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim: sides.map((dimValue) => ({ dimValue })) } } } };
}
