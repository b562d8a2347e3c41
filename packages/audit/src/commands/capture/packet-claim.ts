/** What a recording of packets proves: that the proxy saw all there was. Pure. Flow: records, account → here → claims. */
import type { Account } from '../../traffic/explain.ts';
import type { Session } from '../../traffic/session.ts';
import { givenBytes, type Sent, whatOf } from '../../traffic/record.ts';
import { broken, count, holds, type Outcome, untested } from '../../report/report.ts';
import type { PacketFacts } from '../../packets/records.ts';

/** What carries the requests, beside them. */
const OVERHEAD = {
  /** Of a request as it is: its empty line, and "Proxy-Connection: keep-alive", which the proxy does not hand on. */
  plainRequestBytes: 32,
  /** A request for the tunnel, and a handshake of TLS with post-quantum keys (some 2 kB). */
  tunnelBytes: 4_096,
  /** Of each record in a tunnel, and of all its bytes: TLS records; frames of HTTP/2 and WebSocket, also those that acknowledge. */
  tunnelRecordBytes: 256,
  tunnelShare: 0.02,
};

export const PACKETS_TESTED: string =
  'The browser ran in a network of its own, whose one link leads to the proxy and nowhere else, and every packet that it sent there was recorded. ' +
  'What its connections carried was compared with what came to the proxy, to the byte, and with what the proxy recorded of it: ' +
  `plain requests may have ${OVERHEAD.plainRequestBytes} bytes more each; ` +
  `tunnels, because of TLS and its like, ${OVERHEAD.tunnelBytes.toLocaleString('en')} each, ${OVERHEAD.tunnelRecordBytes} a record and ${OVERHEAD.tunnelShare * 100} %.`;

export function nothingPastProxy(
  { packets, traffic }: Pick<Session, 'packets' | 'traffic'>,
  account: Account,
): Outcome {
  if (!packets) return untested('Packets were not recorded in this run: that takes --packets, as root on Linux.');
  const past = pastOnes(account);
  if (past.length > 0)
    return broken(
      `Past the proxy: ${past.slice(0, 5).join('; ')}${past.length > 5 ? '; …' : ''}. In all ${figures(packets, traffic)}.`,
    );
  const unread = unreadBytes(packets, traffic);
  if (unread > 0)
    return broken(
      `${count(unread, 'byte')} more came to the proxy than its records account for: ${figures(packets, traffic)}.`,
    );
  if (packets.packets === 0) return untested('No packet was sent.');
  return holds(`${figures(packets, traffic)}. Nothing else.`);
}

/** In words, what the proxy did not see and nothing explains; the same again is counted. */
function pastOnes({ explained }: Account): string[] {
  const times = new Map<string, number>();
  for (const { sent, reason } of explained) {
    if (reason.by !== 'nothing' || !isPast(sent)) continue;
    times.set(whatOf(sent), (times.get(whatOf(sent)) ?? 0) + 1);
  }
  return Array.from(times, ([what, many]) => (many === 1 ? what : `${what} (${many} times)`));
}

/** A hint of a page is no packet. */
function isPast(sent: Sent): boolean {
  return sent.kind === 'packets' || sent.kind === 'datagram' || (sent.kind === 'name' && sent.by === 'lookup');
}

/** Of what came to the proxy: more than its records and what carries them. */
function unreadBytes({ proxied: { plain, tunnels } }: PacketFacts, traffic: readonly Sent[]): number {
  const recorded = recordedBy(traffic);
  const most = {
    plain: recorded.plain.bytes + recorded.plain.records * OVERHEAD.plainRequestBytes,
    tunnels:
      recorded.tunnels.bytes * (1 + OVERHEAD.tunnelShare) +
      recorded.tunnels.records * OVERHEAD.tunnelRecordBytes +
      tunnels.connections * OVERHEAD.tunnelBytes,
  };
  return Math.max(0, plain.bytes - most.plain) + Math.max(0, Math.ceil(tunnels.bytes - most.tunnels));
}

interface Recorded {
  records: number;
  bytes: number;
}

function recordedBy(traffic: readonly Sent[]): { plain: Recorded; tunnels: Recorded } {
  const sums = { plain: { records: 0, bytes: 0 }, tunnels: { records: 0, bytes: 0 } };
  for (const sent of traffic) {
    if (sent.kind !== 'request' && sent.kind !== 'message' && sent.kind !== 'stream') continue;
    const sum = isPlain(sent) ? sums.plain : sums.tunnels;
    sum.records += 1;
    sum.bytes += givenBytes(sent);
  }
  return sums;
}

/** Browsers ask for a tunnel where there is TLS in it, and for WebSockets. */
function isPlain(sent: Sent): boolean {
  return (
    sent.kind === 'request' &&
    sent.url.startsWith('http:') &&
    !sent.headers.some(([name]) => name.toLowerCase() === 'upgrade')
  );
}

function figures(
  { packets, bytes, proxied: { plain, tunnels }, flows }: PacketFacts,
  traffic: readonly Sent[],
): string {
  const recorded = recordedBy(traffic);
  const about = (as: string): { packets: number; protocols: string } => {
    const all = flows.filter((flow) => flow.as === as);
    return {
      packets: all.reduce((sum, flow) => sum + flow.packets, 0),
      protocols: [...new Set(all.map(({ protocol }) => protocol))].join(', '),
    };
  };
  const [link, names] = [about('link'), about('name')];
  const connections = count(plain.connections + tunnels.connections, 'connection');
  return [
    `${count(packets, 'packet')} of ${count(bytes, 'byte')}: ${connections} to the proxy, every byte of which came to it, with ${count(plain.bytes, 'byte')} of plain requests, which it recorded as ${count(recorded.plain.records, 'request')} of ${count(recorded.plain.bytes, 'byte')}`,
    ...(tunnels.connections > 0
      ? [
          `${count(tunnels.bytes, 'byte')} in ${count(tunnels.connections, 'tunnel')}, which it recorded as ${count(recorded.tunnels.records, 'request or message', 'requests and messages')} of ${count(recorded.tunnels.bytes, 'byte')}`,
        ]
      : []),
    ...(names.packets > 0 ? [`${count(names.packets, 'packet')} that ask for names`] : []),
    ...(link.packets > 0 ? [`${count(link.packets, 'packet')} of the link itself (${link.protocols})`] : []),
  ].join('; ');
}
