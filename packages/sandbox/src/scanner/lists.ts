/**
 * The lists that the host has loaded, ready to be searched. Suppressed entries are removed once, when a list is loaded.
 * Flow: host → here → match. Spec: docs/design/contracts.md#list-file
 */
import type { Pdq } from '@lodestone/pdq';
import { type Groups, openRelease, type Rows } from '@lodestone/protocol/list-file';
import type { FileDigest } from '@lodestone/protocol/digest';
import type { Media } from '@lodestone/protocol/surface';
import type { LoadAnswer, SandboxList, ScanPlan } from '@lodestone/protocol/sandbox';
import type { ListedRows, ListedVideos, ListLookup } from './match.ts';

interface LoadedList {
  pdq: ListLookup['pdq'];
  sha256: ListedRows;
  vpdq: ListedVideos;
}

export class Lists {
  readonly #pdq: Pdq;
  readonly #loaded = new Map<FileDigest, LoadedList>();

  constructor(pdq: Pdq) {
    this.#pdq = pdq;
  }

  load({ fileDigest, file, suppressed }: SandboxList): LoadAnswer {
    try {
      const { pdq, sha256, vpdq } = openRelease(new Uint8Array(file));
      const removed = new Set(suppressed);
      this.#loaded.set(fileDigest, {
        pdq: { ...withoutSuppressed(pdq, removed), index: this.#pdq.createIndex(pdq.payloads, { kind: 'linear' }) },
        sha256: withoutSuppressed(sha256, removed),
        vpdq: this.#videos(vpdq, removed),
      });
      return { ok: true };
    } catch {
      return { ok: false };
    }
  }

  #videos({ frames, frameCounts, entries }: Groups, removed: ReadonlySet<number>): ListedVideos {
    const groups = new Uint32Array(frames.length / HASH_BYTES);
    let row = 0;
    for (const [group, count] of frameCounts.entries()) groups.fill(group, row, (row += count));
    return {
      frames,
      index: this.#pdq.createIndex(frames, { kind: 'linear' }),
      groups,
      frameCounts,
      entries: entriesWithout(entries, removed),
    };
  }

  unload(digest: FileDigest): { ok: true } {
    this.#loaded.delete(digest);
    return { ok: true };
  }

  /** The plan's lists for content of this medium; undefined if one of them is not loaded. */
  lookupsFor(plan: Pick<ScanPlan, 'lists'>, media: Media): ListLookup[] | undefined {
    const lookups: ListLookup[] = [];
    for (const [index, row] of plan.lists.entries()) {
      if (!row.media.includes(media)) continue;
      const list = this.#loaded.get(row.fileDigest);
      if (!list) return undefined;
      lookups.push({ ...row, ...list, index });
    }
    return lookups;
  }
}

const HASH_BYTES = 32;

function withoutSuppressed({ payloads, entries }: Rows, removed: ReadonlySet<number>): ListedRows {
  return { payloads, entries: entriesWithout(entries, removed) };
}

/** Replaces suppressed entry numbers with 0, which no entry has. */
function entriesWithout(entries: Uint32Array, removed: ReadonlySet<number>): Uint32Array {
  return removed.size > 0 ? entries.map((entry) => (removed.has(entry) ? 0 : entry)) : entries;
}
