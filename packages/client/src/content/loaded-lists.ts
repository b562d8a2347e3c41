/**
 * The lists that one sandbox holds. Flow: sandbox → here → scanner. Promise: before a scan, the sandbox holds every list of its
 * plan with the current suppressions, and no other. Spec: docs/design/contracts.md#suppression
 */
import { type FileDigest, type LoadAnswer, LodestoneError, type SandboxList, type ScanPlan } from '@lodestone/protocol';
import { transfer } from 'comlink';
import { type Allowance, allowedMs } from './deadlines.ts';
import type { Entries } from './plausibility.ts';
import { answerInTime, type SandboxFrame } from './sandbox-frame.ts';

export interface ListSource {
  /** A list in force, by the digest of its `.lode` file; undefined if it is no longer in force. */
  listFile: (fileDigest: FileDigest) => Promise<SandboxList | undefined>;
  /** The entry that lists a SHA-256 digest, or 0; undefined if the list is no longer in force. */
  entryOfSha256: (fileDigest: FileDigest, digest: Uint8Array) => Promise<number | undefined>;
  entriesOf: (fileDigest: FileDigest) => Entries | undefined;
}

/** The suppressed entries that each loaded list was loaded with. */
export type Loaded = ReadonlyMap<FileDigest, Uint32Array>;

/** Which lists to unload and to load so that the sandbox fits the plan. Pure. */
export function listChanges(
  loaded: Loaded,
  { lists }: ScanPlan,
  entriesOf: ListSource['entriesOf'],
): { unload: FileDigest[]; load: FileDigest[] } {
  const wanted = new Set(lists.map(({ fileDigest }) => fileDigest));
  return {
    unload: [...loaded.keys()].filter((digest) => !wanted.has(digest)),
    load: [...wanted].filter((digest) => {
      const suppressed = entriesOf(digest)?.suppressed;
      return !suppressed || !sameNumbers(loaded.get(digest), suppressed);
    }),
  };
}

export class LoadedLists {
  readonly #frame: SandboxFrame;
  readonly #source: ListSource;
  readonly #allowance: Allowance;
  readonly #loaded = new Map<FileDigest, Uint32Array>();

  constructor(frame: SandboxFrame, source: ListSource, allowance: Allowance) {
    this.#frame = frame;
    this.#source = source;
    this.#allowance = allowance;
  }

  /** @throws {LodestoneError} `ERR_TRUST_MISSING` if a list is no longer in force; `ERR_SANDBOX_*` */
  async fit(plan: ScanPlan): Promise<void> {
    const { unload, load } = listChanges(this.#loaded, plan, this.#source.entriesOf);
    for (const digest of unload) await this.#unload(digest);
    for (const digest of load) await this.#load(digest);
  }

  async #unload(digest: FileDigest): Promise<void> {
    this.#loaded.delete(digest);
    await this.#inTime(this.#frame.calls.unload(digest), 0);
  }

  async #load(digest: FileDigest): Promise<void> {
    const list = await this.#source.listFile(digest);
    if (!list) throw new LodestoneError('ERR_TRUST_MISSING', `list ${digest} is no longer in force`);
    const sizeBytes = list.file.byteLength;
    const { ok } = await this.#inTime(this.#frame.calls.load(transfer(list, [list.file])), sizeBytes);
    if (!ok)
      throw new LodestoneError(
        'ERR_SANDBOX_GATE',
        `sandbox terminated: it refused list ${digest}, which the client had verified`,
      );
    this.#loaded.set(digest, list.suppressed);
  }

  #inTime(call: Promise<LoadAnswer>, sizeBytes: number): Promise<LoadAnswer> {
    const ms = allowedMs(this.#allowance, sizeBytes);
    const late = new LodestoneError(
      'ERR_SANDBOX_DEADLINE',
      `sandbox terminated: it did not load a list within ${ms} ms`,
    );
    return answerInTime(this.#frame, call, ms, late);
  }
}

function sameNumbers(a: Uint32Array | undefined, b: Uint32Array): boolean {
  return a !== undefined && a.length === b.length && a.every((number, i) => number === b[i]);
}
