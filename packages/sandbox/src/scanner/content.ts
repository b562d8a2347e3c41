/**
 * Reads a content item block by block over the events port: the sandbox requests blocks, the host answers with a transferred
 * buffer. Flow: block feeder (host) → here → scan. Spec: docs/design/contracts.md#sandbox-messages
 */
import { LIMITS } from '@lodestone/protocol/limits';
import type { BitmapMessage, BytesMessage, SandboxEvent } from '@lodestone/protocol/sandbox';

const BLOCK_BYTES = LIMITS.blockBytes;

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

/** One item. Its first block shows its format; the rest is read only if it is needed: whole, or in slices. */
export class Content {
  readonly #reader: Pick<BlockReader, 'read'>;
  readonly #contentId: number;
  readonly sizeBytes: number;
  #head = new Uint8Array();
  #whole = new Uint8Array();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(reader: Pick<BlockReader, 'read'>, contentId: number, sizeBytes: number) {
    this.#reader = reader;
    this.#contentId = contentId;
    this.sizeBytes = sizeBytes;
  }

  /** @returns undefined if the item is empty, or if the host sent fewer bytes than the job's size */
  async head(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#head = (await this.#blocks(0, 1)) ?? this.#head;
    return this.#head.length > 0 ? this.#head : undefined;
  }

  /**
   * Call after `head`.
   * @param onProgress receives the fraction that has been read, up to 1
   */
  async whole(onProgress: (fraction: number) => void): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#whole = new Uint8Array(this.sizeBytes);
    this.#whole.set(this.#head);
    let read = this.#head.length;
    while (read < this.sizeBytes) {
      const blocks = await this.#blocks(read / BLOCK_BYTES, LIMITS.blocksWanted);
      if (!blocks) return undefined;
      this.#whole.set(blocks, read);
      read += blocks.length;
      blocks.fill(0);
      onProgress(read / this.sizeBytes);
    }
    return this.#whole;
  }

  /**
   * The bytes from `start` to before `end`, as a copy.
   * @throws if the host sent fewer
   */
  async read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    for (let at = start; at < end;) {
      const first = Math.floor(at / BLOCK_BYTES);
      const blocks = await this.#blocks(first, Math.min(LIMITS.blocksWanted, Math.ceil(end / BLOCK_BYTES) - first));
      if (!blocks) throw new Error('the content ended early');
      const part = blocks.subarray(at - first * BLOCK_BYTES, end - first * BLOCK_BYTES);
      bytes.set(part, at - start);
      at += part.length;
      blocks.fill(0);
    }
    return bytes;
  }

  /** Overwrites what is kept of the item with zeros, since memory is freed at an unknown time. */
  clear(): void {
    this.#head.fill(0);
    this.#whole.fill(0);
  }

  /** One request at a time, which is what the reader allows. */
  #blocks(first: number, atMost: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const left = this.sizeBytes - first * BLOCK_BYTES;
    const count = Math.min(atMost, Math.ceil(left / BLOCK_BYTES));
    const blocks = this.#turn.then(() => (count > 0 ? this.#reader.read(this.#contentId, first, count) : undefined));
    this.#turn = blocks;
    return blocks.then((bytes) => (bytes?.length === Math.min(left, count * BLOCK_BYTES) ? bytes : undefined));
  }
}
