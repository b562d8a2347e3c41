/**
 * The lean runtime: onnxruntime-web's WebAssembly without the functions that small convolutional models never come to. Flow:
 * npm's file and the profile → here → `dist/runtime.wasm`. Promise: the functions that stay are npm's, octet for octet, at their
 * own numbers; one that is gone traps, so the lean runtime gives what the full one gives, or fails by name. It computes nothing else.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { bodiesOf, codeOf, fileOf, SECTION, sectionsOf } from './sections.ts';

/** Which functions stay: those that ran, and all that these call by name. Made by models/sensitive-image's `npm run profile`. */
export interface RuntimeProfile {
  /** SHA-256 of the file that it is of. */
  runtime: string;
  /** A bit for each function that the file defines, lowest bit first; base64. */
  kept: string;
}

export const PROFILE_FILE: string = path.join(import.meta.dirname, 'profile.json');

/** No locals; `unreachable`. */
const TRAP = Uint8Array.of(0x00, 0x00, 0x0b);

export async function readProfile(): Promise<RuntimeProfile> {
  return JSON.parse(await readFile(PROFILE_FILE, 'utf8')) as RuntimeProfile;
}

/** @throws where the profile is of another file */
export function leanRuntime(full: Uint8Array, { runtime, kept }: RuntimeProfile): Buffer<ArrayBuffer> {
  if (createHash('sha256').update(full).digest('hex') !== runtime) {
    throw new Error(
      'packages/sandbox/build/runtime/profile.json is of another onnxruntime-web: run `npm run profile` in models/sensitive-image and commit it with the change',
    );
  }
  const stays = Buffer.from(kept, 'base64');
  const isKept = (index: number): boolean => (((stays[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
  return fileOf(
    sectionsOf(full).map((section) =>
      section.id === SECTION.code
        ? { ...section, bytes: codeOf(bodiesOf(section.bytes).map((body, i) => (isKept(i) ? body : TRAP))) }
        : section,
    ),
  );
}
