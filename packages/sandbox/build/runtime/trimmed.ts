/**
 * The trimmed runtime: onnxruntime-web's WebAssembly without the functions that small convolutional models never call.
 * Flow: npm's file and the profile → here → `dist/runtime.wasm`. Promise: kept functions are npm's, byte for byte, with their indices;
 * a removed function traps. So the trimmed runtime gives the same result as the full one, or fails with `runtime`.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { bodiesOf, codeOf, fileOf, SECTION, sectionsOf } from './sections.ts';

/** The functions to keep: those that ran, and all that they call directly. Written by `npm run profile` of models/sensitive-image. */
export interface RuntimeProfile {
  /** SHA-256 of the profiled file. */
  runtime: string;
  /** One bit for each function that the file defines, lowest bit first; base64. */
  kept: string;
}

export const PROFILE_FILE: string = path.join(import.meta.dirname, 'profile.json');

/** A function body without locals: `unreachable`. */
const TRAP = Uint8Array.of(0x00, 0x00, 0x0b);

export async function readProfile(): Promise<RuntimeProfile> {
  return JSON.parse(await readFile(PROFILE_FILE, 'utf8')) as RuntimeProfile;
}

/** @throws if the profile is of another file */
export function trimmedRuntime(full: Uint8Array, { runtime, kept }: RuntimeProfile): Buffer<ArrayBuffer> {
  if (createHash('sha256').update(full).digest('hex') !== runtime) {
    throw new Error(
      'packages/sandbox/build/runtime/profile.json was made for another version of onnxruntime-web: run `npm run profile` in models/sensitive-image and commit the file with your change',
    );
  }
  const bits = Buffer.from(kept, 'base64');
  const isKept = (index: number): boolean => (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
  return fileOf(
    sectionsOf(full).map((section) =>
      section.id === SECTION.code
        ? { ...section, bytes: codeOf(bodiesOf(section.bytes).map((body, i) => (isKept(i) ? body : TRAP))) }
        : section,
    ),
  );
}
