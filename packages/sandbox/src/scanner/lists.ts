/** The lists that the host has handed in, ready to be looked up. A suppressed entry is taken out here, once, when its list comes. */
import type { Pdq } from '@lodestone/pdq';
import { parseRelease, type Rows } from '@lodestone/protocol/list-file';
import type { FileDigest } from '@lodestone/protocol/digest';
import type { Media } from '@lodestone/protocol/surface';
import type { LoadAnswer, SandboxList, ScanPlan } from '@lodestone/protocol/sandbox';
import type { ListedRows, PlanLine } from './match.ts';

interface LoadedList {
  pdq: PlanLine['pdq'];
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
      // Groups of video frames are read with the rest, and not looked up: no video decodes in this build.
      const { pdq, sha256 } = parseRelease(new Uint8Array(file));
      const gone = new Set(suppressed);
      this.#loaded.set(fileDigest, {
        pdq: { ...inForce(pdq, gone), index: this.#pdq.createIndex(pdq.payloads, { kind: 'linear' }) },
        sha256: inForce(sha256, gone),
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

  /** The plan's lines for content of this medium, each with its list; undefined where one's list is not here. */
  linesFor(plan: Pick<ScanPlan, 'lists'>, media: Media): PlanLine[] | undefined {
    const lines: PlanLine[] = [];
    for (const [index, line] of plan.lists.entries()) {
      if (!line.media.includes(media)) continue;
      const list = this.#loaded.get(line.fileDigest);
      if (!list) return undefined;
      lines.push({ ...line, ...list, index });
    }
    return lines;
  }
}

/** Entry number 0, which no entry has, stands where a suppressed one was. */
function inForce({ payloads, entries }: Rows, gone: ReadonlySet<number>): ListedRows {
  return { payloads, entries: gone.size > 0 ? entries.map((entry) => (gone.has(entry) ? 0 : entry)) : entries };
}
