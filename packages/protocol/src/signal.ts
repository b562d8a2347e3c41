/**
 * Signal: 128 bytes of plaintext, encrypted to a body of 192. The README has the byte layout.
 * A signal never contains content, its hash, a name, a conversation, a recipient, an exact time or device data.
 * Spec: docs/design/contracts.md#signal
 */
import { fromHex, toHex } from './bytes.ts';
import { LodestoneError } from './error.ts';
import { LIMITS } from './limits.ts';
import type { OrderDigest, ManifestDigest } from './digest.ts';
import { MEDIA, type Media, SIGNAL_SURFACES, SURFACES, type Surface } from './surface.ts';
import type { Day } from './time.ts';

/** ASCII, HPKE `info`. */
export const SIGNAL_INFO = 'lodestone/signal/v1';
const VERSION = 1;

/** Codes on the wire. They never change and are never reused; a new value gets a new code. */
export const KIND_CODES: Readonly<Record<Signal['kind'], number>> = { match: 1, sensitive: 2, cover: 3 };
export const SURFACE_CODES: Readonly<Record<Surface, number>> = { send: 1, receive: 2, upload: 3, profile: 4 };
export const MEDIA_CODES: Readonly<Record<Media, number>> = { image: 1, video: 2, file: 3 };
const SIGNAL_KINDS = ['match', 'sensitive', 'cover'] as const satisfies readonly Signal['kind'][];

function valueOf<T extends string>(
  values: readonly T[],
  codes: Readonly<Record<T, number>>,
  code: number,
): T | undefined {
  return values.find((value) => codes[value] === code);
}

/** A device's statement: an entry of this list version matched (or this model reached a bucket) under this order. */
export interface MatchSignal {
  kind: 'match' | 'sensitive';
  surface: Surface;
  media: Media;
  day: Day;
  /** 16 random bytes. The receiver counts each id once. */
  signalId: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the signed order. */
  orderDigest: OrderDigest;
  /** SHA-256 of the list's or model's signed manifest. */
  manifestDigest: ManifestDigest;
  /** Subject id, 32 bytes: pseudonym 16 ‖ tag 16. Zeros if the order's receiver has subject "none". */
  subject: Uint8Array<ArrayBuffer>;
  /** 0 for a classifier. */
  entry: number;
  /** Distance 0 to 31 for a match, bucket 0 to 10 for a classifier. */
  level: number;
}
export interface CoverSignal {
  kind: 'cover';
}
export type Signal = MatchSignal | CoverSignal;

const bad = (why: string): LodestoneError<'ERR_SIGNAL_FORMAT'> =>
  new LodestoneError('ERR_SIGNAL_FORMAT', `signal: ${why}`);

/** Plaintext of 128 bytes. @throws {LodestoneError} `ERR_SIGNAL_FORMAT` */
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
  bytes.set(signal.subject, 88);
  view.setUint32(120, signal.entry, true);
  view.setUint8(124, signal.level);
  return bytes;
}

/** @throws {LodestoneError} `ERR_SIGNAL_FORMAT` unless `printSignal` wrote these bytes */
export function parseSignal(bytes: Uint8Array): Signal {
  if (bytes.length !== LIMITS.signalPlaintextBytes) throw bad(`${bytes.length} bytes, not 128`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== VERSION) throw bad(`version ${view.getUint8(0)} is not supported; expected ${VERSION}`);
  const kind = valueOf(SIGNAL_KINDS, KIND_CODES, view.getUint8(1));
  if (!kind) throw bad(`unknown kind ${view.getUint8(1)}`);
  const zeros = kind === 'cover' ? bytes.subarray(2) : bytes.subarray(125);
  if (zeros.some((byte) => byte !== 0)) throw bad('a reserved byte is not zero');
  if (kind === 'cover') return { kind };
  const surface = valueOf(SURFACES, SURFACE_CODES, view.getUint8(2));
  const media = valueOf(MEDIA, MEDIA_CODES, view.getUint8(3));
  if (!surface || !media) throw bad('unknown surface or media');
  const signal: MatchSignal = {
    kind,
    surface,
    media,
    day: view.getUint32(4, true) as Day,
    signalId: new Uint8Array(bytes.subarray(8, 24)), // copies, also from a Node Buffer, whose slice() is a view
    orderDigest: toHex(bytes.subarray(24, 56)) as OrderDigest,
    manifestDigest: toHex(bytes.subarray(56, 88)) as ManifestDigest,
    subject: new Uint8Array(bytes.subarray(88, 120)),
    entry: view.getUint32(120, true),
    level: view.getUint8(124),
  };
  checkValues(signal);
  return signal;
}

const SHA256_HEX = /^[0-9a-f]{64}$/;

function checkValues({
  kind,
  surface,
  media,
  day,
  signalId,
  orderDigest,
  manifestDigest,
  subject,
  entry,
  level,
}: MatchSignal): void {
  if (!SURFACES.includes(surface) || !MEDIA.includes(media)) throw bad('unknown surface or media');
  if (!SIGNAL_SURFACES.some((allowed) => allowed === surface))
    throw bad(`content of the surface ${surface} is never signalled`);
  if (!SHA256_HEX.test(orderDigest) || !SHA256_HEX.test(manifestDigest))
    throw bad('orderDigest and manifestDigest must be SHA-256 in lower-case hex');
  if (!Number.isInteger(day) || day < 0 || day > 0xffffffff)
    throw bad(`day ${day} is not a number of days since 1970-01-01`);
  if (signalId.length !== 16 || subject.length !== 32) throw bad('signalId must have 16 bytes and subject 32');
  if (!Number.isInteger(entry) || entry < 0 || entry > 0xffffffff)
    throw bad(`entry ${entry} is not a number from 0 to 4294967295`);
  if ((kind === 'match') !== entry > 0) throw bad('a match requires an entry number; a classifier signal requires 0');
  if (!Number.isInteger(level) || level < 0 || level > (kind === 'match' ? 31 : 10))
    throw bad(`level ${level} is not a distance from 0 to 31 or a bucket from 0 to 10`);
}

/** The 16 unencrypted bytes before HPKE's `enc`; also HPKE's `aad`. */
export function printSignalHeader(keyId: number): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(keyId) || keyId < 1 || keyId > 255) throw bad(`key id ${keyId} is not a number from 1 to 255`);
  const header = new Uint8Array(LIMITS.signalHeaderBytes);
  header[0] = VERSION;
  header[1] = keyId;
  return header;
}

/** Reads the header of a body of 192 bytes. @throws {LodestoneError} `ERR_SIGNAL_FORMAT` */
export function parseSignalHeader(body: Uint8Array): { keyId: number } {
  if (body.length !== LIMITS.signalBytes) throw bad(`the body has ${body.length} bytes, not 192`);
  const keyId = body[1] ?? 0;
  if (body[0] !== VERSION) throw bad(`header version ${body[0]} is not supported; expected ${VERSION}`);
  if (keyId === 0) throw bad('key id 0 is reserved');
  if (body.subarray(2, LIMITS.signalHeaderBytes).some((byte) => byte !== 0))
    throw bad('a reserved byte of the header is not zero');
  return { keyId };
}
