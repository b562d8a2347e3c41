/**
 * Traffic as it was recorded: by the proxy, by the browser's log for traffic that no proxy sees, and as packets.
 * Flow: proxy.ts, browser-log.ts, packets/ → here → explain.ts, search.ts. Spec: docs/design/audit.md#capture
 */

/** Why the proxy blocked a request: it went to the browser's maker, or came after the recording ended. */
export const BLOCK_REASONS = ['browser-maker', 'recording-ended'] as const;
export type BlockReason = (typeof BLOCK_REASONS)[number];

export type TrafficRecord = SentRequest | SentMessage | SentStream | SentName | SentDatagram | SentPackets;

interface Recorded {
  /** In the order in which they were recorded, from 0. */
  id: number;
  /** Milliseconds since 1970. */
  at: number;
}

export interface SentRequest extends Recorded {
  kind: 'request';
  method: string;
  url: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: Uint8Array;
  /** 0 until a response arrives. */
  status: number;
  receivedBytes: number;
  /** Kept if it is short, such as the app's documents. */
  response: Uint8Array | undefined;
  /** Set if the proxy blocked the request; then nothing of it left this machine. */
  blocked: BlockReason | undefined;
}

/** One WebSocket message. */
export interface SentMessage extends Recorded {
  kind: 'message';
  url: string;
  body: Uint8Array;
}

/** A connection that does not use HTTP, or whose TLS could not be decrypted. */
export interface SentStream extends Recorded {
  kind: 'stream';
  /** host:port */
  to: string;
  body: Uint8Array;
  /** Unreadable, since the browser did not accept the proxy's certificate. */
  opaque: boolean;
}

/** A DNS look-up, or a resource hint of the page that requests one. */
export interface SentName extends Recorded {
  kind: 'name';
  name: string;
  by: 'lookup' | 'hint';
}

export interface SentDatagram extends Recorded {
  kind: 'datagram';
  to: string;
  body: Uint8Array;
}

/** Packets of one protocol to one destination that bypassed the proxy, apart from look-ups and datagrams. */
export interface SentPackets extends Recorded {
  kind: 'packets';
  /** "TCP", "ICMP", … */
  protocol: string;
  to: string;
  packets: number;
  /** The packets with their headers, concatenated. */
  body: Uint8Array;
}

/** Bytes on the wire, before TLS; 0 for a blocked request. */
export function sizeOf(sent: TrafficRecord): number {
  return sent.kind === 'request' && sent.blocked ? 0 : receivedByProxy(sent);
}

/** The same, including blocked requests. */
export function receivedByProxy(sent: TrafficRecord): number {
  switch (sent.kind) {
    case 'request':
      return headBytes(sent) + sent.body.length;
    case 'name':
      return sent.name.length;
    case 'message':
    case 'stream':
    case 'datagram':
    case 'packets':
      return sent.body.length;
  }
}

/** In HTTP/1.1; HTTP/2 compresses headers. */
function headBytes({ method, url, headers }: SentRequest): number {
  const lines = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return method.length + url.length + 12 + lines;
}

/** An origin, or host:port. */
export function destinationOf(sent: TrafficRecord): string {
  switch (sent.kind) {
    case 'request':
      return new URL(sent.url).origin;
    case 'message':
      return new URL(sent.url).origin.replace(/^ws/, 'http');
    case 'name':
      return sent.name;
    case 'stream':
    case 'datagram':
    case 'packets':
      return sent.to;
  }
}

/** The parts of a record that could carry content. */
export function* searchablePlaces(sent: TrafficRecord): Generator<{ place: string; bytes: Uint8Array }> {
  const encoder = new TextEncoder();
  switch (sent.kind) {
    case 'request':
      yield { place: 'address', bytes: encoder.encode(sent.url) };
      for (const [name, value] of sent.headers)
        yield { place: `header ${name}`, bytes: encoder.encode(`${name}: ${value}`) };
      yield { place: 'body', bytes: sent.body };
      return;
    case 'message':
      yield { place: 'address', bytes: encoder.encode(sent.url) };
      yield { place: 'message', bytes: sent.body };
      return;
    case 'stream':
    case 'datagram':
    case 'packets':
      yield { place: 'bytes', bytes: sent.body };
      return;
    case 'name':
      yield { place: 'name', bytes: encoder.encode(sent.name) };
      yield { place: 'name without dots', bytes: encoder.encode(sent.name.replaceAll('.', '')) };
  }
}

/** For reports. */
export function describeRecord(sent: TrafficRecord): string {
  switch (sent.kind) {
    case 'request':
      return `${sent.method} ${short(sent.url)}`;
    case 'message':
      return `a WebSocket message to ${short(sent.url)}`;
    case 'stream':
      return `a connection to ${sent.to}${sent.opaque ? '; its TLS could not be decrypted' : ''}`;
    case 'name':
      return `the name ${sent.name}, ${sent.by === 'hint' ? 'requested by a resource hint of the page' : 'looked up'}`;
    case 'datagram':
      return `a datagram to ${sent.to}`;
    case 'packets':
      return `${sent.packets} ${sent.packets === 1 ? 'packet' : 'packets'} of ${sent.protocol} to ${sent.to}; they bypassed the proxy`;
  }
}

function short(url: string): string {
  return url.length <= 160 ? url : `${url.slice(0, 159)}…`;
}
