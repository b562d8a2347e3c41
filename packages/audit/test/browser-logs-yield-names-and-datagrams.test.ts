import { expect, test } from 'vitest';
import { readMozLog, readNetLog } from '../src/traffic/browser-log.ts';

const NET = {
  constants: {
    logEventTypes: { DNS_TRANSACTION_QUERY: 1, UDP_BYTES_SENT: 2, UDP_CONNECT: 3, OTHER: 4 },
    timeTickOffset: 1_000_000,
  },
  events: [
    { type: 1, source: { id: 1 }, time: '5', params: { qname: 'stun.example.' } },
    { type: 1, source: { id: 1 }, time: '6', params: { net_error: -105 } },
    { type: 2, source: { id: 2 }, time: '7', params: { address: '192.0.2.1:3478', byte_count: 3, bytes: 'AQID' } },
    { type: 3, source: { id: 3 }, time: '8', params: { address: '192.0.2.53:53' } },
    { type: 2, source: { id: 3 }, time: '9', params: { byte_count: 1, bytes: 'AQ==' } },
    { type: 4, source: { id: 4 }, time: '10' },
  ],
};
const READ = [
  { kind: 'name', at: 1_000_005, name: 'stun.example', by: 'lookup' },
  { kind: 'datagram', at: 1_000_007, to: '192.0.2.1:3478', body: Buffer.from([1, 2, 3]) },
];

test('names and datagrams are read from a net log, and a query to a name server counts only as its name', () => {
  expect(readNetLog(JSON.stringify(NET))).toEqual(READ);
});

test('a truncated net log is read as far as it goes', () => {
  const text = JSON.stringify(NET, undefined, 1);
  expect(readNetLog(text.slice(0, text.lastIndexOf(']')).replace(/\}\s*$/, '},\n'))).toEqual(READ);
});

test('names are read from MOZ_LOG', () => {
  const line =
    '2026-11-24 08:00:01.250000 UTC - [Parent 7: DNS Resolver #1]: E/nsHostResolver DNS resolve task - Calling getaddrinfo for host [a.example].';
  expect(readMozLog(`something else\n${line}\n`)).toEqual([
    { kind: 'name', at: Date.UTC(2026, 10, 24, 8, 0, 1, 250), name: 'a.example', by: 'lookup' },
  ]);
});
