/**
 * A list release as JSON: the manifest that an authority signs for a version of a list, and its suppression.
 * list-file.ts has the binary `.lode` file.
 * Spec: docs/design/contracts.md#list-release, docs/design/contracts.md#suppression
 */
import * as z from 'zod/mini';
import { type DocumentKind, parseDocument, printDocument } from './document.ts';
import { LIMITS } from './limits.ts';
import { Digest, type FileDigest } from './digest.ts';
import { Name } from './name.ts';
import { TargetFile } from './paths.ts';
import { LIST_PURPOSES, type ListPurpose } from './purpose.ts';
import { Instant } from './time.ts';

export interface ListManifest {
  schema: 'lodestone/list/v1';
  list: Name;
  /** Never changes under one list name. */
  purpose: ListPurpose;
  /** Increases by at least one with each release. */
  version: number;
  /** Missing in a plain release. The PDQ rows of a locked one can be matched and not read: locked-rows.ts. */
  form?: 'locked' | undefined;
  /** Records of each type in the file. `pdq` counts rows of either form. */
  counts: { pdq: number; sha256: number; vpdq: number };
  file: TargetFile<FileDigest>;
  /** RFC 6962 §2.1 over the file's records, see list-file.ts. */
  merkleRoot: Digest;
  /** At most 90 days after the release was published. */
  notAfter: Instant;
  /** Transport only: applied to the base, it must produce `file.sha256`. */
  delta?: { base: number; baseSha256: FileDigest; file: TargetFile } | undefined;
}

const count: z.ZodMiniType<number> = z.int().check(z.gte(0), z.lte(LIMITS.listRows));

const FileSha256 = Digest as z.ZodMiniType as z.ZodMiniType<FileDigest>;
const ListFile = TargetFile as z.ZodMiniType as z.ZodMiniType<TargetFile<FileDigest>>;

export const ListManifest: z.ZodMiniType<ListManifest> = z.strictObject({
  schema: z.literal('lodestone/list/v1'),
  list: Name,
  purpose: z.enum(LIST_PURPOSES),
  version: z.int().check(z.gte(1)),
  form: z.optional(z.literal('locked')),
  counts: z.strictObject({ pdq: count, sha256: count, vpdq: count }),
  file: ListFile,
  merkleRoot: Digest,
  notAfter: Instant,
  delta: z.optional(z.strictObject({ base: z.int().check(z.gte(1)), baseSha256: FileSha256, file: TargetFile })),
});

const MANIFEST: DocumentKind = { what: 'list manifest', maxBytes: LIMITS.manifestBytes };

/** @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseManifest(bytes: Uint8Array): ListManifest {
  return parseDocument(ListManifest, bytes, MANIFEST);
}
export function printManifest(manifest: ListManifest): Uint8Array<ArrayBuffer> {
  return printDocument(ListManifest, manifest, MANIFEST);
}

/** Entries that no longer count, published before the next release. A suppression can only remove. */
export interface Suppression {
  schema: 'lodestone/suppression/v1';
  list: Name;
  /** Strictly increasing entry numbers. */
  entries: number[];
}

export const Suppression: z.ZodMiniType<Suppression> = z.strictObject({
  schema: z.literal('lodestone/suppression/v1'),
  list: Name,
  entries: z
    .array(z.int().check(z.gte(1), z.lte(0xffffffff)))
    .check(
      z.refine(
        (entries) => entries.every((entry, i) => i === 0 || entry > (entries[i - 1] ?? 0)),
        'not strictly increasing',
      ),
    ),
});

const SUPPRESSION: DocumentKind = { what: 'suppression', maxBytes: LIMITS.suppressionBytes };

/** @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseSuppression(bytes: Uint8Array): Suppression {
  return parseDocument(Suppression, bytes, SUPPRESSION);
}
export function printSuppression(suppression: Suppression): Uint8Array<ArrayBuffer> {
  return printDocument(Suppression, suppression, SUPPRESSION);
}
