/**
 * What packets come to: those to the proxy are counted, byte by byte, beside what the proxy was given; those of the link itself
 * are counted; every other is a record of traffic that has to be explained. Pure. Flow: pcap → dissect → here → session.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { SentDatagram, SentName, SentPackets } from '../traffic/record.ts';
import { ARP, dissect, MEMBERSHIP, NEIGHBOURS, type Packet, type Segment } from './dissect.ts';
import type { Taken } from './proxy-forwarder.ts';
import { plainNameAsked } from './dns-question.ts';
import { readPcap } from './pcap.ts';

/** The link on which they were recorded. */
export interface Link {
  /** Addresses of both ends. */
  ends: readonly string[];
  nameServer: string;
  /** Where the proxy is reached. */
  door: { address: string; port: number };
  /** By the door, of each connection in order. */
  taken: readonly Taken[];
}

export type PastProxy = Omit<SentName, 'id'> | Omit<SentDatagram, 'id'> | Omit<SentPackets, 'id'>;

export interface PacketRecord {
  past: readonly PastProxy[];
  facts: PacketFacts;
}

export interface PacketFacts {
  packets: number;
  /** On the link, headers and all. */
  bytes: number;
  /** What connections to the proxy carried: each byte once, however often it was sent. */
  proxied: {
    /** Requests that the proxy reads as they are. */
    plain: Carried;
    /** Ways through the proxy (CONNECT), most of them with TLS in them. */
    tunnels: Carried;
  };
  flows: readonly Flow[];
}

export interface Carried {
  connections: number;
  bytes: number;
}

/** All packets of one protocol to one place. */
export interface Flow {
  /** To the proxy, of the link itself, a look-up of a name, or past all that. */
  as: 'proxy' | 'link' | 'name' | 'past';
  protocol: string;
  to: string;
  packets: number;
  bytes: number;
}

interface Seen {
  at: number;
  packet: Packet;
}

/** @throws {LodestoneError} `ERR_SCHEMA` where the recording cannot be read, or is not whole */
export function recordsOf(recording: Uint8Array, link: Link): PacketRecord {
  const seen = readPcap(recording).map(({ at, bytes }) => ({ at, packet: dissect(bytes) }));
  const connections = connectionsOf(
    seen.flatMap(({ packet }) => (isSegment(packet) && isProxied(packet, link) ? [packet] : [])),
  );
  return {
    past: pastProxy(seen, link),
    facts: {
      packets: seen.length,
      bytes: seen.reduce((sum, { packet }) => sum + packet.bytes.length, 0),
      proxied: carriedBy(connections, link.taken),
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
  return nameIn(packet, link) === undefined ? 'past' : 'name';
}

function isProxied(packet: Packet, { door }: Link): boolean {
  return packet.kind === 'segment' && packet.to === door.address && packet.toPort === door.port;
}

/** The ends asking for each other, and a kernel telling which groups it listens to. */
function isOfLink({ kind, protocol, to }: Packet, { ends }: Link): boolean {
  if (kind !== 'other') return false;
  return protocol === MEMBERSHIP || ((protocol === ARP || protocol === NEIGHBOURS) && ends.includes(to));
}

function nameIn(packet: Packet, { nameServer }: Link): string | undefined {
  return packet.kind === 'datagram' && packet.to === nameServer && packet.toPort === 53
    ? plainNameAsked(packet.payload)
    : undefined;
}

function placeOf(packet: Packet): string {
  if (packet.kind === 'other') return packet.to;
  return packet.to.includes(':') ? `[${packet.to}]:${packet.toPort}` : `${packet.to}:${packet.toPort}`;
}

function pastProxy(seen: readonly Seen[], link: Link): PastProxy[] {
  const others = new Map<string, Seen[]>();
  const past = seen.flatMap(({ at, packet }): PastProxy[] => {
    const as = asOf(packet, link);
    if (as === 'name') return [{ kind: 'name', at, name: nameIn(packet, link) ?? '', by: 'lookup' }];
    if (as !== 'past') return [];
    const to = placeOf(packet);
    if (packet.kind === 'datagram') return [{ kind: 'datagram', at, to, body: packet.payload }];
    const key = `${packet.protocol} ${to}`;
    const all = others.get(key) ?? [];
    all.push({ at, packet });
    others.set(key, all);
    return [];
  });
  const together = Array.from(others.values(), (all): PastProxy[] =>
    all.slice(0, 1).map(({ at, packet }) => ({
      kind: 'packets',
      at,
      protocol: packet.protocol,
      to: placeOf(packet),
      packets: all.length,
      body: Buffer.concat(all.map((one) => one.packet.bytes)),
    })),
  );
  return [...past, ...together.flat()];
}

function flowsOf(seen: readonly Seen[], link: Link): Flow[] {
  const flows = new Map<string, Flow>();
  for (const { packet } of seen) {
    const { protocol, bytes } = packet;
    const [as, to] = [asOf(packet, link), placeOf(packet)];
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

/** RFC 9293 §3.4: a connection begins with SYN, whose number is one below that of its first byte. */
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
    } else if (!known) throw notWhole(`of a connection from port ${fromPort} the beginning is missing`);
    else if (payload.length > 0) known.segments.push({ offset: (sequence - known.first) >>> 0, payload });
  }
  return all;
}

/** Each connection as it was sent is set against how it came through the door. */
function carriedBy(connections: readonly Connection[], taken: readonly Taken[]): PacketFacts['proxied'] {
  const sums = { plain: { connections: 0, bytes: 0 }, tunnels: { connections: 0, bytes: 0 } };
  const left = [...taken];
  for (const connection of connections) {
    const { fromPort } = connection;
    const bytes = reach(connection);
    const at = left.findIndex((one) => one.fromPort === fromPort);
    const [other] = at < 0 ? [] : left.splice(at, 1);
    if (bytes !== (other?.bytes ?? 0))
      throw notWhole(`port ${fromPort} sent ${bytes} bytes, of which ${other?.bytes ?? 0} came to the proxy`);
    const sum = isTunnel(connection) ? sums.tunnels : sums.plain;
    sum.connections += 1;
    sum.bytes += bytes;
  }
  const [missing] = left;
  if (missing) throw notWhole(`a connection from port ${missing.fromPort} came to the proxy, and is not in it`);
  return sums;
}

/** How far a connection got without a gap. */
function reach({ fromPort, segments }: Connection): number {
  let end = 0;
  for (const { offset, payload } of segments.toSorted((a, b) => a.offset - b.offset)) {
    if (offset > end) throw notWhole(`of a connection from port ${fromPort} bytes ${end} to ${offset} are missing`);
    end = Math.max(end, offset + payload.length);
  }
  return end;
}

function isTunnel({ segments }: Connection): boolean {
  const first = segments.find(({ offset }) => offset === 0);
  return first !== undefined && new TextDecoder('latin1').decode(first.payload.subarray(0, 8)) === 'CONNECT ';
}

function notWhole(why: string): LodestoneError {
  return new LodestoneError('ERR_SCHEMA', `the recording of packets is not whole: ${why}`);
}
