/** An item's bytes, block by block over the events port: the sandbox asks, the host answers with a transferred buffer. */
import { LIMITS } from '@lodestone/protocol/limits';
import type { BytesMessage, SandboxEvent } from '@lodestone/protocol/sandbox';

const { blockBytes, blocksWanted } = LIMITS;

/** Pairs questions and answers; one question at a time, as one item at a time is scanned. */
export class BlockReader {
  readonly #tell: (event: SandboxEvent) => void;
  #waiting: { contentId: number; first: number; answer: (bytes: Uint8Array<ArrayBuffer>) => void } | undefined;

  constructor(events: MessagePort, tell: (event: SandboxEvent) => void) {
    this.#tell = tell;
    events.addEventListener('message', ({ data }: MessageEvent<BytesMessage>) => this.#take(data));
    events.start();
  }

  read(contentId: number, first: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    return new Promise((answer) => {
      this.#waiting = { contentId, first, answer };
      this.#tell({ type: 'bytes-wanted', contentId, first, count });
    });
  }

  #take({ contentId, first, bytes }: BytesMessage): void {
    if (contentId !== this.#waiting?.contentId || first !== this.#waiting.first) return;
    const { answer } = this.#waiting;
    this.#waiting = undefined;
    answer(new Uint8Array(bytes));
  }
}

/** One item. Its first block tells what it is; the rest is read only where it is needed. */
export class Content {
  readonly #reader: BlockReader;
  readonly #contentId: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #read = 0;

  constructor(reader: BlockReader, contentId: number, sizeBytes: number) {
    this.#reader = reader;
    this.#contentId = contentId;
    this.#bytes = new Uint8Array(sizeBytes);
  }

  /** @returns undefined where the item is empty, or the host gave fewer bytes than it has: it was cut short or given up. */
  async head(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return (await this.#readBlocks(1)) ? this.#bytes.subarray(0, this.#read) : undefined;
  }

  /** @param onProgress is told the share that has been read, up to 1 */
  async whole(onProgress: (share: number) => void): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#read < this.#bytes.length) {
      if (!(await this.#readBlocks(blocksWanted))) return undefined;
      onProgress(this.#read / this.#bytes.length);
    }
    return this.#bytes;
  }

  /** Nothing of it is left in memory, whenever that is given back. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  async #readBlocks(atMost: number): Promise<boolean> {
    const left = this.#bytes.length - this.#read;
    if (left === 0) return false;
    const count = Math.min(atMost, Math.ceil(left / blockBytes));
    const blocks = await this.#reader.read(this.#contentId, this.#read / blockBytes, count);
    if (blocks.length !== Math.min(left, count * blockBytes)) return false;
    this.#bytes.set(blocks, this.#read);
    blocks.fill(0);
    this.#read += blocks.length;
    return true;
  }
}
