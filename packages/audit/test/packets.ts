/** Recordings of packets for tests: made by hand, octet by octet. */

const BROWSER = '198.18.0.2';

export function bytesOf(...parts: (string | number | readonly number[] | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'string'
        ? Buffer.from(part.replaceAll(' ', ''), 'hex')
        : Buffer.from(typeof part === 'number' ? [part] : part),
    ),
  );
}

const uint16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
const uint32 = (value: number): number[] => [...uint16(value >>> 16), ...uint16(value)];

export function ethernet(type: number, payload: Uint8Array): Uint8Array {
  return bytesOf('020000000001 020000000002', uint16(type), payload);
}

export function ipv4(protocol: number, to: string, payload: Uint8Array, fragment = 0): Uint8Array {
  const address = (text: string): number[] => text.split('.').map(Number);
  const head = ['4500', uint16(20 + payload.length), '0001', uint16(fragment), 64, protocol, '0000'] as const;
  return ethernet(0x0800, bytesOf(...head, address(BROWSER), address(to), payload));
}

/** From 2001:2::2. @param to of 32 hex digits */
export function ipv6(next: number, to: string, payload: Uint8Array): Uint8Array {
  const head = ['60000000', uint16(payload.length), next, 64] as const;
  return ethernet(0x86dd, bytesOf(...head, '20010002000000000000000000000002', to, payload));
}

export function udp(toPort: number, payload: Uint8Array): Uint8Array {
  return bytesOf(uint16(50_000), uint16(toPort), uint16(8 + payload.length), '0000', payload);
}

export interface SegmentOptions {
  fromPort?: number;
  toPort?: number;
  sequence?: number;
  syn?: boolean;
  payload?: Uint8Array;
}

export function tcp({
  fromPort = 40_000,
  toPort = 443,
  sequence = 0,
  syn = false,
  payload,
}: SegmentOptions): Uint8Array {
  const rest = ['00000000', 0x50, syn ? 0x02 : 0x10, 'ffff 0000 0000'] as const;
  return bytesOf(uint16(fromPort), uint16(toPort), uint32(sequence), ...rest, payload ?? []);
}

export function arp(asked: string): Uint8Array {
  const address = (text: string): number[] => text.split('.').map(Number);
  const who = ['0001 0800 06 04 0001', '020000000002', address(BROWSER), '000000000000', address(asked)] as const;
  return ethernet(0x0806, bytesOf(...who));
}

/** RFC 1035 §4.1. */
export function question(name: string, after: Uint8Array = new Uint8Array(0)): Uint8Array {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return bytesOf('abcd 0100 0001 0000 0000', uint16(after.length > 0 ? 1 : 0), labels, 0, '0001 0001', after);
}

/** Second 1 and 500 ms, 2 and 500 ms, … */
export function pcap(frames: readonly Uint8Array[], { littleEndian = true, nano = false } = {}): Uint8Array {
  const file = Buffer.alloc(24 + frames.reduce((sum, frame) => sum + 16 + frame.length, 0));
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  view.setUint32(0, nano ? 0xa1b23c4d : 0xa1b2c3d4, littleEndian);
  view.setUint16(4, 2, littleEndian);
  view.setUint16(6, 4, littleEndian);
  view.setUint32(16, 262_144, littleEndian);
  view.setUint32(20, 1, littleEndian);
  let at = 24;
  for (const [i, frame] of frames.entries()) {
    for (const [j, value] of [i + 1, nano ? 500_000_000 : 500_000, frame.length, frame.length].entries())
      view.setUint32(at + 4 * j, value, littleEndian);
    file.set(frame, at + 16);
    at += 16 + frame.length;
  }
  return file;
}
