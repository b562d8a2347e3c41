/**
 * Stand-ins for what takes half of the time of a simulated run: random bytes, copies of records, and stack traces of aborts.
 * Randomness follows from a seed, so a script that fails fails again.
 */
import { vi } from 'vitest';

/** `vi.unstubAllGlobals` removes the stubs. */
export async function withStandIns<T>(seed: number, work: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  vi.stubGlobal('crypto', seededCrypto(seed));
  vi.stubGlobal('structuredClone', copyRecord);
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A linear congruential generator with a period of 2³². */
function seededCrypto(seed: number): Pick<Crypto, 'getRandomValues' | 'randomUUID'> {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
  return {
    getRandomValues(array) {
      if (!(array instanceof Uint8Array)) throw new TypeError('the outbox draws bytes only');
      for (let i = 0; i < array.length; i++) array[i] = next() >>> 24;
      return array;
    },
    randomUUID: () => `00000000-0000-4000-8000-${next().toString(16).padStart(12, '0')}`,
  };
}

/**
 * Copies what the outbox stores. What is frozen is shared.
 * @throws {TypeError} for anything but records, arrays, bytes and primitive values
 */
function copyRecord<T>(value: T): T {
  return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`a ${typeof value} is not stored`);
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new TypeError('only plain objects are stored');
  const copy: Record<string, unknown> = { ...value };
  for (const key of Object.keys(copy)) copy[key] = copyOf(copy[key]);
  return copy;
}

/** Freezes a record with everything in it. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const field of Object.values(value)) freeze(field);
  return Object.freeze(value);
}
