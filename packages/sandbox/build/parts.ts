/**
 * Builds the lazy parts: each row of the protocol's table → one minified module, with the digests that the sandbox pins.
 * Flow: LAZY_PARTS, src/parts/NAME/main.ts → here → build-sandbox. Spec: docs/design/sandbox.md#lazy-parts
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '@lodestone/protocol/digest';
import { LAZY_PARTS, PART_NAMES, type PartName } from '@lodestone/protocol/lazy-parts';
import type { PartPins, PinTable } from '../src/parts/messages.ts';
import { bundle, checkSize } from './bundle.ts';
import { trimmedRuntime, readProfile } from './runtime/trimmed.ts';

export interface BuiltPart {
  readonly name: PartName;
  readonly code: string;
  readonly digests: { readonly code: Digest; readonly runtimes: Readonly<Record<string, Digest>> };
}

/** Both WebAssembly files that the classifier accepts. A provider publishes one of them with its models. */
export interface Runtimes {
  /** onnxruntime-web's file without the functions that small models never call. */
  readonly trimmed: Uint8Array;
  readonly full: Uint8Array;
}

const FULL_RUNTIME = path.join(import.meta.dirname, '../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm');

/** What only the build needs of a part: the client carries the protocol's table. */
interface PartBuild {
  /** The budget of its code. */
  readonly maxGzipBytes: number;
  readonly receives: PartPins['receives'];
  /** The WebAssembly files that it accepts, by name. */
  readonly runtimes?: () => Promise<Runtimes>;
}
const BUILDS: Readonly<Record<PartName, PartBuild>> = {
  classifier: { maxGzipBytes: 80_000, receives: 'models', runtimes: classifierRuntimes },
  video: { maxGzipBytes: 75_000, receives: 'nothing' },
  containers: { maxGzipBytes: 8_000, receives: 'nothing' },
  'locked-lists': { maxGzipBytes: 25_000, receives: 'nothing' },
};

export function buildParts(): Promise<BuiltPart[]> {
  return Promise.all(PART_NAMES.map(buildPart));
}

async function buildPart(name: PartName): Promise<BuiltPart> {
  const { maxGzipBytes, runtimes: runtimesOf } = BUILDS[name];
  const { kind } = LAZY_PARTS[name];
  const code = await bundle(`src/parts/${name}/main.ts`, kind === 'module' ? 'part' : 'minified');
  checkSize(`the lazy part ${name}`, code, maxGzipBytes);
  const runtimes = Object.entries((await runtimesOf?.()) ?? {});
  const digests = {
    code: sha256(code),
    runtimes: Object.fromEntries(runtimes.map(([id, file]) => [id, sha256(file)])),
  };
  return { name, code, digests };
}

export async function classifierRuntimes(): Promise<Runtimes> {
  const full = await readFile(FULL_RUNTIME);
  return { trimmed: trimmedRuntime(full, await readProfile()), full };
}

/** The table that the build writes into the window's script. */
export function pinsOf(parts: readonly BuiltPart[]): PinTable {
  return Object.fromEntries(
    parts.map(({ name, digests: { code, runtimes } }) => {
      const { receives } = BUILDS[name];
      return [name, { kind: LAZY_PARTS[name].kind, receives, code, runtimes: Object.values(runtimes) }];
    }),
  );
}

function sha256(bytes: string | Uint8Array): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest;
}
