/** What may come in: bytes that nobody else can change or take away while they are read. */
import { PdqError } from './error.ts';

/** Bytes as decoders and canvases give them. */
export type Bytes = Uint8Array | Uint8ClampedArray;

/** Refuses all but plain bytes; `what` names them in the message. */
export function checkBytes(bytes: unknown, what: string): asserts bytes is Bytes {
  const type = Object.prototype.toString.call(bytes);
  if (type !== '[object Uint8Array]' && type !== '[object Uint8ClampedArray]') {
    throw new PdqError('ERR_PDQ_BUFFER', `${what}: a Uint8Array is needed`);
  }
  const { buffer } = bytes as Bytes;
  // By its tag, as above, since the buffer may be of another realm (a frame, a test environment).
  if (Object.prototype.toString.call(buffer) !== '[object ArrayBuffer]') {
    throw new PdqError(
      'ERR_PDQ_BUFFER',
      `${what}: memory that is shared with other threads may change while it is read`,
    );
  }
  const { detached, resizable } = buffer as ArrayBuffer;
  if (detached) throw new PdqError('ERR_PDQ_BUFFER', `${what}: the buffer is detached`);
  if (resizable) throw new PdqError('ERR_PDQ_BUFFER', `${what}: the buffer is resizable`);
}

/** Refuses what is not one or more hashes of 32 bytes. */
export function checkHash(hash: unknown, what: string): asserts hash is Uint8Array {
  checkBytes(hash, what);
  if (hash.length !== 32) throw new PdqError('ERR_PDQ_LENGTH', `${what}: 32 bytes are needed, not ${hash.length}`);
}
