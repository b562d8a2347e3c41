import { expect, test } from 'vitest';
import { explainTraffic } from '../src/traffic/explain.ts';
import { searchFor } from '../src/traffic/search.ts';
import type { TrafficRecord } from '../src/traffic/record.ts';
import { nothingBypassesProxy } from '../src/commands/capture/packet-claim.ts';
import { checkMachine, requireProgram, requireRecordable } from '../src/packets/programs.ts';
import { type Link, type PacketRecord, recordsOf } from '../src/packets/records.ts';
import { arp, bytesOf, ipv4, ipv6, pcap, question, type SegmentOptions, tcp, udp } from './fixture/packets.ts';
import { file, hitsIn, noise, request } from './fixture/traffic.ts';

const PROXY = '198.18.0.1';
const LINK: Link = {
  ends: ['198.18.0.2', PROXY],
  nameServer: PROXY,
  forwarder: { address: PROXY, port: 8_000 },
  forwarded: [],
};
const NOBODY = '203.0.113.9';
const recorded = (frames: readonly Uint8Array[], taken: Link['forwarded'] = []): PacketRecord =>
  recordsOf(pcap(frames), { ...LINK, forwarded: taken });
const toProxy = (options: SegmentOptions): Uint8Array => ipv4(6, PROXY, tcp({ toPort: 8_000, ...options }));
const FIRST = 0xffff_fff0;
/** A segment that starts at byte `offset` of a connection. The sequence numbers wrap around. */
const part = (offset: number, payload: Uint8Array): Uint8Array =>
  toProxy({ sequence: (FIRST + 1 + offset) >>> 0, payload });
const SYN = toProxy({ syn: true, sequence: FIRST });
const TAKEN = [{ fromPort: 40_000, bytes: 100 }];

test('each byte to the proxy is counted once, in any order and with retransmissions', () => {
  const whole = noise(100);
  const frames = [
    SYN,
    part(60, whole.subarray(60)),
    SYN,
    part(0, whole.subarray(0, 70)),
    part(0, whole.subarray(0, 70)),
  ];
  const { bypassing, facts } = recorded(frames, TAKEN);
  expect(bypassing).toEqual([]);
  expect(facts.proxied).toEqual({ plain: { connections: 1, bytes: 100 }, tunnels: { connections: 0, bytes: 0 } });
  expect(facts.flows).toEqual([{ as: 'proxy', protocol: 'TCP', to: `${PROXY}:8000`, packets: 5, bytes: 5 * 40 + 180 }]);
});

test('tunnels are counted apart from plain requests', () => {
  const connect = new TextEncoder().encode('CONNECT lists.example:443 HTTP/1.1\r\n\r\n');
  const taken = [{ fromPort: 40_000, bytes: connect.length }];
  expect(recorded([SYN, part(0, connect)], taken).facts.proxied.tunnels).toEqual({
    connections: 1,
    bytes: connect.length,
  });
});

test.each([
  ['a gap', [SYN, part(0, noise(40)), part(60, noise(40))], TAKEN],
  ['fewer bytes than reached the proxy', [SYN, part(0, noise(99))], TAKEN],
  ['more bytes than reached the proxy', [SYN, part(0, noise(101))], TAKEN],
  ['a connection that did not reach the proxy', [SYN, part(0, noise(100))], []],
  ['a missing connection', [], TAKEN],
  ['a connection without its start', [part(0, noise(100))], TAKEN],
])('a recording with %s is refused as incomplete', (_what, frames, taken) => {
  expect(() => recorded(frames, taken)).toThrow(expect.objectContaining({ code: 'ERR_SCHEMA' }));
});

test('each packet that bypasses the proxy becomes a record with its payload', () => {
  const payload = noise(30);
  const { bypassing } = recorded([
    ipv4(17, NOBODY, udp(3478, payload)),
    ipv6(17, '20010db8000000000000000000000009', udp(443, payload)),
    ipv4(17, PROXY, udp(53, question('stun.example'))),
    ipv4(17, NOBODY, udp(53, question('stun.example'))),
    ipv4(17, PROXY, udp(53, payload)),
    ipv4(6, NOBODY, tcp({ syn: true, payload })),
    ipv4(6, NOBODY, tcp({ syn: true, payload })),
    ipv4(6, PROXY, tcp({ toPort: 8_001, syn: true })),
    ipv4(1, NOBODY, payload),
    arp('198.18.0.77'),
  ]);
  const told = bypassing.map((one) =>
    one.kind === 'name'
      ? one.name
      : `${one.kind === 'packets' ? `${one.packets} ${one.protocol}` : one.kind} ${one.to}`,
  );
  expect(told).toEqual([
    `datagram ${NOBODY}:3478`,
    'datagram [2001:db8::9]:443',
    'stun.example',
    `datagram ${NOBODY}:53`,
    `datagram ${PROXY}:53`,
    `2 TCP ${NOBODY}:443`,
    `1 TCP ${PROXY}:8001`,
    `1 ICMP ${NOBODY}`,
    '1 ARP 198.18.0.77',
  ]);
  const holds = (one: (typeof bypassing)[number]): boolean =>
    one.kind !== 'name' && Buffer.from(one.body).includes(payload);
  expect(bypassing.filter(holds)).toHaveLength(5);
});

test('packets that maintain the link are counted, but are not records', () => {
  const membership = ipv6(58, 'ff020000000000000000000000000016', bytesOf(143, noise(20)));
  const { bypassing, facts } = recorded([arp(PROXY), membership]);
  expect(bypassing).toEqual([]);
  expect(facts.flows.map(({ as, protocol }) => `${as} ${protocol}`)).toEqual(['link ARP', 'link multicast membership']);
});

const asTraffic = ({ bypassing }: PacketRecord): TrafficRecord[] => bypassing.map((one, id) => ({ ...one, id }));
const account = (traffic: readonly TrafficRecord[]) =>
  explainTraffic(traffic, [], {
    firstParty: [`http://${NOBODY}:443`, 'http://app.example'],
    isBrowserMaker: (host) => host === 'maker.example',
  });

test('only DNS look-ups of first-party names may bypass the proxy', () => {
  const traffic = asTraffic(
    recorded([
      ipv4(6, NOBODY, tcp({ syn: true })),
      ipv4(17, NOBODY, udp(443, noise(9))),
      ipv4(17, PROXY, udp(53, question('app.example'))),
      ipv4(17, PROXY, udp(53, question('maker.example'))),
      ipv4(17, PROXY, udp(53, question('stranger.example'))),
    ]),
  );
  const reasons = account(traffic).explained.map(({ sent, reason }) => `${sent.kind} ${reason.by}`);
  expect(reasons.toSorted()).toEqual([
    'datagram unexplained',
    'name browser',
    'name first-party',
    'name unexplained',
    'packets unexplained',
  ]);
});

test('content is found in packets of any protocol', () => {
  const content = noise(500);
  const piece = content.subarray(200, 216);
  const traffic = asTraffic(recorded([ipv4(1, NOBODY, piece), ipv4(47, NOBODY, bytesOf(noise(3, 7), piece))]));
  const search = searchFor([file('a.jpg', content)], []);
  expect(traffic.map((sent) => hitsIn(search, sent).map(({ what }) => what))).toEqual([['content'], ['content']]);
});

function outcome(record: PacketRecord | undefined, through: readonly TrafficRecord[] = []) {
  const traffic = [...through, ...(record ? asTraffic(record) : [])];
  return nothingBypassesProxy({ packets: record?.facts, traffic }, account(traffic));
}

test('the claim passes, fails or is not tested', () => {
  const own = request('http://app.example/');
  const recordedBytes = 'GET http://app.example/ HTTP/1.1\r\n'.length - 2 + 'User-Agent: Test/1.0\r\n'.length + 2;
  const sent = (bytes: number) => recorded([SYN, part(0, noise(bytes))], [{ fromPort: 40_000, bytes }]);
  expect(outcome(undefined)).toMatchObject({ status: 'not-tested', result: expect.stringContaining('--packets') });
  expect(outcome(recorded([]))).toMatchObject({ status: 'not-tested' });
  expect(outcome(sent(recordedBytes + 32), [own])).toMatchObject({ status: 'pass' });
  expect(outcome(sent(recordedBytes + 33), [own])).toMatchObject({
    status: 'fail',
    result: expect.stringMatching(/^1 byte more reached the proxy/),
  });
  const leak = ipv4(17, NOBODY, udp(3478, noise(20)));
  expect(outcome(recorded([leak, leak]))).toMatchObject({
    status: 'fail',
    result: expect.stringMatching(`a datagram to ${NOBODY}:3478 \\(2 times\\)`),
  });
});

test('a machine that cannot record packets is refused before the session, with the missing requirement', () => {
  const failing = { code: 'ERR_UNSUPPORTED' };
  expect(() => requireRecordable('firefox')).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }));
  expect(() => checkMachine('darwin', 0)).toThrow(expect.objectContaining(failing));
  expect(() => checkMachine('win32', undefined)).toThrow(expect.objectContaining(failing));
  expect(() => checkMachine('linux', 1000)).toThrow(/needs root, but this process has uid 1000/);
  expect(checkMachine('linux', 0)).toBeUndefined();
});

test('a missing program is reported with the command that installs it', () => {
  expect(requireProgram('tcpdump', () => true)).toBeUndefined();
  expect(() => requireProgram('ip', () => false)).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
  expect(() => requireProgram('ip', () => false)).toThrow(/needs the program ip\. Install it/);
});
