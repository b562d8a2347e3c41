/** The error that this package throws. `code` is stable; the message is for people and may change. */

export type PdqErrorCode =
  /** The length of data, rows or a hash is wrong. */
  | 'ERR_PDQ_LENGTH'
  /** A width, height or number of rows is zero, not a whole number, or over the limit. */
  | 'ERR_PDQ_SIZE'
  /** Bytes are not a Uint8Array or Uint8ClampedArray, or their buffer is detached, shared or resizable. */
  | 'ERR_PDQ_BUFFER'
  /** An option has an invalid value. */
  | 'ERR_PDQ_OPTION'
  /** Text is not 64 hexadecimal digits. */
  | 'ERR_PDQ_HEX'
  /** Text is not a video's frames: `frame,quality,hash,timestamp`, a line each. */
  | 'ERR_PDQ_TEXT'
  /** A call is too early or too late: rows of a stream are missing, or an index is not filled. */
  | 'ERR_PDQ_STATE'
  /** WebAssembly memory cannot grow. */
  | 'ERR_PDQ_MEMORY'
  /** The engine has no WebAssembly, or no SIMD. */
  | 'ERR_PDQ_UNSUPPORTED';

/**
 * @example
 * try { pdq.hash(picture) } catch (error) {
 *   if (error instanceof PdqError && error.code === 'ERR_PDQ_SIZE') tooLarge();
 * }
 */
export class PdqError<C extends PdqErrorCode = PdqErrorCode> extends Error {
  override readonly name = 'PdqError';
  readonly code: C;

  constructor(code: C, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
