/**
 * Reads a content item block by block over the events port: the sandbox requests blocks, the host answers with a transferred
 * buffer. Flow: block feeder (host) → here → scan. Spec: docs/design/contracts.md#sandbox-messages
 */
import { LIMITS } from '@lodestone/protocol/limits';
import type { BitmapMessage, BytesMessage, SandboxEvent } from '@lodestone/protocol/sandbox';

const { blockBytes, blocksWanted } = LIMITS;

/** Pairs requests and answers; one request at a time, since items are scanned one at a time. */
export class BlockReader {
  readonly #send: (event: SandboxEvent) => void;
  #waiting: { contentId: number; first: number; answer: (bytes: Uint8Array<ArrayBuffer>) => void } | undefined;

  constructor(events: MessagePort, send: (event: SandboxEvent) => void) {
    this.#send = send;
    events.addEventListener('message', ({ data }: MessageEvent<BitmapMessage | BytesMessage>) => {
      if (data.type === 'bytes') this.#receive(data);
    });
    events.start();
  }

  read(contentId: number, first: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    return new Promise((answer) => {
      this.#waiting = { contentId, first, answer };
      this.#send({ type: 'bytes-wanted', contentId, first, count });
    });
  }

  #receive({ contentId, first, bytes }: BytesMessage): void {
    if (contentId !== this.#waiting?.contentId || first !== this.#waiting.first) return;
    const { answer } = this.#waiting;
    this.#waiting = undefined;
    answer(new Uint8Array(bytes));
  }
}

/** One item. Its first block shows its format; the rest is read only if it is needed. */
export class Content {
  readonly #reader: Pick<BlockReader, 'read'>;
  readonly #contentId: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #read = 0;

  constructor(reader: Pick<BlockReader, 'read'>, contentId: number, sizeBytes: number) {
    this.#reader = reader;
    this.#contentId = contentId;
    this.#bytes = new Uint8Array(sizeBytes);
  }

  /** @returns undefined if the item is empty, or if the host sent fewer bytes than the job's size */
  async head(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return (await this.#readBlocks(1)) ? this.#bytes.subarray(0, this.#read) : undefined;
  }

  /** @param onProgress receives the fraction that has been read, up to 1 */
  async whole(onProgress: (fraction: number) => void): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#read < this.#bytes.length) {
      if (!(await this.#readBlocks(blocksWanted))) return undefined;
      onProgress(this.#read / this.#bytes.length);
    }
    return this.#bytes;
  }

  /** Overwrites the item with zeros, since memory is freed at an unknown time. */
  clear(): void {
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
