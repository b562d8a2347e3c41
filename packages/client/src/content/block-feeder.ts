/**
 * Answers the sandbox's requests during one scan: blocks of the content, as transferred copies, in WebKit bitmaps, and progress.
 * Flow: sandbox → here → scanner. Promise: no byte is read and no picture decoded before the sandbox requests it, one at a
 * time, and a request of another scan gets no answer. Spec: docs/design/contracts.md#sandbox-messages
 */
import { type BitmapMessage, type BytesMessage, LIMITS, type SandboxEvent } from '@lodestone/protocol';
import { makeBitmap } from './host-bitmap.ts';
import { readBlob } from './read-blob.ts';

export interface BlockFeeder {
  receive(event: SandboxEvent): void;
  /** Nothing is sent after this. */
  stop(): void;
}

export interface FeederOptions {
  content: Blob;
  contentId: number;
  /** Nobody waits for the scan any more: the sandbox gets no more of the content, as if the file were gone, and ends. */
  cancelled?: AbortSignal | undefined;
  send: (message: BytesMessage | BitmapMessage) => void;
  /** Called with rising numbers only. */
  progress: (sixteenths: number) => void;
}

export function createBlockFeeder({ content, contentId, cancelled, send, progress }: FeederOptions): BlockFeeder {
  const stopping = new AbortController();
  const serve = inSequence(async (wanted: Wanted) => {
    if (stopping.signal.aborted) return;
    const message = await answerOf(content, wanted, cancelled);
    if (!stopping.signal.aborted) send(message);
    else if (message.type === 'bitmap') message.picture?.bitmap.close();
  });
  const report = rising(progress);
  return {
    receive(event) {
      if (stopping.signal.aborted || !('contentId' in event) || event.contentId !== contentId) return;
      if (event.type === 'progress') report(event.sixteenths);
      else serve(event);
    },
    stop: () => stopping.abort(),
  };
}

/** Runs calls one after the other, so that a sandbox gains no speed from many requests at the same time. */
function inSequence<Args extends unknown[]>(work: (...args: Args) => Promise<void>): (...args: Args) => void {
  let last: Promise<void> = Promise.resolve();
  return (...args) => {
    last = last.then(() => work(...args));
  };
}

function rising(report: (value: number) => void): (value: number) => void {
  let highest = 0;
  return (value) => {
    if (value <= highest) return;
    highest = value;
    report(value);
  };
}

type Wanted = Extract<SandboxEvent, { type: 'bytes-wanted' | 'bitmap-wanted' }>;

async function answerOf(
  content: Blob,
  wanted: Wanted,
  cancelled: AbortSignal | undefined,
): Promise<BytesMessage | BitmapMessage> {
  const { contentId } = wanted;
  if (wanted.type === 'bytes-wanted') return readBlocks(content, wanted, cancelled);
  const left = cancelled?.aborted ? new Blob() : content;
  // Lack of memory counts as a picture that does not decode.
  const picture = await makeBitmap(left, wanted.format, wanted.size).catch(() => undefined);
  return { type: 'bitmap', contentId, ...(picture && { picture }) };
}

/** Empty past the end, if the file can no longer be read (moved, permission withdrawn), and once nobody waits for the scan. */
async function readBlocks(
  content: Blob,
  { contentId, first, count }: Extract<Wanted, { type: 'bytes-wanted' }>,
  cancelled: AbortSignal | undefined,
): Promise<BytesMessage> {
  const from = first * LIMITS.blockBytes;
  const blocks = content.slice(from, from + count * LIMITS.blockBytes);
  const bytes = await readBlob(blocks, cancelled).catch(() => new ArrayBuffer(0));
  return { type: 'bytes', contentId, first, bytes };
}
