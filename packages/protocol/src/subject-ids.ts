/**
 * Subject ids: the batch that the account service issues to a signed-in device for one calendar month, and the bytes that
 * it signs for each id. Promise: every batch of a month has the same length, number of ids and last day, whoever it is for.
 * Flow: account service → outbox → signal → receiver. Spec: docs/design/contracts.md#subject-ids, RFC 8032
 */
import type * as z from 'zod/mini';
import { concatBytes, fromHex, toHex, utf8 } from './bytes.ts';
import type { Digest } from './digest.ts';
import { LodestoneError } from './error.ts';
import { LIMITS } from './limits.ts';
import type { SubjectId } from './signal.ts';
import { DAY_MS, type Day, toDay } from './time.ts';

/** ASCII, the first bytes of what the account service signs. */
export const SUBJECT_INFO = 'lodestone/subject/v1';
const VERSION = 1;
const HEADER_BYTES = 56;
const ID_BYTES = 80;
/** 9999-12-31. */
const LAST_DAY = 2_932_896;

/** A calendar month in UTC, `2026-11`. */
export type Month = string & z.$brand<'Month'>;
const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;

export interface SubjectIdBatch {
  /** SHA-256 of the receiver's endpoint, for which alone the ids are valid. */
  endpointDigest: Digest;
  /** 16 random bytes that stay the same while the account exists. Only the account service can link them to the account. */
  pseudonym: Uint8Array<ArrayBuffer>;
  /** The last day of the month after the batch's own, the same for everybody. */
  lastDay: Day;
  /** 40 ids. */
  ids: readonly Pick<SubjectId, 'signalId' | 'signature'>[];
}

const bad = (why: string): LodestoneError<'ERR_SUBJECT'> => new LodestoneError('ERR_SUBJECT', `subject ids: ${why}`);

export function monthOf(day: Day): Month {
  return new Date(day * DAY_MS).toISOString().slice(0, 7) as Month;
}

/** @throws {LodestoneError} `ERR_SUBJECT` */
export function parseMonth(text: string): Month {
  if (!MONTH.test(text) || text < '1970-01') throw bad(`${JSON.stringify(text)} is not a month such as 2026-11`);
  return text as Month;
}

/** The last day on which ids of `month` are valid: the end of the month after it. */
export function lastDayOf(month: Month): Day {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return toDay(Date.UTC(year, number + 1, 0));
}

/** The month whose ids end on `lastDay`; undefined if no month's ids do. */
export function monthEndingOn(lastDay: Day): Month | undefined {
  const date = new Date(lastDay * DAY_MS);
  date.setUTCDate(0); // the last day of the month before
  const month = monthOf(toDay(date.getTime()));
  return lastDayOf(month) === lastDay ? month : undefined;
}

/** An id is valid for matches of its own month and of the next one, and at most of the last days of the month before. */
export function coversDay({ lastDay }: Pick<SubjectId, 'lastDay'>, day: Day): boolean {
  return day <= lastDay && lastDay <= day + LIMITS.subjectIdDays;
}

/** The 88 bytes that the account service signs: label 20 ‖ SHA-256(endpoint) 32 ‖ pseudonym 16 ‖ last day 4 ‖ signal id 16. */
export function subjectIdMessage(
  endpointDigest: Digest,
  { pseudonym, lastDay, signalId }: Pick<SubjectId, 'pseudonym' | 'lastDay' | 'signalId'>,
): Uint8Array<ArrayBuffer> {
  return concatBytes(utf8(SUBJECT_INFO), fromHex(endpointDigest), pseudonym, uint32(lastDay), signalId);
}

/** A batch of 3,256 bytes. @throws {LodestoneError} `ERR_SUBJECT` */
export function printSubjectIds(batch: SubjectIdBatch): Uint8Array<ArrayBuffer> {
  checkBatch(batch);
  return concatBytes(
    Uint8Array.of(VERSION, 0, 0, 0),
    uint32(batch.lastDay),
    batch.pseudonym,
    fromHex(batch.endpointDigest),
    ...batch.ids.flatMap(({ signalId, signature }) => [signalId, signature]),
  );
}

/** Signatures are not verified here. @throws {LodestoneError} `ERR_SUBJECT` unless `printSubjectIds` wrote these bytes */
export function parseSubjectIds(bytes: Uint8Array): SubjectIdBatch {
  if (bytes.length !== LIMITS.subjectBatchBytes) throw bad(`${bytes.length} bytes, not ${LIMITS.subjectBatchBytes}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== VERSION) throw bad(`version ${view.getUint8(0)} is not supported; expected ${VERSION}`);
  if (bytes.subarray(1, 4).some((byte) => byte !== 0)) throw bad('a reserved byte is not zero');
  const copy = (from: number, length: number) => new Uint8Array(bytes.subarray(from, from + length));
  const batch: SubjectIdBatch = {
    lastDay: view.getUint32(4, true) as Day,
    pseudonym: copy(8, 16),
    endpointDigest: toHex(bytes.subarray(24, HEADER_BYTES)) as Digest,
    ids: Array.from({ length: LIMITS.subjectIds }, (_, i) => {
      const at = HEADER_BYTES + i * ID_BYTES;
      return { signalId: copy(at, 16), signature: copy(at + 16, 64) };
    }),
  };
  checkBatch(batch);
  return batch;
}

function checkBatch({ endpointDigest, pseudonym, lastDay, ids }: SubjectIdBatch): void {
  if (!/^[0-9a-f]{64}$/.test(endpointDigest)) throw bad('endpointDigest is not a SHA-256 in lower-case hex');
  if (pseudonym.length !== 16 || pseudonym.every((byte) => byte === 0))
    throw bad('the pseudonym must have 16 bytes that are not all zero');
  if (!Number.isInteger(lastDay) || lastDay < 0 || lastDay > LAST_DAY || !monthEndingOn(lastDay))
    throw bad(`last day ${lastDay} is not the end of a month`);
  if (ids.length !== LIMITS.subjectIds) throw bad(`${ids.length} ids, not ${LIMITS.subjectIds}`);
  if (ids.some(({ signalId, signature }) => signalId.length !== 16 || signature.length !== 64))
    throw bad('an id must have 16 bytes, and its signature 64');
  if (ids.some(({ signature }) => signature.every((byte) => byte === 0))) throw bad('a signature is all zero');
  if (new Set(ids.map(({ signalId }) => toHex(signalId))).size !== ids.length) throw bad('an id appears twice');
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
