/** Divides work on many bytes into short tasks, so that the page stays responsive. Spec: docs/design/signed-inputs.md#transfers */
import { LIMITS } from '@lodestone/protocol';

/** Calls `take` with at most 256 KiB at a time, each in a separate task. */
export async function inSlices(bytes: Uint8Array, take: (slice: Uint8Array) => void, stop: AbortSignal): Promise<void> {
  for (let at = 0; at < bytes.length; at += LIMITS.sliceBytes) {
    await nextTask();
    stop.throwIfAborted();
    take(bytes.subarray(at, at + LIMITS.sliceBytes));
  }
}

/** Resolves in a later task. A message, because timers of a hidden page fire once a second. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
