/** Reads a stream from an untrusted sender. Flow: ingest/endpoint, sources/get → here. Promise: at most `maxBytes` and one chunk are in memory. */
import { concatBytes } from '@lodestone/protocol/bytes';

/** @returns all bytes, or undefined if there are more than `maxBytes` */
export async function readAtMost(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    length += read.value.length;
    if (length > maxBytes) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(read.value);
  }
  return concatBytes(...chunks);
}
