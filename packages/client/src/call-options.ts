/**
 * Validates what a host passes to `check`, `prepare` and `appliesTo`, so that a wrong call is named and not answered.
 * Flow: guard → here. By hand, because it is in the host's first chunk. Spec: docs/design/client.md#check
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { MEDIA, SURFACES } from '@lodestone/protocol/vocabulary';

/** @throws {LodestoneError} `ERR_CONTENT` */
export function checkCallOptions(options: unknown): void {
  const { surface, automatic, signal, onProgress } = fieldsOf(options);
  const fault =
    surfaceFault(surface, ' as second argument') ??
    (isOneOf(['undefined', 'boolean'], typeof automatic) ? undefined : 'automatic is neither true nor false') ??
    (isOneOf(['undefined', 'function'], typeof onProgress) ? undefined : 'onProgress is not a function') ??
    signalFault(signal);
  if (fault !== undefined) throw new LodestoneError('ERR_CONTENT', `check: ${fault}`);
}

/**
 * @param call `prepare` or `appliesTo`
 * @throws {LodestoneError} `ERR_OPTIONS`
 */
export function checkWhat(call: string, what: unknown): void {
  const { surface, media } = fieldsOf(what);
  const fault = surfaceFault(surface, '') ?? (media === undefined ? undefined : wordFault('media', media, MEDIA));
  if (fault !== undefined) throw new LodestoneError('ERR_OPTIONS', `${call}: ${fault}`);
}

function fieldsOf(options: unknown): Partial<Record<string, unknown>> {
  return typeof options === 'object' && options !== null ? { ...options } : {};
}

function surfaceFault(surface: unknown, place: string): string | undefined {
  if (surface === undefined) return `the surface is missing: pass { surface }${place}, one of ${SURFACES.join(', ')}`;
  return wordFault('surface', surface, SURFACES);
}

function wordFault(field: string, word: unknown, words: readonly string[]): string | undefined {
  if (isOneOf(words, word)) return undefined;
  return `${field} ${JSON.stringify(word)} is unknown: use one of ${words.join(', ')}`;
}

/** By its members, because it may be of another realm. */
function signalFault(signal: unknown): string | undefined {
  if (signal === undefined || (typeof signal === 'object' && signal !== null && 'aborted' in signal)) return undefined;
  return 'signal is not an AbortSignal: pass the `signal` of an AbortController, not the controller';
}

function isOneOf(words: readonly string[], word: unknown): boolean {
  return words.some((one) => one === word);
}
