/**
 * One frame from `ImageDecoder`, whole or as far as the data goes. Chromium rejects a picture that is cut or damaged, while its <img> shows
 * the rows before the fault; as a stream that has not ended, the decoder gives these rows too. Flow: image-decoder → here.
 * Promise: every call ends, without a clock. Spec: docs/design/hashing.md#damaged-pictures
 */
import { HALF_RED_PNG } from './tiny-pictures.ts';

/** The DOM library does not declare these yet; absent if the engine has applied the orientation itself. */
export type Frame = VideoFrame & { readonly rotation?: number; readonly flip?: boolean };

/** @returns undefined if the decoder rejects it: an EncodingError, whose text differs between engines */
export async function decodeFrame(init: ImageDecoderInit): Promise<Frame | undefined> {
  const decoder = new ImageDecoder(init);
  try {
    return (await decoder.decode({ frameIndex: 0 })).image;
  } catch {
    return undefined;
  } finally {
    decoder.close();
  }
}

/** The part that the data gives; undefined if it gives none. */
export async function decodePart(
  bytes: Uint8Array<ArrayBuffer>,
  options: Omit<ImageDecoderInit, 'data'>,
): Promise<Frame | undefined> {
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  const data = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      stream = controller;
      controller.enqueue(bytes);
    },
  });
  const decoder = new ImageDecoder({ ...options, data });
  decoder.completed.catch(() => undefined); // rejects when the stream ends
  try {
    if (!(await Promise.race([decoder.tracks.ready.then(() => true), afterSomeDecoding()]))) return undefined;
    // Decoding is in order: what is there is decoded before the end of the stream arrives, and then the call is settled.
    const part = decoder.decode({ frameIndex: 0, completeFramesOnly: false });
    stream?.close();
    return (await part).image;
  } catch {
    return undefined;
  } finally {
    decoder.close();
  }
}

/** How many small pictures are decoded meanwhile, in place of a clock. Reading a picture's size takes about as long as one. */
const PATIENCE = 20;

/** A decoder that does not find the picture's size waits for more data without end. */
async function afterSomeDecoding(): Promise<false> {
  for (let i = 0; i < PATIENCE; i++) {
    (await decodeFrame({ data: HALF_RED_PNG.slice(), type: 'image/png' }))?.close();
  }
  return false;
}
