/** Admits content: what a host may hand to `check`, as a Blob. Flow: guard → here → check → block-feeder. Spec: docs/design/client.md#check */
import { LodestoneError } from '@lodestone/protocol/error';
import { isArrayBuffer } from '../array-buffer.ts';

/**
 * Bytes are copied immediately, so that the host may reuse its buffer.
 * @throws {LodestoneError} `ERR_CONTENT`
 */
export function toBlob(content: unknown): Blob {
  if (content instanceof Blob) return content;
  if (isArrayBuffer(content) || (ArrayBuffer.isView(content) && isArrayBuffer(content.buffer))) {
    return new Blob([content as BufferSource]);
  }
  throw new LodestoneError(
    'ERR_CONTENT',
    'check: the content is not a Blob, an ArrayBuffer or a view of one: pass a File, a Blob or unshared bytes',
  );
}
