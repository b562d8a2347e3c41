/** Admits content: what a host may hand to `check`, as a Blob. Flow: guard → here → check → block-feeder. Spec: docs/design/client.md#check */
import { LodestoneError } from '@lodestone/protocol/error';
import { SURFACES } from '@lodestone/protocol/vocabulary';
import { isArrayBuffer } from '../array-buffer.ts';

/**
 * The content of a call, as a Blob. Bytes are copied now, before the check waits for anything.
 * @throws {LodestoneError} `ERR_CONTENT`
 */
export function contentOf(content: unknown, options: { surface?: unknown } | undefined): Blob {
  const surface = options?.surface;
  if (surface === undefined)
    throw new LodestoneError(
      'ERR_CONTENT',
      `check: the surface is missing: pass { surface } as second argument, one of ${SURFACES.join(', ')}`,
    );
  if (!SURFACES.some((known) => known === surface))
    throw new LodestoneError(
      'ERR_CONTENT',
      `check: surface ${JSON.stringify(surface)} is unknown: use one of ${SURFACES.join(', ')}`,
    );
  return toBlob(content);
}

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
