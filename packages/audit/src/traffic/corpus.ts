/**
 * The files of an audit and what must not leave of them: any 16 consecutive bytes, their hashes, and the auditor's canaries.
 * Flow: a folder → here → attached by the adapter, decoded by picture-decoder.ts, searched for by search.ts and picture-search.ts.
 * Spec: docs/design/audit.md#capture
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import type { Look } from './pictures/likeness.ts';
import type { PictureDecoder } from './pictures/picture-decoder.ts';

export interface CorpusFile {
  name: string;
  path: string;
  bytes: Uint8Array;
  hashes: readonly NamedHash[];
  /** How the picture looks; undefined if the browser cannot decode it. */
  look: Look | undefined;
}

export interface NamedHash {
  name: string;
  bytes: Uint8Array;
}

/** Further content that must not leave: bytes, words, or a score. */
export type Canary =
  | { kind: 'hex'; bytes: Uint8Array; text: string }
  | { kind: 'text'; bytes: Uint8Array; text: string }
  | { kind: 'score'; score: number; text: string };

/** Limit for all files together. */
const MOST_BYTES = 256 * 1_048_576;

/** @throws {LodestoneError} `ERR_USAGE` if the folder cannot be read, is empty or too large */
export async function readCorpus(folder: string): Promise<Omit<CorpusFile, 'look'>[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new LodestoneError('ERR_USAGE', `the folder ${folder} cannot be read`, { cause });
  });
  const files: Omit<CorpusFile, 'look'>[] = [];
  let total = 0;
  for (const name of names.filter((one) => !one.startsWith('.')).sort()) {
    const place = path.join(folder, name);
    const bytes = await readFile(place).catch((cause: unknown) => {
      throw new LodestoneError(
        'ERR_USAGE',
        `the file ${place} cannot be read: a folder of files must contain files only`,
        { cause },
      );
    });
    total += bytes.length;
    if (total > MOST_BYTES)
      throw new LodestoneError('ERR_USAGE', `the folder ${folder} has more than ${MOST_BYTES} bytes`);
    files.push(corpusFile(name, place, bytes));
  }
  if (files.length === 0) throw new LodestoneError('ERR_USAGE', `the folder ${folder} is empty`);
  return files;
}

function corpusFile(name: string, place: string, bytes: Uint8Array): Omit<CorpusFile, 'look'> {
  return { name, path: place, bytes, hashes: hashesOf(bytes) };
}

/** Decodes the pictures among the files. */
export async function decodePictures(
  files: readonly Omit<CorpusFile, 'look'>[],
  decoder: PictureDecoder,
): Promise<CorpusFile[]> {
  const decoded: CorpusFile[] = [];
  for (const file of files) {
    const look = await decoder.look(file.bytes);
    decoded.push({ ...file, look: look && { ...look, renderings: await decoder.renderings(file.bytes) } });
  }
  return decoded;
}

const ALGORITHMS = { 'SHA-256': 'sha256', 'SHA-512': 'sha512', 'SHA-1': 'sha1', MD5: 'md5' } as const;

function hashesOf(bytes: Uint8Array): NamedHash[] {
  return Object.entries(ALGORITHMS).map(([name, algorithm]) => ({
    name,
    bytes: createHash(algorithm).update(bytes).digest(),
  }));
}

/**
 * @param line `hex:1f8b…` (8 bytes or more), `text:some words` (6 characters or more) or `score:0.87312` (4 digits or more)
 * @throws {LodestoneError} `ERR_USAGE`
 */
export function parseCanary(line: string): Canary {
  const [, kind, value = ''] = /^(hex|text|score):(.+)$/s.exec(line) ?? [];
  if (kind === 'hex' && /^(?:[0-9a-f]{2}){8,}$/i.test(value))
    return { kind, bytes: Buffer.from(value, 'hex'), text: value };
  if (kind === 'text' && value.length >= 6) return { kind, bytes: Buffer.from(value), text: value };
  if (kind === 'score' && /^0?\.\d{4,}$/.test(value)) return { kind, score: Number(value), text: value };
  throw new LodestoneError(
    'ERR_USAGE',
    `"${line}" is not a canary: use hex:… (8 bytes or more), text:… (6 characters or more) or score:0.… (4 digits or more)`,
  );
}
