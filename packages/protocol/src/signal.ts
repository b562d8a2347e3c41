/**
 * Signal: the 128 bytes that are sealed into a body of 192. Layout in the README, byte by byte; spec: DESIGN §4.
 * Never in a signal: content, its hash, a name, a conversation, a recipient, an exact time, device data.
 */
import { fromHex, toHex } from './bytes.ts';
import { LodestoneError } from './error.ts';
import { LIMITS } from './limits.ts';
import type { Digest } from './digest.ts';
import { MEDIA, type Media, SURFACES, type Surface } from './surface.ts';
import type { Day } from './time.ts';

/** ASCII, HPKE `info`. */
export const SIGNAL_INFO = 'lodestone/signal/v1';
const VERSION = 1;
const KIND = { match: 1, sensitive: 2, cover: 3 } as const;

/** What the device says: this entry of this list version (or bucket of this model) was met under this order. */
export interface MatchSignal {
  kind: 'match' | 'sensitive';
  surface: Surface;
  media: Media;
  day: Day;
  /** 16 random bytes: a signal is counted once. */
  signalId: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the signed order's bytes. */
  orderDigest: Digest;
  /** SHA-256 of the list's or model's manifest bytes. */
  manifestDigest: Digest;
  /** Pseudonym 16 ‖ tag 16; zeros where the order says "none". */
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
  view.setUint8(1, KIND[signal.kind]);
  if (signal.kind === 'cover') return bytes;
  checkValues(signal);
  view.setUint8(2, SURFACES.indexOf(signal.surface) + 1);
  view.setUint8(3, MEDIA.indexOf(signal.media) + 1);
  view.setUint32(4, signal.day, true);
  bytes.set(signal.signalId, 8);
  bytes.set(fromHex(signal.orderDigest), 24);
  bytes.set(fromHex(signal.manifestDigest), 56);
  bytes.set(signal.subject, 88);
  view.setUint32(120, signal.entry, true);
  view.setUint8(124, signal.level);
  return bytes;
}

/** @throws {LodestoneError} `ERR_SIGNAL_FORMAT` for anything but what `printSignal` writes */
export function parseSignal(bytes: Uint8Array): Signal {
  if (bytes.length !== LIMITS.signalPlaintextBytes) throw bad(`${bytes.length} bytes, not 128`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== VERSION) throw bad(`version ${view.getUint8(0)}`);
  const kind = (['match', 'sensitive', 'cover'] as const).find((name) => KIND[name] === view.getUint8(1));
  if (!kind) throw bad(`kind ${view.getUint8(1)}`);
  const zeros = kind === 'cover' ? bytes.subarray(2) : bytes.subarray(125);
  if (zeros.some((byte) => byte !== 0)) throw bad('a reserved byte is not zero');
  if (kind === 'cover') return { kind };
  const surface = SURFACES[view.getUint8(2) - 1];
  const media = MEDIA[view.getUint8(3) - 1];
  if (!surface || !media) throw bad('unknown surface or media');
  const signal: MatchSignal = {
    kind,
    surface,
    media,
    day: view.getUint32(4, true) as Day,
    signalId: new Uint8Array(bytes.subarray(8, 24)), // a copy: slice of a Node Buffer is none
    orderDigest: toHex(bytes.subarray(24, 56)) as Digest,
    manifestDigest: toHex(bytes.subarray(56, 88)) as Digest,
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
  if (surface === 'receive') throw bad('what a person receives is never signalled');
  if (!SHA256_HEX.test(orderDigest) || !SHA256_HEX.test(manifestDigest))
    throw bad('order and manifest are named by SHA-256 in hex');
  if (!Number.isInteger(day) || day < 0 || day > 0xffffffff) throw bad(`day ${day}`);
  if (signalId.length !== 16 || subject.length !== 32) throw bad('id is 16 bytes and subject 32');
  if (!Number.isInteger(entry) || entry < 0 || entry > 0xffffffff) throw bad(`entry ${entry}`);
  if ((kind === 'match') !== entry > 0) throw bad('a match names an entry, a classifier none');
  if (!Number.isInteger(level) || level < 0 || level > (kind === 'match' ? 31 : 10)) throw bad(`level ${level}`);
}

/** The 16 bytes in the clear before HPKE's `enc`; also HPKE's `aad`. */
export function printSignalHeader(keyId: number): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(keyId) || keyId < 1 || keyId > 255) throw bad(`key id ${keyId}`);
  const header = new Uint8Array(LIMITS.signalHeaderBytes);
  header[0] = VERSION;
  header[1] = keyId;
  return header;
}

/** Reads the header of a whole body of 192 bytes. @throws {LodestoneError} `ERR_SIGNAL_FORMAT` */
export function parseSignalHeader(body: Uint8Array): { keyId: number } {
  if (body.length !== LIMITS.signalBytes) throw bad(`a body of ${body.length} bytes, not 192`);
  const keyId = body[1] ?? 0;
  if (body[0] !== VERSION) throw bad(`header version ${body[0]}`);
  if (keyId === 0) throw bad('key id 0');
  if (body.subarray(2, LIMITS.signalHeaderBytes).some((byte) => byte !== 0))
    throw bad('a reserved byte of the header is not zero');
  return { keyId };
}
