/**
 * Parses a packet recording in the classic pcap format, Ethernet only. Promise: refuses a truncated file, and one with a packet
 * that was not recorded completely. Flow: recorder → here → dissect. Spec: docs/design/audit.md#packets, draft-ietf-opsawg-pcap §4, §5
 */
import { LodestoneError } from '@lodestone/protocol/error';

export interface Frame {
  /** Milliseconds since 1970. */
  at: number;
  /** The frame as on the link: a view of the file. */
  bytes: Uint8Array;
}

/** Bytes of the file header and of each packet header. */
const FILE_HEADER = 24;
const PACKET_HEADER = 16;
/** The first four bytes give the unit of the time and the byte order. */
const MAGIC = { micro: 0xa1b2c3d4, nano: 0xa1b23c4d };
/** LINKTYPE_ETHERNET. */
const ETHERNET = 1;
/** tcpdump's largest packet (MAXIMUM_SNAPLEN of libpcap). */
const MOST_BYTES = 262_144;

/** @throws {LodestoneError} `ERR_SCHEMA` */
export function readPcap(file: Uint8Array): Frame[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const { littleEndian, perMs } = readHeader(view);
  const uint32 = (at: number): number => view.getUint32(at, littleEndian);
  const frames: Frame[] = [];
  for (let at = FILE_HEADER; at < file.length;) {
    const invalid = (what: string): LodestoneError => refused(`packet ${frames.length + 1} ${what}`);
    if (at + PACKET_HEADER > file.length) throw invalid('is truncated');
    const [seconds, parts, bytes, ofBytes] = [uint32(at), uint32(at + 4), uint32(at + 8), uint32(at + 12)];
    if (parts >= 1_000 * perMs) throw invalid('has an invalid time');
    if (bytes > MOST_BYTES || bytes !== ofBytes)
      throw invalid(`was not recorded completely: ${bytes} of ${ofBytes} bytes`);
    const from = at + PACKET_HEADER;
    if (from + bytes > file.length) throw invalid('is truncated');
    frames.push({ at: seconds * 1_000 + parts / perMs, bytes: file.subarray(from, from + bytes) });
    at = from + bytes;
  }
  return frames;
}

function readHeader(view: DataView): { littleEndian: boolean; perMs: number } {
  if (view.byteLength < FILE_HEADER) throw refused('its header is truncated');
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic !== MAGIC.micro && magic !== MAGIC.nano) continue;
    const [major, minor] = [view.getUint16(4, littleEndian), view.getUint16(6, littleEndian)];
    if (major !== 2 || minor !== 4) throw refused(`its version is ${major}.${minor}, not 2.4`);
    // The upper half announces a checksum after each frame, which is not supported.
    const link = view.getUint32(20, littleEndian);
    if (link !== ETHERNET) throw refused(`its link type is ${link}, not Ethernet`);
    return { littleEndian, perMs: magic === MAGIC.micro ? 1_000 : 1_000_000 };
  }
  throw refused('it does not start with the magic number of pcap');
}

function refused(what: string): LodestoneError {
  return new LodestoneError('ERR_SCHEMA', `the packet recording cannot be parsed: ${what}`);
}
