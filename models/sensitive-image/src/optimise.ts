/**
 * Converts an ONNX file to onnxruntime's own format and optimises its graph, so that no device does this at each start.
 * Flow: write-onnx → here → build. Promise: the same file gives the same bytes; they come from the runtime that runs them.
 * The runtime can only write the result to a file, but its build has no file system: this module implements the two calls.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The functions of the WebAssembly glue that onnxruntime-web calls; 1.30 publishes no types for them. */
interface Runtime {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _OrtInit(threads: number, logLevel: number): number;
  _OrtCreateSessionOptions(
    optimisation: number,
    memoryArena: boolean,
    memoryPattern: boolean,
    executionMode: number,
    profiling: boolean,
    profilePrefix: number,
    logId: number,
    logLevel: number,
    logVerbosity: number,
    optimisedFile: number,
  ): number;
  _OrtAddSessionConfigEntry(options: number, key: number, value: number): number;
  _OrtCreateSession(data: number, bytes: number, options: number): number | Promise<number>;
}
type Imports = Record<string, WebAssembly.Memory | ((...values: number[]) => number)>;
type Instantiated = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

const GLUE = 'onnxruntime-web/ort-wasm-simd-threaded.mjs';
const FATAL = 4;
const ALL_OPTIMISATIONS = 99;
const OUTPUT_PATH = '/optimised.ort';
/** A number that no other call has as its first argument. */
const DESCRIPTOR = 0x7fff_ff01;
/** Names in the pinned build's WebAssembly. Other calls on this file, such as seek and close, return success. */
const CALLS = { memory: 'a', open: 'Z', write: 'X' };

/** @throws if the runtime rejects the file or writes none (in another build the calls have other names) */
export async function optimise(model: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const written: Uint8Array[] = [];
  const wasm = await readFile(fileURLToPath(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')));
  const { default: start } = (await import(GLUE)) as { default: (options: object) => Promise<Runtime> };
  const runtime = await start({
    numThreads: 1,
    async instantiateWasm({ a: imports }: { a: Imports }, done: Instantiated) {
      const { instance, module } = await WebAssembly.instantiate(wasm, { a: withOneFile(imports, written) });
      done(instance, module);
    },
  });
  const copied = (bytes: Uint8Array): number => {
    const at = runtime._malloc(bytes.length);
    runtime.HEAPU8.set(bytes, at);
    return at;
  };
  const text = (value: string): number => copied(Buffer.from(`${value}\0`));

  runtime._OrtInit(1, FATAL);
  const options = runtime._OrtCreateSessionOptions(
    ...([ALL_OPTIMISATIONS, true, true, 0, false, 0, 0, FATAL, 0, text(OUTPUT_PATH)] as const),
  );
  runtime._OrtAddSessionConfigEntry(options, text('session.save_model_format'), text('ORT'));
  const session = await runtime._OrtCreateSession(copied(model), model.length, options);
  if (session === 0) throw new Error('onnxruntime rejected the model');
  const file = Buffer.concat(written);
  if (file.toString('latin1', 4, 8) !== 'ORTM') throw new Error('onnxruntime wrote no optimised model');
  return new Uint8Array(file);
}

function withOneFile(imports: Imports, written: Uint8Array[]): Imports {
  const { [CALLS.memory]: memory, [CALLS.open]: open, [CALLS.write]: write } = imports;
  if (!(memory instanceof WebAssembly.Memory) || typeof open !== 'function' || typeof write !== 'function') {
    throw new Error('this build of onnxruntime-web is unknown: update the names in `CALLS`');
  }
  const stringAt = (at: number): string => {
    const bytes = new Uint8Array(memory.buffer);
    return Buffer.from(bytes.slice(at, bytes.indexOf(0, at))).toString();
  };
  const numberAt = (at: number): number => new DataView(memory.buffer).getUint32(at, true);
  const granted = Object.entries(imports).map(([name, call]) => [
    name,
    typeof call === 'function' ? (...values: number[]) => (values[0] === DESCRIPTOR ? 0 : call(...values)) : call,
  ]);
  return {
    ...(Object.fromEntries(granted) as Imports),
    [CALLS.open]: (...values) => (stringAt((values[1] ?? 0) >>> 0) === OUTPUT_PATH ? DESCRIPTOR : open(...values)),
    /** writev of POSIX: a list of pointers and lengths. */
    [CALLS.write](...values) {
      const [descriptor, list = 0, count = 0, total = 0] = values.map((value) => value >>> 0);
      if (descriptor !== DESCRIPTOR) return write(...values);
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const [from, length] = [numberAt(list + 8 * i), numberAt(list + 8 * i + 4)];
        written.push(new Uint8Array(memory.buffer).slice(from, from + length));
        sum += length;
      }
      new DataView(memory.buffer).setUint32(total, sum, true);
      return 0;
    },
  };
}
