/**
 * Reads a recording of packets: the classic pcap file format (draft-ietf-opsawg-pcap §4 and §5), Ethernet only. Strict:
 * a file that is cut, or that holds a packet which was not recorded whole, proves nothing and is refused.
 */
import { LodestoneError } from '@lodestone/protocol/error';

export interface Frame {
  /** Milliseconds since 1970. */
  at: number;
  /** As it was on the link: a view of the file. */
  bytes: Uint8Array;
}

/** Of the file, and of each packet: octets. */
const FILE_HEADER = 24;
const PACKET_HEADER = 16;
/** What the first four octets say of the time: a second's parts, and in which order octets stand. */
const MAGIC = { micro: 0xa1b2c3d4, nano: 0xa1b23c4d };
/** LINKTYPE_ETHERNET. */
const ETHERNET = 1;
/** The most that tcpdump records of a packet (MAXIMUM_SNAPLEN of libpcap). */
const MOST_BYTES = 262_144;

/** @throws {LodestoneError} `ERR_SCHEMA` */
export function readPcap(file: Uint8Array): Frame[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const { littleEndian, perMs } = readHeader(view);
  const uint32 = (at: number): number => view.getUint32(at, littleEndian);
  const frames: Frame[] = [];
  for (let at = FILE_HEADER; at < file.length;) {
    const faulty = (what: string): LodestoneError => refused(`packet ${frames.length + 1} ${what}`);
    if (at + PACKET_HEADER > file.length) throw faulty('is cut off');
    const [seconds, parts, bytes, ofBytes] = [uint32(at), uint32(at + 4), uint32(at + 8), uint32(at + 12)];
    if (parts >= 1_000 * perMs) throw faulty('has a time that is none');
    if (bytes > MOST_BYTES || bytes !== ofBytes) throw faulty(`was not recorded whole: ${bytes} of ${ofBytes} bytes`);
    const from = at + PACKET_HEADER;
    if (from + bytes > file.length) throw faulty('is cut off');
    frames.push({ at: seconds * 1_000 + parts / perMs, bytes: file.subarray(from, from + bytes) });
    at = from + bytes;
  }
  return frames;
}

function readHeader(view: DataView): { littleEndian: boolean; perMs: number } {
  if (view.byteLength < FILE_HEADER) throw refused('it is cut off');
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic !== MAGIC.micro && magic !== MAGIC.nano) continue;
    const [major, minor] = [view.getUint16(4, littleEndian), view.getUint16(6, littleEndian)];
    if (major !== 2 || minor !== 4) throw refused(`it is of version ${major}.${minor}`);
    // Its upper half tells of checks at the end of each frame, which are not here.
    const link = view.getUint32(20, littleEndian);
    if (link !== ETHERNET) throw refused(`its packets are of link type ${link}, not of Ethernet`);
    return { littleEndian, perMs: magic === MAGIC.micro ? 1_000 : 1_000_000 };
  }
  throw refused('it does not begin as one');
}

function refused(what: string): LodestoneError {
  return new LodestoneError('ERR_SCHEMA', `the recording of packets cannot be read: ${what}`);
}
