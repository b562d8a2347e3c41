/**
 * Validates what a host passes to `check`, `prepare` and `appliesTo`, so that a wrong call is named and not answered.
 * Flow: guard → here. By hand, because it is in the host's first chunk. Spec: docs/design/client.md#check
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { MEDIA, SURFACES } from '@lodestone/protocol/vocabulary';

/** @throws {LodestoneError} `ERR_CONTENT` of `check`, `ERR_OPTIONS` of the others */
export function throwIfWrong(call: 'check' | 'prepare' | 'appliesTo', options: unknown): void {
  const isCheck = call === 'check';
  const { surface, media, automatic, signal, onProgress } = { ...(options as Record<string, unknown> | undefined) };
  const fault =
    (surface === undefined
      ? `the surface is missing: pass { surface }${isCheck ? ' as second argument' : ''}, one of ${SURFACES.join(', ')}`
      : wordFault('surface', surface, SURFACES)) ??
    (media === undefined ? undefined : wordFault('media', media, MEDIA)) ??
    typeFault('automatic', automatic, 'boolean') ??
    typeFault('onProgress', onProgress, 'function') ??
    // By its member, because it may be of another realm.
    (signal === undefined || typeof (signal as AbortSignal | null)?.aborted === 'boolean'
      ? undefined
      : 'signal is not an AbortSignal: pass `controller.signal`');
  if (fault !== undefined) throw new LodestoneError(isCheck ? 'ERR_CONTENT' : 'ERR_OPTIONS', `${call}: ${fault}`);
}

function wordFault(field: string, word: unknown, words: readonly string[]): string | undefined {
  if (words.some((one) => one === word)) return undefined;
  return `${field} ${JSON.stringify(word)} is unknown: use one of ${words.join(', ')}`;
}

function typeFault(field: string, value: unknown, type: 'boolean' | 'function'): string | undefined {
  return value === undefined || typeof value === type ? undefined : `${field} is not a ${type}`;
}
