/** Reads content. Flow: block-feeder, exact-proof → here. Promise: an aborted read is over, also if the file's place (a share, a cloud) never answers. Spec: docs/design/sandbox.md#deadlines */

/** @throws the signal's reason once it aborts; the engine's error if the file has changed, or can no longer be read */
export async function readBlob(blob: Blob, stop: AbortSignal | undefined): Promise<ArrayBuffer> {
  if (!stop) return blob.arrayBuffer();
  stop.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(stop.reason);
  stop.addEventListener('abort', leave, { once: true });
  return Promise.race([blob.arrayBuffer(), aborted]).finally(() => stop.removeEventListener('abort', leave));
}
