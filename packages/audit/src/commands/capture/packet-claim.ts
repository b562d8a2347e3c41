/** The claim about recorded packets: nothing bypassed the proxy. Pure. Flow: packet records, explanation → here → claims.ts. Spec: docs/design/audit.md#packets */
import type { Explanation } from '../../traffic/explain.ts';
import type { Session } from '../../traffic/session.ts';
import { receivedByProxy, type TrafficRecord, describeRecord } from '../../traffic/record.ts';
import { count, fail, notTested, type Outcome, pass } from '../../report/report.ts';
import type { PacketFacts } from '../../packets/records.ts';

/** Bytes allowed in addition to the recorded requests. */
const OVERHEAD = {
  /** For each plain request: its empty line, and "Proxy-Connection: keep-alive", which the proxy does not forward. */
  plainRequestBytes: 32,
  /** For each tunnel: the CONNECT request, and a TLS handshake with post-quantum keys (about 2 kB). */
  tunnelBytes: 4_096,
  /** For each record in a tunnel, and as a share of its bytes: TLS records, and frames of HTTP/2 and WebSocket. */
  tunnelRecordBytes: 256,
  tunnelShare: 0.02,
};

export const PACKETS_TESTED: string =
  'The browser ran in a network namespace whose only link leads to the proxy, and every packet that it sent was recorded. ' +
  'The bytes of its connections were compared with the bytes that reached the proxy, and with the requests that the proxy recorded: ' +
  `plain requests may have ${OVERHEAD.plainRequestBytes} further bytes each; ` +
  `because of TLS and framing, tunnels may have ${OVERHEAD.tunnelBytes.toLocaleString('en')} each, ${OVERHEAD.tunnelRecordBytes} for each record, and ${OVERHEAD.tunnelShare * 100} %.`;

export function nothingBypassesProxy(
  { packets, traffic }: Pick<Session, 'packets' | 'traffic'>,
  explanation: Explanation,
): Outcome {
  if (!packets) return notTested('Packets were not recorded in this run. Recording needs --packets, as root on Linux.');
  const found = bypassing(explanation);
  if (found.length > 0)
    return fail(
      `Bypassed the proxy: ${found.slice(0, 5).join('; ')}${found.length > 5 ? '; …' : ''}. Totals: ${figures(packets, traffic)}.`,
    );
  const unread = unreadBytes(packets, traffic);
  if (unread > 0)
    return fail(
      `${count(unread, 'byte')} more reached the proxy than its records explain: ${figures(packets, traffic)}.`,
    );
  if (packets.packets === 0) return notTested('No packet was sent.');
  return pass(`${figures(packets, traffic)}; nothing else.`);
}

/** Descriptions of unexplained records that bypassed the proxy, each with its count. */
function bypassing({ explained }: Explanation): string[] {
  const times = new Map<string, number>();
  for (const { sent, reason } of explained) {
    if (reason.by !== 'unexplained' || !bypassesProxy(sent)) continue;
    times.set(describeRecord(sent), (times.get(describeRecord(sent)) ?? 0) + 1);
  }
  return Array.from(times, ([what, many]) => (many === 1 ? what : `${what} (${many} times)`));
}

/** A resource hint alone sends no packet. */
function bypassesProxy(sent: TrafficRecord): boolean {
  return sent.kind === 'packets' || sent.kind === 'datagram' || (sent.kind === 'name' && sent.by === 'lookup');
}

/** Bytes that reached the proxy, minus its records and their allowed overhead. */
function unreadBytes({ proxied: { plain, tunnels } }: PacketFacts, traffic: readonly TrafficRecord[]): number {
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

function recordedBy(traffic: readonly TrafficRecord[]): { plain: Recorded; tunnels: Recorded } {
  const sums = { plain: { records: 0, bytes: 0 }, tunnels: { records: 0, bytes: 0 } };
  for (const sent of traffic) {
    if (sent.kind !== 'request' && sent.kind !== 'message' && sent.kind !== 'stream') continue;
    const sum = isPlain(sent) ? sums.plain : sums.tunnels;
    sum.records += 1;
    sum.bytes += receivedByProxy(sent);
  }
  return sums;
}

/** Browsers request a tunnel for TLS and for WebSockets. */
function isPlain(sent: TrafficRecord): boolean {
  return (
    sent.kind === 'request' &&
    sent.url.startsWith('http:') &&
    !sent.headers.some(([name]) => name.toLowerCase() === 'upgrade')
  );
}

function figures(
  { packets, bytes, proxied: { plain, tunnels }, flows }: PacketFacts,
  traffic: readonly TrafficRecord[],
): string {
  const recorded = recordedBy(traffic);
  const about = (as: string): { packets: number; protocols: string } => {
    const all = flows.filter((flow) => flow.as === as);
    return {
      packets: all.reduce((sum, flow) => sum + flow.packets, 0),
      protocols: [...new Set(all.map(({ protocol }) => protocol))].join(', '),
    };
  };
  const [link, names] = [about('link'), about('lookup')];
  const connections = count(plain.connections + tunnels.connections, 'connection');
  return [
    `${count(packets, 'packet')} of ${count(bytes, 'byte')}: ${connections} to the proxy, whose bytes all reached it, with ${count(plain.bytes, 'byte')} of plain requests, recorded as ${count(recorded.plain.records, 'request')} of ${count(recorded.plain.bytes, 'byte')}`,
    ...(tunnels.connections > 0
      ? [
          `${count(tunnels.bytes, 'byte')} in ${count(tunnels.connections, 'tunnel')}, recorded as ${count(recorded.tunnels.records, 'request or message', 'requests and messages')} of ${count(recorded.tunnels.bytes, 'byte')}`,
        ]
      : []),
    ...(names.packets > 0 ? [count(names.packets, 'DNS query packet')] : []),
    ...(link.packets > 0 ? [`${count(link.packets, 'packet')} that maintain the link (${link.protocols})`] : []),
  ].join('; ');
}
