/**
 * Classifies recorded packets: bytes to the proxy and packets that maintain the link are counted; every other packet becomes a
 * traffic record that must be explained. Pure. Flow: pcap → dissect → here → session. Spec: docs/design/audit.md#packets
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { SentDatagram, SentName, SentPackets } from '../traffic/record.ts';
import { ARP, dissect, MEMBERSHIP, NEIGHBOURS, type Packet, type Segment } from './dissect.ts';
import type { ForwardedConnection } from './proxy-forwarder.ts';
import { plainQuestionName } from './dns-question.ts';
import { readPcap } from './pcap.ts';

/** The link on which the packets were recorded. */
export interface Link {
  /** Addresses of both ends. */
  ends: readonly string[];
  nameServer: string;
  /** Address at which the browser reaches the proxy. */
  forwarder: { address: string; port: number };
  /** Every forwarded connection, in order. */
  forwarded: readonly ForwardedConnection[];
}

export type BypassingRecord = Omit<SentName, 'id'> | Omit<SentDatagram, 'id'> | Omit<SentPackets, 'id'>;

export interface PacketRecord {
  bypassing: readonly BypassingRecord[];
  facts: PacketFacts;
}

export interface PacketFacts {
  packets: number;
  /** On the link, including headers. */
  bytes: number;
  /** Bytes of the connections to the proxy, without retransmissions. */
  proxied: {
    /** Unencrypted requests. */
    plain: Carried;
    /** Tunnels (CONNECT), mostly with TLS. */
    tunnels: Carried;
  };
  flows: readonly Flow[];
}

export interface Carried {
  connections: number;
  bytes: number;
}

/** All packets of one protocol to one destination. */
export interface Flow {
  /** To the proxy, maintaining the link, a DNS look-up, or bypassing the proxy. */
  as: 'proxy' | 'link' | 'lookup' | 'bypass';
  protocol: string;
  to: string;
  packets: number;
  bytes: number;
}

interface Seen {
  at: number;
  packet: Packet;
}

/** @throws {LodestoneError} `ERR_SCHEMA` if the recording cannot be parsed or is incomplete */
export function recordsOf(recording: Uint8Array, link: Link): PacketRecord {
  const seen = readPcap(recording).map(({ at, bytes }) => ({ at, packet: dissect(bytes) }));
  const connections = connectionsOf(
    seen.flatMap(({ packet }) => (isSegment(packet) && isProxied(packet, link) ? [packet] : [])),
  );
  return {
    bypassing: bypassingRecords(seen, link),
    facts: {
      packets: seen.length,
      bytes: seen.reduce((sum, { packet }) => sum + packet.bytes.length, 0),
      proxied: carriedBy(connections, link.forwarded),
      flows: flowsOf(seen, link),
    },
  };
}

function isSegment(packet: Packet): packet is Segment {
  return packet.kind === 'segment';
}

function asOf(packet: Packet, link: Link): Flow['as'] {
  if (isProxied(packet, link)) return 'proxy';
  if (isOfLink(packet, link)) return 'link';
  return nameIn(packet, link) === undefined ? 'bypass' : 'lookup';
}

function isProxied(packet: Packet, { forwarder }: Link): boolean {
  return packet.kind === 'segment' && packet.to === forwarder.address && packet.toPort === forwarder.port;
}

/** Address resolution between the two ends, and multicast membership. */
function isOfLink({ kind, protocol, to }: Packet, { ends }: Link): boolean {
  if (kind !== 'other') return false;
  return protocol === MEMBERSHIP || ((protocol === ARP || protocol === NEIGHBOURS) && ends.includes(to));
}

function nameIn(packet: Packet, { nameServer }: Link): string | undefined {
  return packet.kind === 'datagram' && packet.to === nameServer && packet.toPort === 53
    ? plainQuestionName(packet.payload)
    : undefined;
}

function destination(packet: Packet): string {
  if (packet.kind === 'other') return packet.to;
  return packet.to.includes(':') ? `[${packet.to}]:${packet.toPort}` : `${packet.to}:${packet.toPort}`;
}

function bypassingRecords(seen: readonly Seen[], link: Link): BypassingRecord[] {
  const others = new Map<string, Seen[]>();
  const records = seen.flatMap(({ at, packet }): BypassingRecord[] => {
    const as = asOf(packet, link);
    if (as === 'lookup') return [{ kind: 'name', at, name: nameIn(packet, link) ?? '', by: 'lookup' }];
    if (as !== 'bypass') return [];
    const to = destination(packet);
    if (packet.kind === 'datagram') return [{ kind: 'datagram', at, to, body: packet.payload }];
    const key = `${packet.protocol} ${to}`;
    const all = others.get(key) ?? [];
    all.push({ at, packet });
    others.set(key, all);
    return [];
  });
  const together = Array.from(others.values(), (all): BypassingRecord[] =>
    all.slice(0, 1).map(({ at, packet }) => ({
      kind: 'packets',
      at,
      protocol: packet.protocol,
      to: destination(packet),
      packets: all.length,
      body: Buffer.concat(all.map((one) => one.packet.bytes)),
    })),
  );
  return [...records, ...together.flat()];
}

function flowsOf(seen: readonly Seen[], link: Link): Flow[] {
  const flows = new Map<string, Flow>();
  for (const { packet } of seen) {
    const { protocol, bytes } = packet;
    const [as, to] = [asOf(packet, link), destination(packet)];
    const key = `${as} ${protocol} ${to}`;
    const flow = flows.get(key) ?? { as, protocol, to, packets: 0, bytes: 0 };
    flow.packets += 1;
    flow.bytes += bytes.length;
    flows.set(key, flow);
  }
  return [...flows.values()];
}

interface Connection {
  fromPort: number;
  /** Sequence number of its first byte. */
  first: number;
  segments: { offset: number; payload: Uint8Array }[];
}

/** RFC 9293 §3.4: a connection begins with SYN, whose sequence number is one below that of its first byte. */
function connectionsOf(segments: readonly Segment[]): Connection[] {
  const all: Connection[] = [];
  const open = new Map<number, Connection>();
  for (const { fromPort, syn, sequence, payload } of segments) {
    const known = open.get(fromPort);
    const first = (sequence + 1) >>> 0;
    if (syn && known?.first !== first) {
      const connection = { fromPort, first, segments: [] };
      open.set(fromPort, connection);
      all.push(connection);
    } else if (!known) throw incomplete(`the beginning of a connection from port ${fromPort} is missing`);
    else if (payload.length > 0) known.segments.push({ offset: (sequence - known.first) >>> 0, payload });
  }
  return all;
}

/** Compares each recorded connection with the bytes that the forwarder received. */
function carriedBy(connections: readonly Connection[], taken: readonly ForwardedConnection[]): PacketFacts['proxied'] {
  const sums = { plain: { connections: 0, bytes: 0 }, tunnels: { connections: 0, bytes: 0 } };
  const left = [...taken];
  for (const connection of connections) {
    const { fromPort } = connection;
    const bytes = reach(connection);
    const at = left.findIndex((one) => one.fromPort === fromPort);
    const [other] = at < 0 ? [] : left.splice(at, 1);
    if (bytes !== (other?.bytes ?? 0))
      throw incomplete(`port ${fromPort} sent ${bytes} bytes, but ${other?.bytes ?? 0} reached the proxy`);
    const sum = isTunnel(connection) ? sums.tunnels : sums.plain;
    sum.connections += 1;
    sum.bytes += bytes;
  }
  const [missing] = left;
  if (missing) throw incomplete(`a connection from port ${missing.fromPort} reached the proxy, but was not recorded`);
  return sums;
}

/** Bytes of a connection without a gap. */
function reach({ fromPort, segments }: Connection): number {
  let end = 0;
  for (const { offset, payload } of segments.toSorted((a, b) => a.offset - b.offset)) {
    if (offset > end) throw incomplete(`bytes ${end} to ${offset} of a connection from port ${fromPort} are missing`);
    end = Math.max(end, offset + payload.length);
  }
  return end;
}

function isTunnel({ segments }: Connection): boolean {
  const first = segments.find(({ offset }) => offset === 0);
  return first !== undefined && new TextDecoder('latin1').decode(first.payload.subarray(0, 8)) === 'CONNECT ';
}

function incomplete(why: string): LodestoneError {
  return new LodestoneError('ERR_SCHEMA', `the packet recording is incomplete: ${why}`);
}
