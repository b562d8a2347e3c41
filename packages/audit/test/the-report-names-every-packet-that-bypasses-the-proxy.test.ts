import { expect, test } from 'vitest';
import { explain } from '../src/traffic/explain.ts';
import { searchFor } from '../src/traffic/search.ts';
import type { Sent } from '../src/traffic/record.ts';
import { nothingPastProxy } from '../src/commands/capture/packet-claim.ts';
import { checkMachine, ensureRecordable, obtainProgram } from '../src/packets/programs.ts';
import { type Link, type PacketRecord, recordsOf } from '../src/packets/records.ts';
import { arp, bytesOf, ipv4, ipv6, pcap, question, type SegmentOptions, tcp, udp } from './fixture/packets.ts';
import { file, noise, request } from './fixture/traffic.ts';

const PROXY = '198.18.0.1';
const LINK: Link = {
  ends: ['198.18.0.2', PROXY],
  nameServer: PROXY,
  door: { address: PROXY, port: 8_000 },
  taken: [],
};
const NOBODY = '203.0.113.9';
const recorded = (frames: readonly Uint8Array[], taken: Link['taken'] = []): PacketRecord =>
  recordsOf(pcap(frames), { ...LINK, taken });
const toProxy = (options: SegmentOptions): Uint8Array => ipv4(6, PROXY, tcp({ toPort: 8_000, ...options }));
const FIRST = 0xffff_fff0;
/** From the byte of a connection that is at `offset`, over the end of the numbers. */
const part = (offset: number, payload: Uint8Array): Uint8Array =>
  toProxy({ sequence: (FIRST + 1 + offset) >>> 0, payload });
const SYN = toProxy({ syn: true, sequence: FIRST });
const TAKEN = [{ fromPort: 40_000, bytes: 100 }];

test('what goes to the proxy is counted, each byte once, in whatever order and however often it was sent', () => {
  const whole = noise(100);
  const frames = [
    SYN,
    part(60, whole.subarray(60)),
    SYN,
    part(0, whole.subarray(0, 70)),
    part(0, whole.subarray(0, 70)),
  ];
  const { past, facts } = recorded(frames, TAKEN);
  expect(past).toEqual([]);
  expect(facts.proxied).toEqual({ plain: { connections: 1, bytes: 100 }, tunnels: { connections: 0, bytes: 0 } });
  expect(facts.flows).toEqual([{ as: 'proxy', protocol: 'TCP', to: `${PROXY}:8000`, packets: 5, bytes: 5 * 40 + 180 }]);
});

test('a way through the proxy is told from requests that it reads', () => {
  const connect = new TextEncoder().encode('CONNECT lists.example:443 HTTP/1.1\r\n\r\n');
  const taken = [{ fromPort: 40_000, bytes: connect.length }];
  expect(recorded([SYN, part(0, connect)], taken).facts.proxied.tunnels).toEqual({
    connections: 1,
    bytes: connect.length,
  });
});

test.each([
  ['a gap', [SYN, part(0, noise(40)), part(60, noise(40))], TAKEN],
  ['fewer bytes than came to the proxy', [SYN, part(0, noise(99))], TAKEN],
  ['more bytes than came to the proxy', [SYN, part(0, noise(101))], TAKEN],
  ['a connection that is only in it', [SYN, part(0, noise(100))], []],
  ['a connection that is not in it', [], TAKEN],
  ['a connection without its beginning', [part(0, noise(100))], TAKEN],
])('a recording with %s is not whole, and proves nothing', (_what, frames, taken) => {
  expect(() => recorded(frames, taken)).toThrow(expect.objectContaining({ code: 'ERR_SCHEMA' }));
});

test('each way past the proxy is a record with what it carried', () => {
  const payload = noise(30);
  const { past } = recorded([
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
  const told = past.map((one) =>
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
  const holds = (one: (typeof past)[number]): boolean => one.kind !== 'name' && Buffer.from(one.body).includes(payload);
  expect(past.filter(holds)).toHaveLength(5);
});

test('what the link asks for itself is counted, and is no record', () => {
  const membership = ipv6(58, 'ff020000000000000000000000000016', bytesOf(143, noise(20)));
  const { past, facts } = recorded([arp(PROXY), membership]);
  expect(past).toEqual([]);
  expect(facts.flows.map(({ as, protocol }) => `${as} ${protocol}`)).toEqual(['link ARP', 'link multicast membership']);
});

const asTraffic = ({ past }: PacketRecord): Sent[] => past.map((one, id) => ({ ...one, id }));
const account = (traffic: readonly Sent[]) =>
  explain(traffic, [], {
    own: [`http://${NOBODY}:443`, 'http://app.example'],
    isBrowsers: (host) => host === 'maker.example',
  });

test('past the proxy nothing is the host’s own but look-ups of its name', () => {
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
    'datagram nothing',
    'name browser',
    'name nothing',
    'name own',
    'packets nothing',
  ]);
});

test('content is found in a packet of any protocol', () => {
  const content = noise(500);
  const piece = content.subarray(200, 216);
  const traffic = asTraffic(recorded([ipv4(1, NOBODY, piece), ipv4(47, NOBODY, bytesOf(noise(3, 7), piece))]));
  const search = searchFor([file('a.jpg', content)], []);
  expect(traffic.map((sent) => search.in(sent).map(({ what }) => what))).toEqual([['content'], ['content']]);
});

function outcome(record: PacketRecord | undefined, through: readonly Sent[] = []) {
  const traffic = [...through, ...(record ? asTraffic(record) : [])];
  return nothingPastProxy({ packets: record?.facts, traffic }, account(traffic));
}

test('the promise holds, breaks, or is not tested', () => {
  const own = request('http://app.example/');
  const recordedBytes = 'GET http://app.example/ HTTP/1.1\r\n'.length - 2 + 'User-Agent: Test/1.0\r\n'.length + 2;
  const sent = (bytes: number) => recorded([SYN, part(0, noise(bytes))], [{ fromPort: 40_000, bytes }]);
  expect(outcome(undefined)).toMatchObject({ verdict: 'untested', seen: expect.stringContaining('--packets') });
  expect(outcome(recorded([]))).toMatchObject({ verdict: 'untested' });
  expect(outcome(sent(recordedBytes + 32), [own])).toMatchObject({ verdict: 'holds' });
  expect(outcome(sent(recordedBytes + 33), [own])).toMatchObject({
    verdict: 'broken',
    seen: expect.stringMatching(/^1 byte more came to the proxy/),
  });
  const leak = ipv4(17, NOBODY, udp(3478, noise(20)));
  expect(outcome(recorded([leak, leak]))).toMatchObject({
    verdict: 'broken',
    seen: expect.stringMatching(`a datagram to ${NOBODY}:3478 \\(2 times\\)`),
  });
});

test('what cannot be recorded is said before anything begins, with what is lacking', async () => {
  const failing = { code: 'ERR_UNSUPPORTED' };
  await expect(ensureRecordable('firefox', () => {})).rejects.toMatchObject({ code: 'ERR_USAGE' });
  expect(() => checkMachine('darwin', 0)).toThrow(expect.objectContaining(failing));
  expect(() => checkMachine('win32', undefined)).toThrow(expect.objectContaining(failing));
  expect(() => checkMachine('linux', 1000)).toThrow(/needs root, and this is uid 1000/);
  expect(checkMachine('linux', 0)).toBeUndefined();
});

test('a program that is not there is installed, or the error names it and what helps', async () => {
  const trace: string[] = [];
  const way = (name: string, fails?: string) => ({
    name,
    take: () => {
      trace.push(name);
      return fails === undefined ? Promise.resolve() : Promise.reject(new Error(fails));
    },
  });
  const say = (line: string): void => void trace.push(`said: ${line}`);
  await obtainProgram('tcpdump', () => true, [way('never')], say);
  await obtainProgram('tcpdump', () => trace.includes('apt-get'), [way('apt-get')], say);
  expect(trace).toEqual(['said: No tcpdump here: trying apt-get', 'apt-get']);
  const error = obtainProgram('ip', () => false, [way('apt-get', 'no route')], say);
  await expect(error).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  await expect(error).rejects.toThrow(/program ip\.\n {2}apt-get: no route\n.*apt-get install iproute2/);
});
