/**
 * Reads one hash as exchange formats write it. Used by every import format whose source is text.
 * Spec: docs/design/authority.md#import; vPDQ as python-threatexchange writes it.
 */
import { concatBytes } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import { importError } from '../format.ts';
import { hashProblem, MIN_QUALITY } from '../hash-quality.ts';
import type { Row, RowType } from '../import-record.ts';

/** A type's name in exchange formats → the row type in a list. */
const TYPES: ReadonlyMap<string, RowType> = new Map([
  ['pdq', 'pdq'],
  ['sha256', 'sha256'],
  ['video_sha256', 'sha256'],
  ['vpdq', 'vpdq'],
]);

export function isHashType(name: string): boolean {
  return TYPES.has(name.toLowerCase());
}

/** @throws {LodestoneError} `ERR_IMPORT` with the reason why the hash cannot be listed */
export function readHash(typeName: string, text: string): Row {
  const type = TYPES.get(typeName.toLowerCase());
  if (type === undefined) throw importError(`lists do not support hashes of type "${typeName.toLowerCase()}"`);
  if (type === 'vpdq') return { type, payload: readVideo(text) };
  const payload = readDigits(text);
  const problem = type === 'pdq' ? hashProblem(payload) : undefined;
  if (problem !== undefined) throw importError(problem);
  return { type, payload };
}

function readDigits(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw importError('not 64 hexadecimal digits');
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** A JSON array of "hash,quality,timestamp". Frames of low quality are left out. */
function readVideo(text: string): Uint8Array<ArrayBuffer> {
  const frames = parseFrames(text)
    .map((frame) => frame.split(','))
    .filter(([, quality]) => Number(quality) >= MIN_QUALITY)
    .map(([hash]) => readDigits(hash ?? ''))
    .filter((hash) => hashProblem(hash) === undefined);
  if (frames.length === 0) throw importError(`no frame of quality ${MIN_QUALITY} or more`);
  if (frames.length > LIMITS.videoFrames) throw importError(`more than ${LIMITS.videoFrames} frames`);
  return concatBytes(...frames);
}

function parseFrames(text: string): string[] {
  try {
    const json: unknown = JSON.parse(text);
    if (Array.isArray(json) && json.every((frame) => typeof frame === 'string')) return json;
  } catch {
    // The error below covers text that is not JSON and JSON of another shape.
  }
  throw importError('not a JSON array of "hash,quality,timestamp"');
}
