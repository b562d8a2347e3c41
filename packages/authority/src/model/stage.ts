/**
 * Stages a provider's model: its file, its runtime, and the manifest that names both with their digests.
 * Flow: draft, file and runtime → here → `staged/v1/models/…` → publish. Promise: the manifest is written last, so it never
 * names a missing file. Spec: docs/design/authority.md#models; docs/integrate/own-model.md
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
import { stageTarget } from '../repository/staged-targets.ts';
import { formatOf, lastVersion, readStagedManifest, removeUnusedFiles } from './files.ts';

/** The part of a manifest that the maker of the model writes. The rest follows from the files and the date. */
export interface ModelDraft extends ModelSpec {
  model: string;
  figures: ModelManifest['figures'];
}

export interface StageModelOptions {
  directory: string;
  /** A `ModelDraft`. Unknown keys are refused. */
  draft: unknown;
  /** The model in ONNX or onnxruntime's own format. */
  file: Uint8Array;
  /** One of the two runtimes in the sandbox's lock file: `runtime.wasm` of the client, or the complete one of onnxruntime-web. */
  runtime: Uint8Array;
  now: number;
  /** For how many days devices may run the model. Default: 180, at most 365. */
  days?: number;
}

const DAYS = 180;
const MAX_DAYS = 365;

/**
 * Stages a new version if anything changed or less than half of the staged version's days remain; otherwise changes nothing.
 * @throws {LodestoneError} `ERR_TRUST_POWER` if the authority is not a provider; `ERR_SIZE` for a file over its limit;
 * `ERR_MODEL` for a runtime that is not WebAssembly; `ERR_SCHEMA` for an invalid draft; `ERR_USAGE` for invalid `days`
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
  if (before && isCurrent(before, release(before.version), now, days)) return { path, version: before.version };

  const manifest = release((await lastVersion(authority.paths, name)) + 1);
  await stageFiles(authority.paths, manifest, options);
  return { path, version: manifest.version };
}

/** The model's name is also the name of its folder, and `runtime` is the folder of the runtimes. */
function nameOf(draft: unknown): Name {
  const { model } = check(z.object({ model: Name }), draft, 'model manifest');
  if (model === 'runtime')
    throw new LodestoneError('ERR_SCHEMA', 'a model cannot be named "runtime"; choose another name');
  return model;
}

function manifestOf(
  draft: unknown,
  name: Name,
  { version, notAfter, file, runtime }: Pick<ModelManifest, 'version' | 'notAfter'> & Record<Files, Uint8Array>,
): ModelManifest {
  const computed = {
    schema: 'lodestone/model/v1',
    version,
    file: targetFile(modelFilePath(name, version, formatOf(file)), file),
    runtime: targetFile(runtimePath(sha256Hex(runtime)), runtime),
    notAfter,
  };
  const duplicate = Object.keys(computed).find((key) => key in (draft as object));
  if (duplicate !== undefined) {
    throw new LodestoneError(
      'ERR_SCHEMA',
      `model ${name}: the command fills in "${duplicate}"; leave it out of the draft`,
    );
  }
  checkSensitive(name, draft);
  return check(ModelManifest, { ...(draft as object), ...computed }, `model ${name}`);
}
type Files = 'file' | 'runtime';

function targetFile(path: TargetPath, bytes: Uint8Array): TargetFile {
  return { path, length: bytes.length, sha256: sha256Hex(bytes) };
}

/** Whether the staged manifest differs only in its end, and at least half of `days` remains. */
function isCurrent(before: ModelManifest, next: ModelManifest, now: number, days: number): boolean {
  const remaining = fromInstant(before.notAfter) - now;
  return (
    isDeepStrictEqual({ ...before, notAfter: '' }, { ...next, notAfter: '' }) &&
    remaining >= (days * DAY_MS) / 2 &&
    remaining <= days * DAY_MS
  );
}

async function stageFiles(paths: Paths, manifest: ModelManifest, bytes: Record<Files, Uint8Array>): Promise<void> {
  await stageTarget(paths, manifest.file.path, bytes.file);
  await stageTarget(paths, manifest.runtime.path, bytes.runtime);
  await stageTarget(paths, modelManifestPath(manifest.model), printModelManifest(manifest));
  await removeUnusedFiles(paths);
}

function checkDays(days: number): void {
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
    throw new LodestoneError('ERR_USAGE', `days is ${days}; it must be a whole number from 1 to ${MAX_DAYS}`);
  }
}

function checkSize(what: string, { length }: Uint8Array, most: number): void {
  if (length > most) throw new LodestoneError('ERR_SIZE', `${what}: ${length} bytes, at most ${most} are allowed`);
}

/** Detects mostly that the two files were swapped. */
function checkRuntime(name: Name, runtime: Uint8Array): void {
  if (!['\0', 'a', 's', 'm'].every((letter, at) => runtime[at] === letter.charCodeAt(0))) {
    throw new LodestoneError('ERR_MODEL', `runtime of model ${name}: not a WebAssembly file`);
  }
}

/** The schema refuses this as well, with a less helpful message. */
function checkSensitive(name: Name, draft: unknown): void {
  const { output } = check(z.object({ output: z.object({ sensitive: z.array(z.string()) }) }), draft, `model ${name}`);
  if (output.sensitive.length === 0) {
    throw new LodestoneError(
      'ERR_SCHEMA',
      `model ${name}: output.sensitive is empty, so the model would never find anything; name at least one class`,
    );
  }
}
