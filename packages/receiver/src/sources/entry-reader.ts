/**
 * Reads the entry numbers of a list file as it streams. The counts of its manifest say where they are; the release check
 * of trust, which reads the same bytes, refuses a file with other counts. Pure. Flow: store-lists → here → entry-index.
 * Spec: docs/design/contracts.md#list-file.
 */
import { LODE_HEADER_BYTES } from '@lodestone/protocol/list-file';
import type { ListManifest } from '@lodestone/protocol/release';
import type { RowType } from './entry-index.ts';

const PAYLOAD_BYTES = 32;

export class EntryReader {
  readonly rows: Readonly<Record<RowType, Uint32Array>>;
  readonly #regions: readonly { start: number; end: number; into: Uint32Array }[];
  #at = 0;

  constructor({ pdq, sha256, vpdq }: ListManifest['counts']) {
    this.rows = { pdq: new Uint32Array(pdq), sha256: new Uint32Array(sha256), vpdq: new Uint32Array(vpdq) };
    const afterPdq = LODE_HEADER_BYTES + pdq * PAYLOAD_BYTES;
    const afterSha256 = afterPdq + pdq * 4 + sha256 * PAYLOAD_BYTES;
    const starts = { pdq: afterPdq, sha256: afterSha256, vpdq: afterSha256 + sha256 * 4 };
    this.#regions = (['pdq', 'sha256', 'vpdq'] as const).map((type) => ({
      start: starts[type],
      end: starts[type] + this.rows[type].length * 4,
      into: this.rows[type],
    }));
  }

  /** Takes the next bytes of the file. */
  update(bytes: Uint8Array): void {
    for (const { start, end, into } of this.#regions) {
      for (let at = Math.max(start, this.#at); at < Math.min(end, this.#at + bytes.length); at++) {
        const offset = at - start;
        const byte = bytes[at - this.#at] ?? 0;
        into[offset >> 2] = ((into[offset >> 2] ?? 0) | (byte << (8 * (offset & 3)))) >>> 0;
      }
    }
    this.#at += bytes.length;
  }
}
