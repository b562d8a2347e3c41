/** Reads a stream whose sender is not trusted: at most so many bytes are ever held. */
import { concatBytes } from '@lodestone/protocol/bytes';

/** All bytes, or undefined where there are more than `maxBytes`. */
export async function readAtMost(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    length += next.value.length;
    if (length > maxBytes) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(next.value);
  }
  return concatBytes(...chunks);
}
