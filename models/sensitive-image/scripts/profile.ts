/**
 * `npm run profile` in this folder: runs models and invalid files on onnxruntime-web's WebAssembly with a mark in each function.
 * Writes the functions that ran, and all that they call by name, for the sandbox's build. The last line reports how many.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { BinaryReader } from 'wasmparser';
import { PROFILE_FILE, type RuntimeProfile } from '@lodestone/sandbox/build/runtime/trimmed';
import {
  bodiesOf,
  codeOf,
  fileOf,
  number,
  readNumber,
  SECTION,
  type Section,
  sectionsOf,
} from '@lodestone/sandbox/build/runtime/sections';
import { shapesModel } from '@lodestone/model-shapes';
import { convert, makeModel } from '../src/build-model.ts';

const RUNTIME = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
/** The export name of the memory that holds the marks: one byte for each function. */
const MARKS = 'marks';
const PAGE_BYTES = 65_536;
/** States of wasmparser, whose enums cannot be imported from a file, and the operators that name a function. */
const STATE = { bodyBegins: 28, operator: 30 };
const NAMES_FUNCTION: ReadonlySet<number> = new Set([0x10 /* call */, 0x12 /* return_call */, 0xd2 /* ref.func */]);

const full = await readFile(RUNTIME);
const sections = sectionsOf(full);
const bodies = bodiesOf(sectionOf(SECTION.code).bytes);
if (bodies.length > PAGE_BYTES) throw new Error(`${bodies.length} functions do not fit in one page of marks`);
const ran = await functionsThatRan();
const kept = withCalled(ran);
const bits = Buffer.alloc(Math.ceil(bodies.length / 8));
for (const index of kept) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
const runtime = createHash('sha256').update(full).digest('hex');
await writeFile(
  PROFILE_FILE,
  `${JSON.stringify({ runtime, kept: bits.toString('base64') } satisfies RuntimeProfile, null, 2)}\n`,
);
console.log(`profile: ${ran.size} of ${bodies.length} functions ran; ${kept.size} are kept, with those that they call`);

function sectionOf(id: number): Section {
  const found = sections.find((section) => section.id === id);
  if (!found) throw new Error(`the runtime has no section ${id}`);
  return found;
}

/** The runtime with a second memory for the marks. */
function marked(): Buffer<ArrayBuffer> {
  const [exported, first] = readNumber(sectionOf(SECTION.exports).bytes, 0);
  const name = Buffer.from(MARKS);
  const withMarks = Buffer.concat([
    number(exported + 1),
    sectionOf(SECTION.exports).bytes.subarray(first),
    number(name.length),
    name,
    Uint8Array.of(2, 1), // memory 1
  ]);
  return fileOf(
    sections.flatMap((section) => {
      if (section.id === SECTION.globals) return [{ id: SECTION.memories, bytes: Uint8Array.of(1, 0, 1) }, section];
      if (section.id === SECTION.exports) return [{ ...section, bytes: withMarks }];
      if (section.id === SECTION.code) return [{ ...section, bytes: codeOf(bodies.map(withMark)) }];
      return [section];
    }),
  );
}

/** `i32.const index, i32.const 1, i32.store8 (memory 1)`, before the function's own code. */
function withMark(body: Uint8Array, index: number): Uint8Array {
  let [groups, at] = readNumber(body, 0);
  for (; groups > 0; groups--) at = readNumber(body, at)[1] + 1;
  const mark = [0x41, ...signed(index), 0x41, 1, 0x3a, 0x40, 1, 0];
  return Buffer.concat([body.subarray(0, at), Uint8Array.from(mark), body.subarray(at)]);
}

/** Signed LEB128 of a non-negative number. */
function signed(value: number): number[] {
  const bytes = [...number(value)];
  const last = bytes.at(-1) ?? 0;
  return last & 64 ? [...bytes.slice(0, -1), last | 128, 0] : bytes;
}

async function functionsThatRan(): Promise<Set<number>> {
  let marks: WebAssembly.Memory | undefined;
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (async (source: BufferSource, imports: WebAssembly.Imports) => {
    const made = await instantiate(source, imports);
    marks = made.instance.exports[MARKS] as WebAssembly.Memory;
    return made;
  }) as typeof instantiate;
  env.logLevel = 'fatal';
  env.wasm.numThreads = 1;
  env.wasm.wasmBinary = new Uint8Array(marked()).buffer;
  const ours = await makeModel();
  for (const model of [ours, convert(), convert('float32'), shapesModel().file]) await use(model);
  const cutOff = [ours, convert()].map((model) => model.slice(0, model.length >> 1));
  for (const bad of [new Uint8Array(1000), ...cutOff]) {
    const accepted = await use(bad).then(
      () => true,
      () => false,
    );
    if (accepted) throw new Error('onnxruntime accepted an invalid file');
  }
  if (!marks) throw new Error('the runtime did not start');
  return new Set([...new Uint8Array(marks.buffer).entries()].flatMap(([index, mark]) => (mark === 1 ? [index] : [])));
}

async function use(model: Uint8Array): Promise<void> {
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  const [input] = session.inputMetadata;
  if (!input?.isTensor) throw new Error('the model has no tensor input');
  const shape = input.shape.map(Number);
  for (const value of [0, 0.5, Number.NaN]) {
    const values = new Float32Array(shape.reduce((product, side) => product * side)).fill(value);
    await session.run({ [input.name]: new Tensor('float32', values, shape) });
  }
  await session.release();
}

function withCalled(roots: ReadonlySet<number>): Set<number> {
  const called = calls();
  const kept = new Set(roots);
  // A set's iterator also visits elements added during the iteration.
  for (const index of kept) for (const other of called[index] ?? []) kept.add(other);
  return kept;
}

/** For each function, the functions that it calls by name. */
function calls(): number[][] {
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(full)).filter(({ kind }) => kind === 'function');
  const found: number[][] = [];
  const reader = new BinaryReader();
  reader.setData(new Uint8Array(full).buffer, 0, full.length);
  while (reader.read()) {
    const state: number = reader.state;
    if (state === STATE.bodyBegins) found.push([]);
    if (state !== STATE.operator) continue;
    const { code, funcIndex = 0 } = reader.result as { code: number; funcIndex?: number };
    if (NAMES_FUNCTION.has(code) && funcIndex >= imported.length) found.at(-1)?.push(funcIndex - imported.length);
  }
  if (reader.error) throw reader.error;
  if (found.length !== bodies.length) throw new Error(`read ${found.length} of ${bodies.length} functions`);
  return found;
}
