/**
 * The private state of a locked list, in `record/<list>/locked/`: its seed and parameters, and each row as it was locked. Promise: all of it
 * is written once and never changes. A row whose subsets are chosen again would show weaker ones. A command that is killed leaves whole
 * files only. Spec: docs/design/authority.md#locked-lists
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { concatBytes, fromHex, toHex } from '@lodestone/protocol/bytes';
import { tablesDigest } from '@lodestone/locked-list/score';
import { parseDocument, printDocument } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS, LOCKED_LIMITS } from '@lodestone/protocol/limits';
import { LOCKED_PDQ_BYTES, type LockedParameters, lockedRowBytes } from '@lodestone/protocol/locked-rows';
import { messageOf } from '../keys/authority.ts';
import { removeLeftovers, writeNew } from '../repository/atomic-files.ts';
import { sha256Hex } from '../repository/digest.ts';
import { type ListToLock, parametersFor } from './parameters.ts';

const SCHEMA = 'lodestone/locked-list/v1';

interface LockedFile {
  schema: typeof SCHEMA;
  /** 32 bytes in hex. Whoever has them and the rows can write the list file. */
  seed: string;
  salt: string;
  bits: number;
  subsets: number;
  slots: number;
  tries: number;
  memoryKiB: number;
  tablesDigest: string;
}

const bytes32: z.ZodMiniType<string> = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'not 32 bytes in hex'));
const from1 = (most: number): z.ZodMiniType<number> => z.int().check(z.gte(1), z.lte(most));
const LockedFile: z.ZodMiniType<LockedFile> = z.strictObject({
  schema: z.literal(SCHEMA),
  seed: bytes32,
  salt: bytes32,
  bits: z.literal([...LOCKED_LIMITS.bits]),
  subsets: from1(LOCKED_LIMITS.subsets),
  slots: from1(LIMITS.lockedSlots),
  tries: from1(LOCKED_LIMITS.tries),
  memoryKiB: from1(LOCKED_LIMITS.memoryKiB),
  tablesDigest: bytes32,
});
const KIND = { what: 'locked.json', maxBytes: 4_096, schema: SCHEMA };

/** SHA-256 of the rows, at the end of each file of rows. */
const DIGEST_BYTES = 32;

/** A row as it was locked: these bytes are in each release. */
export interface LockedRow {
  pdq: Uint8Array;
  slots: Uint8Array;
  /** Estimated log2 of the guesses before each slot. */
  log2Guesses: Float32Array;
  repicked: boolean;
  payload: Uint8Array;
}

export class LockedState {
  readonly seed: Uint8Array;
  readonly parameters: LockedParameters;
  readonly #folder: string;
  readonly #rows = new Map<string, LockedRow>();
  #files = 0;

  private constructor(folder: string, { seed, salt, tablesDigest: digest, schema: _, ...numbers }: LockedFile) {
    this.#folder = folder;
    this.seed = fromHex(seed);
    this.parameters = { ...numbers, salt: fromHex(salt), tablesDigest: fromHex(digest) };
  }

  /** @throws {LodestoneError} `ERR_REPOSITORY` for a file that is damaged */
  static async open(record: string): Promise<LockedState | undefined> {
    const folder = path.join(record, 'locked');
    const file = path.join(folder, 'locked.json');
    if (!existsSync(file)) {
      if (!existsSync(path.join(folder, nameOf(1)))) return undefined;
      // With a new seed and salt these rows would be published, and never match.
      throw new LodestoneError(
        'ERR_REPOSITORY',
        `${folder}: locked.json is gone, by which its rows are locked; restore it from a backup`,
      );
    }
    try {
      const state = new LockedState(folder, parseDocument(LockedFile, await readFile(file), KIND));
      await state.#readRows();
      return state;
    } catch (cause) {
      throw new LodestoneError('ERR_REPOSITORY', `${folder}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Draws seed and salt. @throws {LodestoneError} `ERR_REPOSITORY` if another command has done so in the meantime */
  static async create(record: string, list: ListToLock): Promise<LockedState> {
    const folder = path.join(record, 'locked');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const [seed, salt] = [randomBytes(32), randomBytes(32)];
    const { bits, subsets, slots, tries, memoryKiB } = parametersFor(list, {
      salt,
      tablesDigest: fromHex(tablesDigest),
    });
    const file: LockedFile = {
      schema: SCHEMA,
      seed: toHex(seed),
      salt: toHex(salt),
      ...{ bits, subsets, slots, tries, memoryKiB },
      tablesDigest,
    };
    await writeNew(path.join(folder, 'locked.json'), printDocument(LockedFile, file, KIND), { mode: 0o600 });
    return new LockedState(folder, file);
  }

  rowOf(pdq: Uint8Array): LockedRow | undefined {
    return this.#rows.get(keyOf(pdq));
  }
  /** All rows that were ever locked: their tags stay in use, because old releases have them. */
  get rows(): Iterable<LockedRow> {
    return this.#rows.values();
  }

  /** Writes the next file. @throws {LodestoneError} `ERR_REPOSITORY` if another command has written it */
  async add(rows: readonly LockedRow[]): Promise<void> {
    await removeLeftovers(this.#folder, ['.0', '.locked.json.']);
    const bytes = concatBytes(...rows.flatMap(printRow));
    await writeNew(path.join(this.#folder, this.#nextFile), concatBytes(bytes, fromHex(sha256Hex(bytes))), {
      mode: 0o600,
    });
    this.#files++;
    for (const row of rows) this.#rows.set(keyOf(row.pdq), row);
  }

  get #nextFile(): string {
    return nameOf(this.#files + 1);
  }

  async #readRows(): Promise<void> {
    for (const name of (await readdir(this.#folder)).filter((one) => one.endsWith('.rows')).sort()) {
      if (name !== this.#nextFile) throw new Error(`${this.#nextFile} is missing; restore it from a backup`);
      const file = new Uint8Array(await readFile(path.join(this.#folder, name)));
      const bytes = file.subarray(0, -DIGEST_BYTES);
      const length = storedBytes(this.parameters);
      if (bytes.length % length !== 0 || sha256Hex(bytes) !== toHex(file.subarray(-DIGEST_BYTES)))
        throw new Error(`${name} is damaged; restore it from a backup`);
      for (let at = 0; at < bytes.length; at += length) {
        const row = parseRow(bytes.subarray(at, at + length), this.parameters);
        this.#rows.set(keyOf(row.pdq), row);
      }
      this.#files++;
    }
  }
}

const nameOf = (file: number): string => `${String(file).padStart(6, '0')}.rows`;

const keyOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** `PDQ[32] ‖ re-picked[1] ‖ slots[L] ‖ log2 of guesses[4 L] ‖ locked row`. */
function storedBytes({ slots }: LockedParameters): number {
  return LOCKED_PDQ_BYTES + 1 + 5 * slots + lockedRowBytes(slots);
}

function printRow({ pdq, slots, log2Guesses, repicked, payload }: LockedRow): Uint8Array[] {
  return [pdq, Uint8Array.of(Number(repicked)), slots, new Uint8Array(log2Guesses.slice().buffer), payload];
}

function parseRow(bytes: Uint8Array, { slots }: LockedParameters): LockedRow {
  const after = LOCKED_PDQ_BYTES + 1;
  return {
    pdq: bytes.subarray(0, LOCKED_PDQ_BYTES),
    repicked: bytes[LOCKED_PDQ_BYTES] === 1,
    slots: bytes.subarray(after, after + slots),
    log2Guesses: new Float32Array(bytes.slice(after + slots, after + 5 * slots).buffer),
    payload: bytes.subarray(after + 5 * slots),
  };
}
