/**
 * What left a browser, as it was recorded: by the proxy, and where the proxy cannot see by the browser's own log and, if
 * packets are recorded, as packets.
 */

export type Sent = SentRequest | SentMessage | SentStream | SentName | SentDatagram | SentPackets;

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
  /** 0 while no answer has come. */
  status: number;
  receivedBytes: number;
  /** Kept where it is short: documents that the app was given. */
  response: Uint8Array | undefined;
  /** Why the proxy did not pass it on; then nothing of it has left this machine. */
  held: 'browser' | 'closed' | undefined;
}

/** One message of a WebSocket. */
export interface SentMessage extends Recorded {
  kind: 'message';
  url: string;
  body: Uint8Array;
}

/** A connection that speaks something else than HTTP, or whose TLS could not be looked into. */
export interface SentStream extends Recorded {
  kind: 'stream';
  /** host:port */
  to: string;
  body: Uint8Array;
  /** Not to be read: the browser did not accept the proxy's certificate. */
  opaque: boolean;
}

/** A name that was looked up, or that the page asked the browser to look up ahead. */
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

/** What left past the proxy and is no look-up and no datagram: all packets of one protocol to one place. */
export interface SentPackets extends Recorded {
  kind: 'packets';
  /** "TCP", "ICMP", … */
  protocol: string;
  to: string;
  packets: number;
  /** The packets, with their headers, one after the other. */
  body: Uint8Array;
}

/** Bytes on the wire, before compression and encryption by TLS; 0 for what was held back. */
export function sizeOf(sent: Sent): number {
  return sent.kind === 'request' && sent.held ? 0 : givenBytes(sent);
}

/** The same, also of what the proxy was given and held back. */
export function givenBytes(sent: Sent): number {
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

/** As HTTP/1.1 writes it; HTTP/2 packs it tighter. */
function headBytes({ method, url, headers }: SentRequest): number {
  const lines = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return method.length + url.length + 12 + lines;
}

/** Whom it went to: an origin, or host:port. */
export function destinationOf(sent: Sent): string {
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

/** The places in it that could carry something, each by name. */
export function* placesOf(sent: Sent): Generator<{ place: string; bytes: Uint8Array }> {
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

/** In words, for a report. */
export function whatOf(sent: Sent): string {
  switch (sent.kind) {
    case 'request':
      return `${sent.method} ${short(sent.url)}`;
    case 'message':
      return `a WebSocket message to ${short(sent.url)}`;
    case 'stream':
      return `a connection to ${sent.to}${sent.opaque ? ', which could not be looked into' : ''}`;
    case 'name':
      return `the name ${sent.name}, ${sent.by === 'hint' ? 'which the page asked to be looked up ahead' : 'which was looked up'}`;
    case 'datagram':
      return `a datagram to ${sent.to}`;
    case 'packets':
      return `${sent.packets} ${sent.packets === 1 ? 'packet' : 'packets'} of ${sent.protocol} to ${sent.to}, past the proxy`;
  }
}

function short(url: string): string {
  return url.length <= 160 ? url : `${url.slice(0, 159)}…`;
}
