/**
 * Builds `dist/sensitive-image.ort`, which git ignores, and compares it with the committed `model.lock.json`.
 * Promise: a file that differs from the lock file is an error, until `--update` changes the lock file.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fold } from './fold.ts';
import { optimise } from './optimise.ts';
import { readSource } from './source.ts';
import { type WeightFormat, writeOnnx } from './write-onnx.ts';

export interface ModelLock {
  sha256: string;
  bytes: number;
}

const FOLDER = path.join(import.meta.dirname, '..');
const LOCK_FILE = path.join(FOLDER, 'model.lock.json');

/** Path of the built model. */
export const MODEL_FILE: string = path.join(FOLDER, 'dist/sensitive-image.ort');

/** The source model as ONNX, before optimisation. */
export function convert(format: WeightFormat = '8-bit'): Uint8Array<ArrayBuffer> {
  return writeOnnx(fold(readSource()), format);
}

/** The bytes of the shipped model; writes no file. */
export function makeModel(): Promise<Uint8Array<ArrayBuffer>> {
  return optimise(convert());
}

/** Does nothing if the model of the lock file exists. @throws if the built model differs from the lock file */
export async function buildModel(): Promise<'built' | 'up to date'> {
  const agreed = await readLock();
  const present = await readFile(MODEL_FILE).catch(() => undefined);
  if (present !== undefined && difference(lockOf(present), agreed) === undefined) return 'up to date';
  const model = await makeModel();
  const why = difference(lockOf(model), agreed);
  if (why !== undefined) throw new Error(why);
  await write(model);
  return 'built';
}

/** Writes the digest of the model that the sources give to the lock file. */
export async function updateModel(): Promise<ModelLock> {
  const model = await makeModel();
  await write(model);
  await writeFile(LOCK_FILE, `${JSON.stringify(lockOf(model), null, 2)}\n`);
  return lockOf(model);
}

export async function readLock(): Promise<ModelLock> {
  return JSON.parse(await readFile(LOCK_FILE, 'utf8')) as ModelLock;
}

export function lockOf(model: Uint8Array): ModelLock {
  return { sha256: createHash('sha256').update(model).digest('hex'), bytes: model.length };
}

/** @returns a sentence about the difference, or `undefined` */
export function difference(made: ModelLock, agreed: ModelLock): string | undefined {
  if (made.sha256 === agreed.sha256 && made.bytes === agreed.bytes) return undefined;
  const name = ({ sha256, bytes }: ModelLock): string => `${sha256} (${bytes} bytes)`;
  return `the sources make the model ${name(made)}, and models/sensitive-image/model.lock.json has ${name(agreed)}: if the model was meant to change, run \`npm run generate -- --update\` in models/sensitive-image and commit the lock file with the change`;
}

async function write(model: Uint8Array): Promise<void> {
  await mkdir(path.dirname(MODEL_FILE), { recursive: true });
  await writeFile(MODEL_FILE, model);
}
