/**
 * A provider's model, ready for the next publication: its file, its runtime, and the manifest that fixes both.
 * Flow: draft, file and runtime → here → `staged/v1/models/…` → publish. The manifest comes last, so it never names a file
 * that is not there. Spec: DESIGN §4; docs/integrate/own-model.md.
 */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { ModelManifest, type ModelSpec, printModelManifest } from '@lodestone/protocol/model';
import { Name } from '@lodestone/protocol/name';
import {
  modelFilePath,
  modelManifestPath,
  runtimePath,
  type TargetFile,
  type TargetPath,
} from '@lodestone/protocol/paths';
import { DAY_MS, fromInstant, toInstant } from '@lodestone/protocol/time';
import { checkPower, openAuthority, type Paths } from '../keys/authority.ts';
import { sha256Hex } from '../repository/digest.ts';
import { putStaged } from '../repository/staged.ts';
import { formatOf, lastVersion, readStagedManifest, removeUnnamedFiles } from './files.ts';

/** What its maker says of a model: all of a manifest but what follows from its files and the day. */
export interface ModelDraft extends ModelSpec {
  model: string;
  figures: ModelManifest['figures'];
}

export interface StageModelOptions {
  directory: string;
  /** A `ModelDraft`; read strictly. */
  draft: unknown;
  /** ONNX, or onnxruntime's own format. */
  file: Uint8Array;
  /** One of the two that the sandbox's lock names: `runtime.wasm` of its release, or npm's whole one. */
  runtime: Uint8Array;
  now: number;
  /** How long devices may run it: 180, at most 365. */
  days?: number;
}

const DAYS = 180;
const MAX_DAYS = 365;

/**
 * The version rises by one where anything changed, or half of the model's time is over; else what is staged stays.
 * @throws {LodestoneError} `ERR_TRUST_POWER` where the authority is no provider; `ERR_SIZE` for a file over its bound;
 * `ERR_MODEL` for a runtime that is no WebAssembly; `ERR_SCHEMA` for a draft that does not fit; `ERR_USAGE`
 */
export async function stageModel(options: StageModelOptions): Promise<{ path: TargetPath; version: number }> {
  const authority = await openAuthority(options.directory);
  checkPower(authority, 'provider', 'models');
  const { file, runtime, now, days = DAYS } = options;
  checkDays(days);
  const name = nameOf(options.draft);
  checkSize(`model ${name}`, file, LIMITS.modelBytes);
  checkSize(`runtime of model ${name}`, runtime, LIMITS.runtimeBytes);
  checkRuntime(name, runtime);

  const path = modelManifestPath(name);
  const before = await readStagedManifest(authority.paths, path);
  const release = (version: number): ModelManifest =>
    manifestOf(options.draft, name, { version, notAfter: toInstant(now + days * DAY_MS), file, runtime });
  if (before && serves(before, release(before.version), now, days)) return { path, version: before.version };

  const manifest = release((await lastVersion(authority.paths, name)) + 1);
  await put(authority.paths, manifest, options);
  return { path, version: manifest.version };
}

/** A name that is a folder of its own; the runtimes have theirs beside it. */
function nameOf(draft: unknown): Name {
  const { model } = check(z.object({ model: Name }), draft, 'model manifest');
  if (model === 'runtime') throw new LodestoneError('ERR_SCHEMA', 'no model may be called "runtime"');
  return model;
}

function manifestOf(
  draft: unknown,
  name: Name,
  { version, notAfter, file, runtime }: Pick<ModelManifest, 'version' | 'notAfter'> & Record<Files, Uint8Array>,
): ModelManifest {
  const made = {
    schema: 'lodestone/model/v1',
    version,
    file: targetFile(modelFilePath(name, version, formatOf(file)), file),
    runtime: targetFile(runtimePath(sha256Hex(runtime)), runtime),
    notAfter,
  };
  const both = Object.keys(made).find((key) => key in (draft as object));
  if (both !== undefined) throw new LodestoneError('ERR_SCHEMA', `model ${name}: "${both}" is filled in, leave it out`);
  checkSensitive(name, draft);
  return check(ModelManifest, { ...(draft as object), ...made }, `model ${name}`);
}
type Files = 'file' | 'runtime';

function targetFile(path: TargetPath, bytes: Uint8Array): TargetFile {
  return { path, length: bytes.length, sha256: sha256Hex(bytes) };
}

/** Does what is staged say the same, but for its end, and last for more than half of the time yet? */
function serves(before: ModelManifest, next: ModelManifest, now: number, days: number): boolean {
  const lasts = fromInstant(before.notAfter) - now;
  return (
    isDeepStrictEqual({ ...before, notAfter: '' }, { ...next, notAfter: '' }) &&
    lasts >= (days * DAY_MS) / 2 &&
    lasts <= days * DAY_MS
  );
}

async function put(paths: Paths, manifest: ModelManifest, bytes: Record<Files, Uint8Array>): Promise<void> {
  await putStaged(paths, manifest.file.path, bytes.file);
  await putStaged(paths, manifest.runtime.path, bytes.runtime);
  await putStaged(paths, modelManifestPath(manifest.model), printModelManifest(manifest));
  await removeUnnamedFiles(paths);
}

function checkDays(days: number): void {
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
    throw new LodestoneError('ERR_USAGE', `a model lasts 1 to ${MAX_DAYS} days, not ${days}`);
  }
}

function checkSize(what: string, { length }: Uint8Array, most: number): void {
  if (length > most) throw new LodestoneError('ERR_SIZE', `${what}: ${length} bytes, at most ${most} are allowed`);
}

/** Mostly for who swaps the two files. */
function checkRuntime(name: Name, runtime: Uint8Array): void {
  if (!['\0', 'a', 's', 'm'].every((letter, at) => runtime[at] === letter.charCodeAt(0))) {
    throw new LodestoneError('ERR_MODEL', `runtime of model ${name}: it is no WebAssembly`);
  }
}

/** The schema refuses it too; here it is said in words, as it is what a maker forgets. */
function checkSensitive(name: Name, draft: unknown): void {
  const { output } = check(z.object({ output: z.object({ sensitive: z.array(z.string()) }) }), draft, `model ${name}`);
  if (output.sensitive.length === 0) {
    throw new LodestoneError(
      'ERR_SCHEMA',
      `model ${name}: it names no sensitive class, so it would never find anything`,
    );
  }
}
