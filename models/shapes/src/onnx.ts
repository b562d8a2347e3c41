/** Writes the weights as an ONNX file, with the same bytes each time. Flow: weights → here → model. Spec: ONNX opset 13, IR version 8. */
import onnxProto from 'onnx-proto';
import { CLASSES, COLOURS, HEIGHT, LACKS, WIDTH } from './weights.ts';

const { onnx } = onnxProto;
type Node = onnxProto.onnx.INodeProto;
type Tensor = onnxProto.onnx.ITensorProto;

export const INPUT = 'shapes_in';
export const OUTPUT = 'shapes_out';

export function onnxFile(): Uint8Array<ArrayBuffer> {
  const maps = COLOURS.length;
  const file = onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    producerName: 'lodestone',
    graph: {
      name: 'shapes',
      input: [value(INPUT, [1, HEIGHT, WIDTH, 3])],
      output: [value(OUTPUT, [1, CLASSES.bias.length])],
      node: [
        node('Transpose', [INPUT], 'planes', [ints('perm', [0, 3, 1, 2])]),
        node('Conv', ['planes', 'colours', 'colours_bias'], 'maps'),
        node('Relu', ['maps'], 'magenta_and_white'),
        node('Flatten', ['magenta_and_white'], 'pixels'),
        node('Gemm', ['pixels', 'lacks', 'lacks_bias'], 'lacks_of', TRANSPOSED),
        node('Relu', ['lacks_of'], 'lacking'),
        node('Gemm', ['lacking', 'classes', 'classes_bias'], 'logits', TRANSPOSED),
        node('Softmax', ['logits'], OUTPUT, [int('axis', 1)]),
      ],
      initializer: [
        tensor(
          'colours',
          [maps, 3, 1, 1],
          COLOURS.flatMap(([weights]) => [...weights]),
        ),
        tensor(
          'colours_bias',
          [maps],
          COLOURS.map(([, bias]) => bias),
        ),
        tensor(
          'lacks',
          [LACKS.bias.length, maps * WIDTH * HEIGHT],
          LACKS.weights.flatMap((row) => [...row]),
        ),
        tensor('lacks_bias', [LACKS.bias.length], LACKS.bias),
        tensor('classes', [CLASSES.bias.length, LACKS.bias.length], CLASSES.weights.flat()),
        tensor('classes_bias', [CLASSES.bias.length], CLASSES.bias),
      ],
    },
  }).finish();
  return new Uint8Array(file);
}

const int = (name: string, i: number): onnxProto.onnx.IAttributeProto => ({
  name,
  i,
  type: onnx.AttributeProto.AttributeType.INT,
});
const ints = (name: string, values: number[]): onnxProto.onnx.IAttributeProto => ({
  name,
  ints: values,
  type: onnx.AttributeProto.AttributeType.INTS,
});
const TRANSPOSED = [int('transB', 1)];

function node(opType: string, input: string[], output: string, attribute: Node['attribute'] = []): Node {
  return { opType, input, output: [output], name: output, attribute };
}

function tensor(name: string, dims: number[], values: readonly number[]): Tensor {
  const raw = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, number] of values.entries()) raw.setFloat32(i * 4, number, true);
  return { name, dims, dataType: onnx.TensorProto.DataType.FLOAT, rawData: new Uint8Array(raw.buffer) };
}

function value(name: string, shape: number[]): onnxProto.onnx.IValueInfoProto {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: onnx.TensorProto.DataType.FLOAT, shape: { dim } } } };
}
