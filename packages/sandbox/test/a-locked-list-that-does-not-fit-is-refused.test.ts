/** A locked list for which there is no memory is refused by the part, which goes on with others. Spec: docs/design/sandbox.md#locked-lists */
import { parseRelease } from '@lodestone/protocol/list-file';
import type { LockedRows } from '@lodestone/protocol/locked-rows';
import { afterEach, expect, test, vi } from 'vitest';
import part from '../src/parts/locked-lists/main.ts';
import { lockedRelease } from './locked-release.ts';

afterEach(() => vi.unstubAllGlobals());

test.each([
  ['where to look', 'Uint32Array'],
  ['the filter', 'Uint8Array'],
] as const)('no memory for %s of its tags', async (_, type) => {
  const file = await lockedRelease([{ type: 'pdq', entry: 7, payload: new Uint8Array(32).fill(0x5a) }]);
  const rows = parseRelease(file).locked as LockedRows;
  await part.start(undefined);
  const Original = globalThis[type] as unknown as Uint8ArrayConstructor;
  class Full extends Original {
    constructor(...args: unknown[]) {
      // The filter of the smallest list has 128 bytes.
      if (type === 'Uint32Array' || args[0] === 128) throw new RangeError('Array buffer allocation failed');
      super(...(args as [number]));
    }
  }
  vi.stubGlobal(type, Full);
  expect(await part.run(undefined as never, rows)).toBeNull();
  vi.unstubAllGlobals();
  expect(await part.run(undefined as never, rows)).not.toBeNull();
});
