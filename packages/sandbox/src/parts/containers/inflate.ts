/**
 * Inflates by the engine's own `DecompressionStream`. Flow: zip, gzip, pdf → here. Promise: the result is at most as long as allowed,
 * whatever the data says of its size; buffers that are not returned are zeros. Spec: RFC 1950, 1951, 1952
 */
import type { Budget, Fault } from './input.ts';

/** Deflate gains at most a factor of 1,032, so that one step yields at most 17 MB. */
const STEP_BYTES = 16_384;
const FIRST_BYTES = 65_536;
/** The first buffer is at most this many times as long as the data: a size that is stated costs nothing. */
const FIRST_RATIO = 4;

export interface Inflated {
  /** As far as it could be inflated. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly fault?: Fault;
}

/** @param expected the size that the container states; only a hint */
export async function inflate(
  packed: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
  budget: Budget,
  expected: number = FIRST_BYTES,
): Promise<Inflated> {
  if (budget.bytes <= 0) return { bytes: new Uint8Array(), fault: 'too-large' };
  const { readable, writable } = new DecompressionStream(format);
  const output = new Output(Math.min(budget.bytes, expected, packed.length * FIRST_RATIO));
  const feeding = feed(writable.getWriter(), packed);
  const reader = readable.getReader();
  let fault: Fault | undefined;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      const part = step.value;
      if (output.length + part.length > budget.bytes) {
        part.fill(0);
        fault = 'too-large';
        void reader.cancel().catch(() => undefined);
        break;
      }
      output.add(part);
      part.fill(0);
    }
  } catch {
    fault = 'decode'; // a TypeError: wrong code, wrong checksum, an early end, or bytes behind the end
  }
  await feeding;
  budget.spendBytes(output.length);
  return { bytes: output.bytes, ...(fault && { fault }) };
}

/** Waits before each step until everything was read: an error drops what is in the stream's queue. */
async function feed(writer: WritableStreamDefaultWriter<BufferSource>, packed: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    for (let at = 0; at < packed.length; at += STEP_BYTES) {
      await writer.ready;
      await writer.write(packed.subarray(at, at + STEP_BYTES));
    }
    await writer.ready;
    await writer.close();
  } catch {
    // The reader gets the error too.
  }
}

/** Grows by doubling, and overwrites the buffers that it leaves. */
class Output {
  #buffer: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity: number) {
    this.#buffer = new Uint8Array(Math.max(1, capacity));
  }
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.length);
  }
  add(part: Uint8Array): void {
    const needed = this.length + part.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.bytes);
      this.#buffer.fill(0);
      this.#buffer = larger;
    }
    this.#buffer.set(part, this.length);
    this.length = needed;
  }
}
