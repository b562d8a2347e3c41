/** Checks input bytes: nothing else can change or detach them during a call. */
import { PdqError } from './error.ts';

/** Bytes as decoders and canvases return them. */
export type Bytes = Uint8Array | Uint8ClampedArray;

/** Refuses everything except plain bytes. `what` names the argument in the message. */
export function checkBytes(bytes: unknown, what: string): asserts bytes is Bytes {
  const type = Object.prototype.toString.call(bytes);
  if (type !== '[object Uint8Array]' && type !== '[object Uint8ClampedArray]') {
    throw new PdqError('ERR_PDQ_BUFFER', `${what} must be a Uint8Array or Uint8ClampedArray`);
  }
  const { buffer } = bytes as Bytes;
  // Compares the tag, not the class, because the buffer may belong to another realm (a frame, a test environment).
  if (Object.prototype.toString.call(buffer) !== '[object ArrayBuffer]') {
    throw new PdqError('ERR_PDQ_BUFFER', `${what} uses shared memory, which may change during the call; pass a copy`);
  }
  const { detached, resizable } = buffer as ArrayBuffer;
  if (detached) throw new PdqError('ERR_PDQ_BUFFER', `${what} has a detached buffer`);
  if (resizable) throw new PdqError('ERR_PDQ_BUFFER', `${what} has a resizable buffer; pass a copy`);
}

/** Refuses anything except one hash of 32 bytes. */
export function checkHash(hash: unknown, what: string): asserts hash is Uint8Array {
  checkBytes(hash, what);
  if (hash.length !== 32) throw new PdqError('ERR_PDQ_LENGTH', `${what} must have 32 bytes, not ${hash.length}`);
}
