/** Arbitrary list releases for property tests: hashes are random bytes, not those of pictures. */
import fc from 'fast-check';
import { toHex } from '@lodestone/protocol/bytes';
import { type ListRecord, parseRelease, printRelease, records, type Release } from '@lodestone/protocol/list-file';

const entry = fc.integer({ min: 1, max: 0xffffffff });
const row = (type: 'pdq' | 'sha256'): fc.Arbitrary<ListRecord> =>
  fc.record({ type: fc.constant(type), entry, payload: fc.uint8Array({ minLength: 32, maxLength: 32 }) });
const video: fc.Arbitrary<ListRecord> = fc.record({
  type: fc.constant('vpdq'),
  entry,
  payload: fc
    .integer({ min: 1, max: 3 })
    .chain((frames) => fc.uint8Array({ minLength: 32 * frames, maxLength: 32 * frames })),
});

export const anyRecord: fc.Arbitrary<ListRecord> = fc.oneof(row('pdq'), row('sha256'), video);
export const keyOf = ({ type, payload }: Pick<ListRecord, 'type' | 'payload'>): string => `${type} ${toHex(payload)}`;
export const anyFile: fc.Arbitrary<Uint8Array<ArrayBuffer>> = fc
  .uniqueArray(anyRecord, { selector: keyOf, maxLength: 40 })
  .map((all) => printRelease(all));
export const anyRelease: fc.Arbitrary<Release> = anyFile.map(parseRelease);

export function sizeOf(release: Release): number {
  return [...records(release)].length;
}
