/**
 * The pictures and files of an audit, and what must not leave of them: any 16 bytes in a row, their hashes, and whatever
 * else the auditor names. Flow: a folder → here (PDQ by pictures.ts) → attached by the adapter, looked for by search.ts.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';

export interface CorpusFile {
  name: string;
  path: string;
  bytes: Uint8Array;
  hashes: readonly NamedHash[];
  /** Of the picture and of its turned and mirrored forms; none where the browser shows no picture. */
  pdq: readonly Uint8Array[];
}

export interface NamedHash {
  name: string;
  bytes: Uint8Array;
}

/** What else must not leave: bytes, words, or a score as a number. */
export type Canary =
  | { kind: 'hex'; bytes: Uint8Array; text: string }
  | { kind: 'text'; bytes: Uint8Array; text: string }
  | { kind: 'score'; score: number; text: string };

/** Of all files together: an audit needs a few dozen pictures, not a library. */
const MOST_BYTES = 256 * 1_048_576;

/** @throws {LodestoneError} `ERR_USAGE` where the folder cannot be read, is empty or too much */
export async function readCorpus(folder: string): Promise<Omit<CorpusFile, 'pdq'>[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new LodestoneError('ERR_USAGE', `the corpus ${folder} is no folder that can be read`, { cause });
  });
  const files: Omit<CorpusFile, 'pdq'>[] = [];
  let total = 0;
  for (const name of names.filter((one) => !one.startsWith('.')).sort()) {
    const place = path.join(folder, name);
    const bytes = await readFile(place).catch((cause: unknown) => {
      throw new LodestoneError('ERR_USAGE', `${place} in the corpus is no file that can be read`, { cause });
    });
    total += bytes.length;
    if (total > MOST_BYTES)
      throw new LodestoneError('ERR_USAGE', `the corpus ${folder} is more than ${MOST_BYTES} bytes`);
    files.push(corpusFile(name, place, bytes));
  }
  if (files.length === 0) throw new LodestoneError('ERR_USAGE', `the corpus ${folder} is empty`);
  return files;
}

export function corpusFile(name: string, place: string, bytes: Uint8Array): Omit<CorpusFile, 'pdq'> {
  return { name, path: place, bytes, hashes: hashesOf(bytes) };
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
    `"${line}" is no canary: hex:… of 8 bytes or more, text:… of 6 characters or more, score:0.… of 4 digits or more`,
  );
}
