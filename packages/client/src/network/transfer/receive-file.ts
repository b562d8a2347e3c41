/**
 * Brings one signed file onto the device, in parts that survive the end of the page.
 * Flow: wanted release → here → egress, storage. Promise: the file counts only after its length, digest and form were
 * checked; no task takes longer than a slice of 256 KiB; each answer has a bound. Spec: docs/design/signed-inputs.md#transfers
 */
import { LodestoneError, type Purpose, type TargetFile } from '@lodestone/protocol';
import type { TargetCheck } from '@lodestone/trust';
import type { Egress } from '../egress.ts';
import { answeredWithPage, isHtmlPage } from '../html-page.ts';
import { REQUEST_MS } from '../ledger.ts';
import type { Storage } from '../storage/transaction.ts';
import { partCount, rangeOf } from './parts.ts';
import { inSlices, nextTask } from './slices.ts';
import { completeBytes, deleteFile, readPart, recordComplete, storedParts, storePart } from './stored-file.ts';
import { begin, next, type TransferEffect, type TransferEvent } from './transfer-state.ts';
import { WholeFile } from './whole-file.ts';

export interface FileRequest {
  file: TargetFile;
  url: URL;
  purpose: Extract<Purpose, 'list' | 'model'>;
  /** A new check of the whole file: its digest, and the form of a list. */
  createCheck: () => TargetCheck;
}

export interface ReceiveContext {
  storage: Storage;
  egress: Egress;
  stop: AbortSignal;
}

/** @throws {LodestoneError} why the file could not be received, or was refused */
export async function receiveFile(request: FileRequest, context: ReceiveContext): Promise<void> {
  const { sha256: digest, length } = request.file;
  if ((await completeBytes(context.storage, digest)) !== undefined) return;
  const perform = new Performer(request, context);
  let { state, effect } = begin(partCount(length), await storedParts(context.storage, digest));
  while (effect) {
    context.stop.throwIfAborted();
    const event = await perform.effect(effect);
    if (!event) break;
    ({ state, effect } = next(state, event));
  }
  if (state.error) throw state.error;
}

class Performer {
  readonly #request: FileRequest;
  readonly #context: ReceiveContext;

  constructor(request: FileRequest, context: ReceiveContext) {
    this.#request = request;
    this.#context = context;
  }

  /** Returns undefined after the last effect. */
  async effect(effect: TransferEffect): Promise<TransferEvent | undefined> {
    const { file } = this.#request;
    const { storage } = this.#context;
    switch (effect.type) {
      case 'fetch-part':
        return this.#requesting(() => this.#fetchPart(effect.index));
      case 'fetch-whole':
        return this.#requesting(() => this.#fetchWhole());
      case 'check':
        return this.#check();
      case 'record-complete':
        await recordComplete(storage, file.sha256, file.length);
        return undefined;
      case 'delete-parts':
        await deleteFile(storage, file.sha256);
        return undefined;
    }
  }

  async #requesting(work: () => Promise<TransferEvent>): Promise<TransferEvent> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LodestoneError)) throw error;
      return { type: 'request-failed', error, isRefusable: error.code === 'ERR_NETWORK' };
    }
  }

  async #fetchPart(index: number): Promise<TransferEvent> {
    const { file, url, purpose } = this.#request;
    const range = rangeOf(index, file.length);
    const bytes = range.last - range.first + 1;
    // A server without ranges sends the whole file, which is then used as it is.
    const whole = await this.#wholeFile();
    const { status, body } = await this.#context.egress({
      method: 'GET',
      purpose,
      url,
      maxBytes: file.length,
      range,
      deadlineMs: this.#deadlineMs(),
      onBytes: (chunk) => this.#take(whole, chunk),
    });
    if (status === 200) return this.#wholeStored(whole);
    if (status !== 206) throw this.#unexpected(status, '206, or 200 from a server without ranges');
    if (body.length !== bytes) throw this.#incomplete(`${body.length} bytes instead of ${bytes}`);
    await nextTask(); // joining the answer and storing it are two tasks
    await storePart(this.#context.storage, file.sha256, index, body);
    return { type: 'part-stored', index };
  }

  async #fetchWhole(): Promise<TransferEvent> {
    const { file, url, purpose } = this.#request;
    const whole = await this.#wholeFile();
    const { status } = await this.#context.egress({
      method: 'GET',
      purpose,
      url,
      maxBytes: file.length,
      deadlineMs: this.#deadlineMs(),
      onBytes: (chunk) => this.#take(whole, chunk),
    });
    if (status !== 200) throw this.#unexpected(status, '200');
    return this.#wholeStored(whole);
  }

  /** The first bytes of an answer show whether it is a page. */
  async #take(whole: WholeFile, chunk: Uint8Array): Promise<void> {
    if (whole.bytes === 0 && isHtmlPage(chunk)) throw answeredWithPage(this.#request.url.href);
    await whole.take(chunk);
  }

  async #wholeFile(): Promise<WholeFile> {
    const { sha256: digest, length } = this.#request.file;
    const { storage } = this.#context;
    const already = await storedParts(storage, digest);
    return new WholeFile(length, already, (index, bytes) =>
      storePart(storage, digest, index, bytes).catch((cause: unknown) => {
        throw this.#unstored(cause);
      }),
    );
  }

  #wholeStored({ bytes, parts }: WholeFile): TransferEvent {
    const { length } = this.#request.file;
    if (bytes !== length) throw this.#incomplete(`${bytes} bytes instead of ${length}`);
    return { type: 'whole-stored', indices: parts };
  }

  /** As long as all ranges of the file may take: each request may bring the whole file. */
  #deadlineMs(): number {
    return REQUEST_MS * partCount(this.#request.file.length);
  }

  async #check(): Promise<TransferEvent> {
    const { file, createCheck } = this.#request;
    const { storage, stop } = this.#context;
    const check = createCheck();
    try {
      for (let index = 0; index < partCount(file.length); index++) {
        const part = await readPart(storage, file.sha256, index);
        if (!part) throw this.#incomplete(`part ${index} is no longer stored`);
        await inSlices(new Uint8Array(part), (slice) => check.update(slice), stop);
      }
      check.finish();
      return { type: 'checked' };
    } catch (error) {
      if (!(error instanceof LodestoneError)) throw error;
      return { type: 'refused', error };
    }
  }

  #unexpected(status: number, expected: string): LodestoneError<'ERR_HTTP'> {
    const { href } = this.#request.url;
    return new LodestoneError('ERR_HTTP', `${href} answered with status ${status}, expected ${expected}`);
  }

  /** It is thrown while an answer arrives, and must not look like a request that failed. */
  #unstored(cause: unknown): LodestoneError {
    const { href } = this.#request.url;
    return new LodestoneError('ERR_STORAGE', `${href}: storage did not take a part of the file`, { cause });
  }

  #incomplete(what: string): LodestoneError<'ERR_HTTP'> {
    return new LodestoneError(
      'ERR_HTTP',
      `${this.#request.url.href}: ${what}. The transfer continues in the next round`,
    );
  }
}
