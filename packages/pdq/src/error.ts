/** The one error that this package throws. Its `code` is the contract; the message is for people. */

export type PdqErrorCode =
  /** Data, rows or a hash are not as long as they must be. */
  | 'ERR_PDQ_LENGTH'
  /** A width, height or number of rows is zero, no whole number, or over the bound. */
  | 'ERR_PDQ_SIZE'
  /** Bytes that are no Uint8Array (or Uint8ClampedArray), or whose buffer is detached, shared or resizable. */
  | 'ERR_PDQ_BUFFER'
  /** An option that has no such value. */
  | 'ERR_PDQ_OPTION'
  /** Text that is not 64 hexadecimal digits. */
  | 'ERR_PDQ_HEX'
  /** A call that comes too early or too late: a stream with rows missing, an index that is not filled. */
  | 'ERR_PDQ_STATE'
  /** WebAssembly memory cannot grow. */
  | 'ERR_PDQ_MEMORY'
  /** No WebAssembly, or one without SIMD. */
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
