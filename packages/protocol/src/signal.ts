/**
 * Signal: 192 bytes of plaintext, encrypted to a body of 256. The README has the byte layout.
 * A signal never contains content, its hash, a name, a conversation, a recipient, an exact time or device data.
 * Spec: docs/design/contracts.md#signal
 */
import { fromHex, toHex } from './bytes.ts';
import type { ManifestDigest, OrderDigest } from './digest.ts';
import { LodestoneError } from './error.ts';
import { LIMITS } from './limits.ts';
import { MEDIA, type Media, SIGNAL_SURFACES, SURFACES, type Surface } from './surface.ts';
import type { Day } from './time.ts';

/** ASCII, HPKE `info`. */
export const SIGNAL_INFO = 'lodestone/signal/v1';
const VERSION = 1;

/**
 * Why a signal counts. `exact`: the file itself is listed. `confirmed`: a near match, and the model that the order pins
 * agrees. `classifier`: a model alone.
 */
export const SIGNAL_EVIDENCE = ['classifier', 'exact', 'confirmed'] as const;
export type SignalEvidence = (typeof SIGNAL_EVIDENCE)[number];

/** Codes on the wire. They never change and are never reused; a new value gets a new code. */
export const KIND_CODES: Readonly<Record<Signal['kind'], number>> = { match: 1, sensitive: 2, cover: 3 };
export const SURFACE_CODES: Readonly<Record<Surface, number>> = { send: 1, receive: 2, upload: 3, profile: 4 };
export const MEDIA_CODES: Readonly<Record<Media, number>> = { image: 1, video: 2, file: 3 };
export const EVIDENCE_CODES: Readonly<Record<SignalEvidence, number>> = { classifier: 0, exact: 1, confirmed: 2 };
const SIGNAL_KINDS = ['match', 'sensitive', 'cover'] as const satisfies readonly Signal['kind'][];

function valueOf<T extends string>(
  values: readonly T[],
  codes: Readonly<Record<T, number>>,
  code: number,
): T | undefined {
  return values.find((value) => codes[value] === code);
}

/**
 * One id of the account service's monthly batch, as a signal carries it. If the order's receiver has subject "none", the
 * device draws the signal id at random, and the other three are zero.
 */
export interface SubjectId {
  /** 16 bytes. The receiver counts each id once. */
  signalId: Uint8Array<ArrayBuffer>;
  /** 16 bytes, the same for all ids of an account. */
  pseudonym: Uint8Array<ArrayBuffer>;
  /** The last day of the id's validity. */
  lastDay: Day;
  /** Ed25519 signature of the account service, 64 bytes. */
  signature: Uint8Array<ArrayBuffer>;
}

/** A device's statement: an entry of this list version matched (or this model reached a bucket) under this order. */
export interface MatchSignal extends SubjectId {
  kind: 'match' | 'sensitive';
  surface: Surface;
  media: Media;
  /** Day of the match. */
  day: Day;
  /** SHA-256 of the signed order. */
  orderDigest: OrderDigest;
  /** SHA-256 of the list's or model's signed manifest. */
  manifestDigest: ManifestDigest;
  /** 0 for a classifier. */
  entry: number;
  /** Distance 0 to 31 for a match (0 for an exact one), bucket 0 to 10 for a classifier. */
  level: number;
  evidence: SignalEvidence;
  /** Bucket of the confirming model, 1 to 10; 0 unless `evidence` is "confirmed". */
  confirmBucket: number;
  /** First 8 bytes of the digest of the confirming model's manifest; zeros unless `evidence` is "confirmed". */
  confirmModel: Uint8Array<ArrayBuffer>;
}
export interface CoverSignal {
  kind: 'cover';
}
export type Signal = MatchSignal | CoverSignal;

/** The subject of a signal under an order with subject "none". */
export function noSubject(signalId: Uint8Array<ArrayBuffer>): SubjectId {
  return { signalId, pseudonym: new Uint8Array(16), lastDay: 0 as Day, signature: new Uint8Array(64) };
}

const bad = (why: string): LodestoneError<'ERR_SIGNAL_FORMAT'> =>
  new LodestoneError('ERR_SIGNAL_FORMAT', `signal: ${why}`);

/** Plaintext of 192 bytes. @throws {LodestoneError} `ERR_SIGNAL_FORMAT` */
export function printSignal(signal: Signal): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LIMITS.signalPlaintextBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, KIND_CODES[signal.kind]);
  if (signal.kind === 'cover') return bytes;
  checkValues(signal);
  view.setUint8(2, SURFACE_CODES[signal.surface]);
  view.setUint8(3, MEDIA_CODES[signal.media]);
  view.setUint32(4, signal.day, true);
  bytes.set(signal.signalId, 8);
  bytes.set(fromHex(signal.orderDigest), 24);
  bytes.set(fromHex(signal.manifestDigest), 56);
  bytes.set(signal.pseudonym, 88);
  view.setUint32(104, signal.lastDay, true);
  bytes.set(signal.signature, 108);
  view.setUint32(172, signal.entry, true);
  view.setUint8(176, signal.level);
  view.setUint8(177, EVIDENCE_CODES[signal.evidence]);
  view.setUint8(178, signal.confirmBucket);
  bytes.set(signal.confirmModel, 179);
  return bytes;
}

/** @throws {LodestoneError} `ERR_SIGNAL_FORMAT` unless `printSignal` wrote these bytes */
export function parseSignal(bytes: Uint8Array): Signal {
  if (bytes.length !== LIMITS.signalPlaintextBytes) throw bad(`${bytes.length} bytes, not 192`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== VERSION) throw bad(`version ${view.getUint8(0)} is not supported; expected ${VERSION}`);
  const kind = valueOf(SIGNAL_KINDS, KIND_CODES, view.getUint8(1));
  if (!kind) throw bad(`unknown kind ${view.getUint8(1)}`);
  if (!isZero(bytes.subarray(kind === 'cover' ? 2 : 187))) throw bad('a reserved byte is not zero');
  if (kind === 'cover') return { kind };
  const surface = valueOf(SURFACES, SURFACE_CODES, view.getUint8(2));
  const media = valueOf(MEDIA, MEDIA_CODES, view.getUint8(3));
  const evidence = valueOf(SIGNAL_EVIDENCE, EVIDENCE_CODES, view.getUint8(177));
  if (!surface || !media || !evidence) throw bad('unknown surface, media or evidence');
  const copy = (from: number, to: number) => new Uint8Array(bytes.subarray(from, to)); // `slice` of a Node Buffer is a view
  const signal: MatchSignal = {
    kind,
    surface,
    media,
    day: view.getUint32(4, true) as Day,
    signalId: copy(8, 24),
    orderDigest: toHex(bytes.subarray(24, 56)) as OrderDigest,
    manifestDigest: toHex(bytes.subarray(56, 88)) as ManifestDigest,
    pseudonym: copy(88, 104),
    lastDay: view.getUint32(104, true) as Day,
    signature: copy(108, 172),
    entry: view.getUint32(172, true),
    level: view.getUint8(176),
    evidence,
    confirmBucket: view.getUint8(178),
    confirmModel: copy(179, 187),
  };
  checkValues(signal);
  return signal;
}

const SHA256_HEX = /^[0-9a-f]{64}$/;
const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
const isUint32 = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
const isIn = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;

function checkValues(signal: MatchSignal): void {
  const { kind, surface, media, day, orderDigest, manifestDigest, entry, level } = signal;
  if (!SURFACES.includes(surface) || !MEDIA.includes(media)) throw bad('unknown surface or media');
  if (!SIGNAL_SURFACES.some((allowed) => allowed === surface))
    throw bad(`content of the surface ${surface} is never signalled`);
  if (!SHA256_HEX.test(orderDigest) || !SHA256_HEX.test(manifestDigest))
    throw bad('orderDigest and manifestDigest must be SHA-256 in lower-case hex');
  if (!isUint32(day)) throw bad(`day ${day} is not a number of days since 1970-01-01`);
  if (!isUint32(entry)) throw bad(`entry ${entry} is not a number from 0 to 4294967295`);
  if ((kind === 'match') !== entry > 0) throw bad('a match requires an entry number; a classifier signal requires 0');
  if (!isIn(level, 0, kind === 'match' ? 31 : 10))
    throw bad(`level ${level} is not a distance from 0 to 31 or a bucket from 0 to 10`);
  checkSubject(signal);
  checkEvidence(signal);
}

/** Pseudonym, last day and signature come together, or none of them. */
function checkSubject({ signalId, pseudonym, lastDay, signature }: MatchSignal): void {
  if (signalId.length !== 16 || pseudonym.length !== 16 || signature.length !== 64)
    throw bad('signalId and pseudonym must have 16 bytes, and signature 64');
  if (!isUint32(lastDay)) throw bad(`lastDay ${lastDay} is not a number of days since 1970-01-01`);
  const absent = [isZero(pseudonym), lastDay === 0, isZero(signature)];
  if (new Set(absent).size > 1) throw bad('pseudonym, lastDay and signature must all be zero, or none of them');
}

/** Only what can be true: an exact match has no distance, and models see pictures only. */
function checkEvidence({ kind, media, level, evidence, confirmBucket, confirmModel }: MatchSignal): void {
  if (!SIGNAL_EVIDENCE.includes(evidence)) throw bad('unknown evidence');
  if ((kind === 'sensitive') !== (evidence === 'classifier'))
    throw bad(`the evidence of a signal of kind ${kind} cannot be ${evidence}`);
  if (evidence === 'exact' && level !== 0) throw bad(`an exact match has the distance 0, not ${level}`);
  if (evidence !== 'exact' && media !== 'image') throw bad(`a model finds nothing in content of the medium ${media}`);
  if (confirmModel.length !== 8) throw bad('confirmModel must have 8 bytes');
  if (evidence === 'confirmed' ? !isIn(confirmBucket, 1, 10) : confirmBucket !== 0 || !isZero(confirmModel))
    throw bad(
      'confirmBucket must be 1 to 10 for confirmed evidence; otherwise confirmBucket and confirmModel must be zero',
    );
}

/** The 16 unencrypted bytes before HPKE's `enc`; also HPKE's `aad`. They are the same in every body. */
export function printSignalHeader(): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(LIMITS.signalHeaderBytes);
  header[0] = VERSION;
  return header;
}

/** Checks length and header of a body of 256 bytes. @throws {LodestoneError} `ERR_SIGNAL_FORMAT` */
export function checkSignalBody(body: Uint8Array): void {
  if (body.length !== LIMITS.signalBytes) throw bad(`the body has ${body.length} bytes, not 256`);
  if (body[0] !== VERSION) throw bad(`header version ${body[0]} is not supported; expected ${VERSION}`);
  if (!isZero(body.subarray(1, LIMITS.signalHeaderBytes))) throw bad('a reserved byte of the header is not zero');
}
