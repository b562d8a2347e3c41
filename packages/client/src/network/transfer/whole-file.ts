/** Cuts the answer of a server without ranges into parts while it arrives. Holds one part at most. Spec: docs/design/signed-inputs.md#transfers */
import { LIMITS } from '@lodestone/protocol';
import { rangeOf } from './parts.ts';

export class WholeFile {
  readonly #fileBytes: number;
  readonly #already: ReadonlySet<number>;
  readonly #store: (index: number, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  #part = new Uint8Array(0);
  readonly #parts: number[] = [];
  /** Bytes that have arrived. */
  bytes = 0;

  /** @param already parts that are stored: their bytes are skipped */
  constructor(
    fileBytes: number,
    already: ReadonlySet<number>,
    store: (index: number, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
  ) {
    this.#fileBytes = fileBytes;
    this.#already = already;
    this.#store = store;
  }

  /** Parts that were stored. */
  get parts(): readonly number[] {
    return this.#parts;
  }

  async take(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const index = Math.floor(this.bytes / LIMITS.partBytes);
      const { first, last } = rangeOf(index, this.#fileBytes);
      const length = Math.min(last + 1 - this.bytes, chunk.length - at);
      if (this.#part.length === 0) this.#part = new Uint8Array(Math.min(LIMITS.partBytes, this.#fileBytes));
      this.#part.set(chunk.subarray(at, at + length), this.bytes - first);
      this.bytes += length;
      at += length;
      if (this.bytes === last + 1) await this.#end(index, last + 1 - first);
    }
  }

  async #end(index: number, bytes: number): Promise<void> {
    if (this.#already.has(index)) return;
    await this.#store(index, this.#part.subarray(0, bytes));
    this.#parts.push(index);
  }
}
