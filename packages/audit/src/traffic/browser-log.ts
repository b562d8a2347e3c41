/**
 * Reads a browser's log for traffic that no proxy sees: DNS look-ups, and datagrams. Chromium writes a net log
 * (netlog-viewer.appspot.com), Firefox lines of MOZ_LOG, which contain look-ups only. Flow: browser → here → session.ts.
 * Spec: docs/design/audit.md#capture
 */
import type { SentDatagram, SentName } from './record.ts';

export type Logged = Omit<SentName, 'id'> | Omit<SentDatagram, 'id'>;

interface NetLogEvent {
  type: number;
  source: { id: number };
  /** Milliseconds of the browser's monotonic clock, as text. */
  time: string;
  params?: Record<string, unknown>;
}

interface NetLog {
  constants: { logEventTypes: Record<string, number>; timeTickOffset: number | string };
  events: NetLogEvent[];
}

/** A net log is valid even without its end, which a killed browser does not write. */
export function readNetLog(text: string): Logged[] {
  const { constants, events } = parse(text);
  const { DNS_TRANSACTION_QUERY, UDP_BYTES_SENT, UDP_CONNECT } = constants.logEventTypes;
  const connected = new Map<number, string>();
  return events.flatMap(({ type, source, time, params = {} }): Logged[] => {
    const at = Number(constants.timeTickOffset) + Number(time);
    const text = (key: string): string | undefined => (typeof params[key] === 'string' ? params[key] : undefined);
    if (type === UDP_CONNECT && text('address') !== undefined) connected.set(source.id, text('address') ?? '');
    const name = type === DNS_TRANSACTION_QUERY ? text('qname') : undefined;
    if (name !== undefined) return [{ kind: 'name', at, name: name.replace(/\.$/, ''), by: 'lookup' }];
    if (type !== UDP_BYTES_SENT) return [];
    const to = text('address') ?? connected.get(source.id) ?? 'unknown';
    // A query to a name server is recorded by its name already.
    return to.endsWith(':53') ? [] : [{ kind: 'datagram', at, to, body: Buffer.from(text('bytes') ?? '', 'base64') }];
  });
}

function parse(text: string): NetLog {
  const end = text.trimEnd().replace(/,$/, '');
  try {
    return JSON.parse(end) as NetLog;
  } catch {
    return JSON.parse(`${end}]}`) as NetLog;
  }
}

/** @param line of MOZ_LOG with `timestamp` and `nsHostResolver:5` */
export function readMozLog(text: string): Logged[] {
  const lookups = text.matchAll(
    /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\d* UTC .*Calling getaddrinfo for host \[([^\]]+)\]/gm,
  );
  return Array.from(lookups, ([, time = '', name = '']) => ({
    kind: 'name',
    at: Date.parse(`${time.replace(' ', 'T')}Z`),
    name,
    by: 'lookup',
  }));
}
