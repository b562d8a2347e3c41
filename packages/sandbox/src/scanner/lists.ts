/**
 * The lists that the host has loaded, ready to be searched. Suppressed entries are removed once, when a list is loaded.
 * Flow: host → here → match. Spec: docs/design/contracts.md#list-file
 */
import type { Pdq } from '@lodestone/pdq';
import { parseRelease, type Rows } from '@lodestone/protocol/list-file';
import type { FileDigest } from '@lodestone/protocol/digest';
import type { Media } from '@lodestone/protocol/surface';
import type { LoadAnswer, SandboxList, ScanPlan } from '@lodestone/protocol/sandbox';
import type { ListedRows, ListLookup } from './match.ts';

interface LoadedList {
  pdq: ListLookup['pdq'];
  sha256: ListedRows;
}

export class Lists {
  readonly #pdq: Pdq;
  readonly #loaded = new Map<FileDigest, LoadedList>();

  constructor(pdq: Pdq) {
    this.#pdq = pdq;
  }

  load({ fileDigest, file, suppressed }: SandboxList): LoadAnswer {
    try {
      // vPDQ groups are parsed with the rest and not searched: this build does not decode video.
      const { pdq, sha256 } = parseRelease(new Uint8Array(file));
      const removed = new Set(suppressed);
      this.#loaded.set(fileDigest, {
        pdq: { ...withoutSuppressed(pdq, removed), index: this.#pdq.createIndex(pdq.payloads, { kind: 'linear' }) },
        sha256: withoutSuppressed(sha256, removed),
      });
      return { ok: true };
    } catch {
      return { ok: false };
    }
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

/** Replaces suppressed entry numbers with 0, which no entry has. */
function withoutSuppressed({ payloads, entries }: Rows, removed: ReadonlySet<number>): ListedRows {
  return { payloads, entries: removed.size > 0 ? entries.map((entry) => (removed.has(entry) ? 0 : entry)) : entries };
}
