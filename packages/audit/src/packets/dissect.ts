/**
 * Parses one Ethernet frame: ARP, IPv4 and IPv6, with TCP, UDP and ICMP. Promise: every input yields a packet, since a packet that
 * is not understood must still be reported. Pure. Flow: pcap → here → records. Spec: docs/design/audit.md#packets, RFC 826, 791, 8200, 9293, 768
 */

export type Packet = Segment | Datagram | Other;

interface OfNetwork {
  /** Addresses without port. */
  from: string;
  to: string;
  /** The whole packet with its headers, which could carry data too. */
  bytes: Uint8Array;
}

interface WithPorts extends OfNetwork {
  fromPort: number;
  toPort: number;
  payload: Uint8Array;
}

export interface Segment extends WithPorts {
  kind: 'segment';
  protocol: 'TCP';
  /** Starts a connection and its sequence numbers. */
  syn: boolean;
  sequence: number;
}

export interface Datagram extends WithPorts {
  kind: 'datagram';
  protocol: 'UDP';
}

export interface Other extends OfNetwork {
  kind: 'other';
  /** One of the constants below, or "ICMP", "IP protocol 47", "EtherType 0x88cc", … */
  protocol: string;
}

/** Resolution of a network address to a hardware address; `to` is the resolved address. */
export const ARP = 'ARP';
export const NEIGHBOURS = 'neighbour discovery';
/** Multicast groups of the kernel: IGMP, and the same in ICMPv6. */
export const MEMBERSHIP = 'multicast membership';
/** Violates the rules of its protocol; a kernel never sends it. */
const MALFORMED = 'malformed';

const ETHERNET_HEADER = 14;

/** By EtherType. */
const READERS: Readonly<Record<number, (bytes: Uint8Array) => Packet | undefined>> = {
  0x0800: ipv4,
  0x0806: arp,
  0x86dd: ipv6,
};

export function dissect(frame: Uint8Array): Packet {
  if (frame.length < ETHERNET_HEADER) return other(MALFORMED, 'unknown', frame);
  const view = viewOf(frame);
  const bytes = frame.subarray(ETHERNET_HEADER);
  const type = view.getUint16(12);
  const read = READERS[type];
  const to = hex(frame.subarray(0, 6), ':');
  if (read === undefined) return other(`EtherType 0x${type.toString(16).padStart(4, '0')}`, to, bytes);
  return read(bytes) ?? other(MALFORMED, to, bytes);
}

/** RFC 826, for IPv4 over Ethernet. */
function arp(bytes: Uint8Array): Packet | undefined {
  if (bytes.length !== 28 || hex(bytes.subarray(0, 6)) !== '000108000604') return undefined;
  return {
    kind: 'other',
    protocol: ARP,
    from: ipv4Address(bytes.subarray(14)),
    to: ipv4Address(bytes.subarray(24)),
    bytes,
  };
}

/** RFC 791 §3.1. */
function ipv4(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < 20) return undefined;
  const view = viewOf(bytes);
  const header = (view.getUint8(0) & 0x0f) * 4;
  if (view.getUint8(0) >> 4 !== 4 || header < 20 || bytes.length < header) return undefined;
  if (view.getUint16(2) !== bytes.length) return undefined;
  const ends = { from: ipv4Address(bytes.subarray(12)), to: ipv4Address(bytes.subarray(16)), bytes };
  // More fragments, or a fragment offset.
  if ((view.getUint16(6) & 0x3fff) !== 0) return { kind: 'other', protocol: 'IP fragment', ...ends };
  return transport(view.getUint8(9), bytes.subarray(header), ends);
}

/** Extension headers with a length: RFC 8200 §4. */
const EXTENSIONS = new Set([0, 43, 60]);
const FRAGMENT = 44;

/** RFC 8200 §3. */
function ipv6(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < 40) return undefined;
  const view = viewOf(bytes);
  if (view.getUint8(0) >> 4 !== 6 || view.getUint16(4) !== bytes.length - 40) return undefined;
  const ends = { from: ipv6Address(bytes.subarray(8)), to: ipv6Address(bytes.subarray(24)), bytes };
  let next = view.getUint8(6);
  let at = 40;
  while (EXTENSIONS.has(next)) {
    if (at + 8 > bytes.length) return undefined;
    next = view.getUint8(at);
    at += 8 + view.getUint8(at + 1) * 8;
  }
  if (next === FRAGMENT) return { kind: 'other', protocol: 'IP fragment', ...ends };
  return at > bytes.length ? undefined : transport(next, bytes.subarray(at), ends);
}

const NAMES: Readonly<Record<number, string>> = { 1: 'ICMP', 2: MEMBERSHIP };

function transport(protocol: number, bytes: Uint8Array, ends: OfNetwork): Packet | undefined {
  if (protocol === 6) return segment(bytes, ends);
  if (protocol === 17) return datagram(bytes, ends);
  if (protocol === 58) return icmpv6(bytes, ends);
  return { kind: 'other', protocol: NAMES[protocol] ?? `IP protocol ${protocol}`, ...ends };
}

/** RFC 9293 §3.1. */
function segment(bytes: Uint8Array, ends: OfNetwork): Packet | undefined {
  if (bytes.length < 20) return undefined;
  const view = viewOf(bytes);
  const header = (view.getUint8(12) >> 4) * 4;
  if (header < 20 || header > bytes.length) return undefined;
  return {
    kind: 'segment',
    protocol: 'TCP',
    ...ends,
    ...portsOf(view),
    syn: (view.getUint8(13) & 0x02) !== 0,
    sequence: view.getUint32(4),
    payload: bytes.subarray(header),
  };
}

/** RFC 768. */
function datagram(bytes: Uint8Array, ends: OfNetwork): Packet | undefined {
  if (bytes.length < 8 || viewOf(bytes).getUint16(4) !== bytes.length) return undefined;
  return { kind: 'datagram', protocol: 'UDP', ...ends, ...portsOf(viewOf(bytes)), payload: bytes.subarray(8) };
}

/** RFC 4861 §4.3, §4.4: neighbour discovery. RFC 2710, 3810: multicast membership. */
function icmpv6(bytes: Uint8Array, ends: OfNetwork): Packet | undefined {
  if (bytes.length < 4) return undefined;
  const [type = 0] = bytes;
  if ((type === 135 || type === 136) && bytes.length >= 24)
    return { kind: 'other', protocol: NEIGHBOURS, ...ends, to: ipv6Address(bytes.subarray(8)) };
  const isMembership = type === 131 || type === 132 || type === 143;
  return { kind: 'other', protocol: isMembership ? MEMBERSHIP : 'ICMPv6', ...ends };
}

function other(protocol: string, to: string, bytes: Uint8Array): Other {
  return { kind: 'other', protocol, from: 'unknown', to, bytes };
}

function portsOf(view: DataView): { fromPort: number; toPort: number } {
  return { fromPort: view.getUint16(0), toPort: view.getUint16(2) };
}

function ipv4Address(bytes: Uint8Array): string {
  return bytes.subarray(0, 4).join('.');
}

/** Shortened (RFC 5952) by the URL parser. */
function ipv6Address(bytes: Uint8Array): string {
  const groups = hex(bytes.subarray(0, 16)).match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function hex(bytes: Uint8Array, between = ''): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(between);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
