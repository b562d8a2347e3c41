/**
 * Paths of signed targets: the only place that builds one or reads what it names. A name in a path is a `Name`, so
 * `v1/orders/a.b.json` is not an order. Spec: docs/design/contracts.md#target-paths
 */
import * as z from 'zod/mini';
import { Digest } from './digest.ts';
import { LIMITS } from './limits.ts';
import { Name } from './name.ts';

/** Path of a TUF target: `v1/…`, up to six segments of safe characters that start with a letter or digit. */
export type TargetPath = string & z.$brand<'TargetPath'>;
const TARGET_PATH = 'v1(?:/[a-z0-9][a-z0-9._-]{0,127}){1,6}';
export const TargetPath: z.ZodMiniType<TargetPath> = z
  .string()
  .check(z.regex(new RegExp(`^${TARGET_PATH}$`), 'not a target path: v1/… in a-z, 0-9, dot, underscore, hyphen'))
  .brand<'TargetPath'>();

export const orderPath = (id: Name): TargetPath => `v1/orders/${id}.json` as TargetPath;
export const keysPath = (name: Name): TargetPath => `v1/keys/${name}.json` as TargetPath;
export const listManifestPath = (list: Name): TargetPath => `v1/lists/${list}/manifest.json` as TargetPath;
export const listFilePath = (list: Name, version: number): TargetPath =>
  `v1/lists/${list}/${version}.lode` as TargetPath;
/** A list's suppression is in the folder of its manifest. */
export function suppressionPath(manifest: TargetPath): TargetPath {
  return manifest.replace(/[^/]+$/, 'suppression.json') as TargetPath;
}
export const modelManifestPath = (model: Name): TargetPath => `v1/models/${model}/manifest.json` as TargetPath;
export const modelFilePath = (model: Name, version: number, format: 'onnx' | 'ort'): TargetPath =>
  `v1/models/${model}/${version}.${format}` as TargetPath;
/** Models that use the same runtime share its file. */
export const runtimePath = (sha256: Digest): TargetPath =>
  `v1/models/runtime/${sha256.slice(0, 16)}.wasm` as TargetPath;

/** The target that a path names. */
export type NamedTarget =
  | { kind: 'order' | 'keys' | 'list-manifest' | 'suppression' | 'model-manifest'; name: Name }
  | { kind: 'list-file' | 'model-file'; name: Name; version: number }
  | { kind: 'runtime' };

const NAME = '([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)';
const FORMS: readonly [form: RegExp, kind: NamedTarget['kind']][] = [
  [new RegExp(`^v1/orders/${NAME}\\.json$`), 'order'],
  [new RegExp(`^v1/keys/${NAME}\\.json$`), 'keys'],
  [new RegExp(`^v1/lists/${NAME}/manifest\\.json$`), 'list-manifest'],
  [new RegExp(`^v1/lists/${NAME}/suppression\\.json$`), 'suppression'],
  [new RegExp(`^v1/lists/${NAME}/([1-9][0-9]{0,14})\\.lode$`), 'list-file'],
  [/^v1\/models\/runtime\/[0-9a-f]{16}\.wasm$/, 'runtime'],
  [new RegExp(`^v1/models/${NAME}/manifest\\.json$`), 'model-manifest'],
  [new RegExp(`^v1/models/${NAME}/([1-9][0-9]{0,14})\\.(?:onnx|ort)$`), 'model-file'],
];

/** The target that a path names, or undefined if the path has none of the forms above. */
export function parseTargetPath(path: string): NamedTarget | undefined {
  for (const [form, kind] of FORMS) {
    const parts = form.exec(path);
    if (!parts) continue;
    if (kind === 'runtime') return { kind };
    const name = z.parse(Name, parts[1]);
    return kind === 'list-file' || kind === 'model-file' ? { kind, name, version: Number(parts[2]) } : { kind, name };
  }
  return undefined;
}

/** A target of a named source, `source:path`. */
export type TargetReference = string & z.$brand<'TargetReference'>;
export const TargetReference: z.ZodMiniType<TargetReference> = z
  .string()
  .check(z.regex(new RegExp(`^${NAME}:${TARGET_PATH}$`), 'not source:path'))
  .brand<'TargetReference'>();

export function targetReference(source: Name, path: TargetPath): TargetReference {
  return `${source}:${path}` as TargetReference;
}

/** Splits `source:path`; both parts were checked by the schema. */
export function splitReference(reference: TargetReference): { source: Name; path: TargetPath } {
  const colon = reference.indexOf(':');
  return { source: z.parse(Name, reference.slice(0, colon)), path: z.parse(TargetPath, reference.slice(colon + 1)) };
}

/** A file among an authority's targets, fixed by length and digest. */
export interface TargetFile<D extends Digest = Digest> {
  path: TargetPath;
  length: number;
  sha256: D;
}
export const TargetFile: z.ZodMiniType<TargetFile> = z.strictObject({
  path: TargetPath,
  length: z.int().check(z.gte(1), z.lte(LIMITS.listFileBytes)),
  sha256: Digest,
});
