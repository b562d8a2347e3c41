/** The WebAssembly kernel's TypeScript interface. Compiled once; each stream and index has its own instance. */
import { PdqError } from './error.ts';
import { kernel as base64 } from './kernel.generated.ts';

/** The exports of `assembly/index.ts`. Addresses are byte offsets in `memory`. */
export interface Kernel {
  readonly memory: WebAssembly.Memory;
  /** `assembly/stream.ts` */
  open(width: number, height: number, channels: number, maxColumns: number): void;
  strips(): number;
  startStrip(strip: number): void;
  firstStaged(): number;
  endStaged(): number;
  stage(): number;
  stageRows(): number;
  push(rows: number): void;
  drain(): void;
  finish(orientations: boolean): number;
  hashes(): number;
  coefficients(): number;
  /** `assembly/answers.ts` */
  queries(): number;
  answers(): number;
  answerCount(): number;
  rowsIn(): number;
  suppressed(): number;
  /** `assembly/planes.ts` */
  openPlanes(rows: number): void;
  layPlanes(first: number, count: number): void;
  planeBlocks(): number;
  preparePlanes(count: number): void;
  scanPlanes(query: number, maxDistance: number, from: number, to: number): number;
  /** `assembly/lanes.ts` */
  fillLanes(first: number, count: number): void;
  nearLanes(block: number, maxDistance: number): number;
  /** `assembly/bands.ts` */
  openBands(rows: number): void;
  layBands(first: number, count: number): void;
  /** Both: 0 or 1. */
  buildBands(): number;
  startBands(query: number, maxDistance: number): void;
  searchBands(): number;
}

/** Compiles the bytes in this package. It fetches nothing, so it works under `connect-src 'none'`. */
export async function compileKernel(): Promise<WebAssembly.Module> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new PdqError('ERR_PDQ_UNSUPPORTED', 'this engine does not support WebAssembly with SIMD', { cause });
  }
}

export function newKernel(module: WebAssembly.Module): Kernel {
  return new WebAssembly.Instance(module).exports as unknown as Kernel;
}

/** Runs a call that allocates memory. Without memory the engine refuses the instance, or the kernel traps. */
export function growing<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError) {
      throw new PdqError('ERR_PDQ_MEMORY', 'WebAssembly memory cannot grow', { cause });
    }
    throw cause;
  }
}

export function viewOf(kernel: Kernel, address: number, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(kernel.memory.buffer, address, length);
}
