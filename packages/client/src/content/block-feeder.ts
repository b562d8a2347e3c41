/**
 * Answers the sandbox's requests during one scan: blocks of the content, as transferred copies, and progress.
 * Flow: sandbox → here → scanner. Promise: no byte is read before the sandbox requests it, one run of blocks is read at a
 * time, and a request of another scan gets no answer. Spec: docs/design/contracts.md#sandbox-messages
 */
import { type BytesMessage, LIMITS, type SandboxEvent } from '@lodestone/protocol';

export interface BlockFeeder {
  receive(event: SandboxEvent): void;
  /** Nothing is sent after this. */
  stop(): void;
}

export interface FeederOptions {
  content: Blob;
  contentId: number;
  send: (message: BytesMessage) => void;
  /** Called with rising numbers only. */
  progress: (sixteenths: number) => void;
}

export function createBlockFeeder({ content, contentId, send, progress }: FeederOptions): BlockFeeder {
  const stopping = new AbortController();
  const serve = inSequence(async (first: number, count: number) => {
    if (stopping.signal.aborted) return;
    const message = await readBlocks(content, contentId, first, count);
    if (!stopping.signal.aborted) send(message);
  });
  const report = rising(progress);
  return {
    receive(event) {
      if (stopping.signal.aborted || !('contentId' in event) || event.contentId !== contentId) return;
      if (event.type === 'bytes-wanted') serve(event.first, event.count);
      else report(event.sixteenths);
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

/** Empty past the end, and if the file can no longer be read (moved, permission withdrawn). */
async function readBlocks(content: Blob, contentId: number, first: number, count: number): Promise<BytesMessage> {
  const from = first * LIMITS.blockBytes;
  const blocks = content.slice(from, from + count * LIMITS.blockBytes);
  const bytes = await blocks.arrayBuffer().catch(() => new ArrayBuffer(0));
  return { type: 'bytes', contentId, first, bytes };
}
