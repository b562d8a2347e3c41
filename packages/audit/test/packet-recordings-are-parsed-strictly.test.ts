/** Spec: draft-ietf-opsawg-pcap; Ethernet frames: RFC 826, 791, 8200, 9293, 768. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LodestoneError } from '@lodestone/protocol/error';
import { dissect } from '../src/packets/dissect.ts';
import { plainQuestionName } from '../src/packets/dns-question.ts';
import { readPcap } from '../src/packets/pcap.ts';
import { arp, bytesOf, ethernet, ipv4, ipv6, pcap, question, tcp, udp } from './fixture/packets.ts';
import { noise } from './fixture/traffic.ts';

const FRAMES = [
  ipv4(17, '203.0.113.9', udp(3478, noise(20))),
  ipv4(6, '203.0.113.9', tcp({ syn: true })),
  ipv6(17, '20010db8000000000000000000000009', udp(3478, noise(20))),
  arp('198.18.0.1'),
];

/** @returns the code and message of the typed error; other errors are thrown again */
function refusal(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    if (error instanceof LodestoneError) return `${error.code} ${error.message}`;
    throw error;
  }
}

test.each([
  { littleEndian: true, nano: false },
  { littleEndian: false, nano: false },
  { littleEndian: true, nano: true },
  { littleEndian: false, nano: true },
])('frames and times are parsed: %o', (options) => {
  const frames = readPcap(pcap(FRAMES, options));
  expect(frames.map(({ at }) => at)).toEqual([1_500, 2_500, 3_500, 4_500]);
  expect(frames.map(({ bytes }) => Buffer.from(bytes))).toEqual(FRAMES.map((frame) => Buffer.from(frame)));
  expect(readPcap(pcap([], options))).toEqual([]);
});

test('a file that is cut anywhere but between two packets is refused', () => {
  const file = pcap(FRAMES);
  const whole = FRAMES.map((_, i) => pcap(FRAMES.slice(0, i)).length);
  for (let length = 0; length < file.length; length++) {
    const read = () => readPcap(file.subarray(0, length));
    if (whole.includes(length)) expect(read()).toHaveLength(whole.indexOf(length));
    else expect(refusal(read), `${length} bytes`).toMatch(/^ERR_SCHEMA .*truncated/);
  }
});

test.each([
  ['another magic number', 0, '0a0d0d0a', 'does not start'],
  ['another version', 4, '0300', 'version is 3.4'],
  ['another link', 20, '71000000', 'link type is 113'],
  ['a checksum after each frame', 20, '01000044', 'link type'],
  ['a truncated packet', 36, 'ffff0000', 'not recorded completely'],
  ['a packet of 4 GB', 32, 'ffffffffffffffff', 'not recorded completely'],
  ['an invalid microsecond', 28, '40420f00', 'time'],
])('%s is refused', (_what, at, change, why) => {
  const file = Buffer.from(pcap(FRAMES));
  file.set(bytesOf(change), at);
  expect(refusal(() => readPcap(file))).toMatch(new RegExp(`^ERR_SCHEMA .*${why}`));
});

test('any bytes are parsed or refused with a typed error, and never yield more frames than fit', () => {
  const head = fc.constant(pcap([]));
  const hostile = fc.tuple(fc.option(head), fc.uint8Array({ maxLength: 400 }));
  fc.assert(
    fc.property(hostile, ([start, rest]) => {
      const file = bytesOf(start ?? [], rest);
      let frames: unknown[] = [];
      const result = refusal(() => (frames = readPcap(file)));
      expect(result).toMatch(/^(read|ERR_SCHEMA )/);
      expect(frames.length).toBeLessThanOrEqual(file.length / 16);
    }),
  );
});

test('a packet yields protocol, addresses, ports and payload', () => {
  const payload = noise(30);
  const segment = ipv4(6, '203.0.113.9', tcp({ syn: true, sequence: 0xffff_fff0, payload }));
  expect(dissect(segment)).toMatchObject({
    kind: 'segment',
    from: '198.18.0.2',
    to: '203.0.113.9',
    fromPort: 40_000,
    toPort: 443,
    syn: true,
    sequence: 0xffff_fff0,
  });
  for (const frame of [segment, ipv4(17, '203.0.113.9', udp(53, payload))]) {
    const packet = dissect(frame);
    expect(packet.kind !== 'other' && Buffer.from(packet.payload).equals(payload)).toBe(true);
  }
  expect(dissect(ipv6(17, '20010db8000000000000000000000009', udp(3478, payload)))).toMatchObject({
    kind: 'datagram',
    from: '2001:2::2',
    to: '2001:db8::9',
    toPort: 3478,
  });
  // RFC 8200 §4.3: hop-by-hop options are skipped.
  const hop = bytesOf(17, 0, '050200000000', udp(3478, payload));
  expect(dissect(ipv6(0, '20010db8000000000000000000000009', hop))).toMatchObject({ kind: 'datagram', toPort: 3478 });
  expect(dissect(arp('198.18.0.77'))).toMatchObject({ protocol: 'ARP', from: '198.18.0.2', to: '198.18.0.77' });
});

const ALL_NODES = 'ff020000000000000000000000000001';
test.each([
  ['ICMP', ipv4(1, '203.0.113.9', noise(8))],
  ['IP protocol 47', ipv4(47, '203.0.113.9', noise(8))],
  ['multicast membership', ipv4(2, '224.0.0.22', noise(8))],
  ['multicast membership', ipv6(58, ALL_NODES, bytesOf(143, noise(20)))],
  ['neighbour discovery', ipv6(58, ALL_NODES, bytesOf(135, noise(23)))],
  ['ICMPv6', ipv6(58, ALL_NODES, bytesOf(128, noise(20)))],
  ['IP fragment', ipv4(17, '203.0.113.9', udp(9, noise(8)), 0x2000)],
  ['IP fragment', ipv4(17, '203.0.113.9', noise(8), 0x0001)],
  ['IP fragment', ipv6(44, ALL_NODES, noise(16))],
  ['EtherType 0x88cc', ethernet(0x88cc, noise(40))],
])('a packet that is neither TCP nor UDP is named by its protocol: %s', (protocol, frame) => {
  expect(dissect(frame)).toMatchObject({ kind: 'other', protocol });
});

const cut = (frame: Uint8Array): Uint8Array => frame.subarray(0, -1);
test.each([
  ['a frame of 13 bytes', noise(13)],
  ['IPv4 with a length other than the frame’s', cut(ipv4(1, '203.0.113.9', noise(8)))],
  ['bytes after a packet of IPv4', bytesOf(ipv4(1, '203.0.113.9', noise(8)), noise(4))],
  ['bytes after a packet of IPv6', bytesOf(ipv6(47, ALL_NODES, noise(8)), noise(4))],
  ['UDP with a wrong length', ipv4(17, '203.0.113.9', cut(udp(9, noise(8))))],
  ['TCP that is too short', ipv4(6, '203.0.113.9', cut(tcp({})))],
  ['TCP whose header exceeds the packet', ipv4(6, '203.0.113.9', tcp({}).with(12, 0xf0))],
  ['IPv6 headers that exceed the packet', ipv6(0, ALL_NODES, bytesOf(17, 255, noise(6)))],
  ['ARP with trailing bytes', bytesOf(arp('198.18.0.1'), noise(1))],
  ['IPv6 in a frame of IPv4', ethernet(0x0800, bytesOf(0x65, noise(40)))],
])('a malformed packet is reported: %s', (_what, frame) => {
  expect(dissect(frame)).toMatchObject({ kind: 'other', protocol: 'malformed' });
});

test('every frame yields a packet', () => {
  const types = fc.constantFrom('0800', '0806', '86dd', '88cc');
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 120 }), (type, rest) => {
      expect(dissect(bytesOf(noise(12), type, rest)).protocol).not.toBe('');
      dissect(rest);
    }),
  );
  const changes = fc.tuple(
    fc.constantFrom(...FRAMES),
    fc.nat({ max: 80 }),
    fc.uint8Array({ minLength: 1, maxLength: 4 }),
  );
  fc.assert(
    fc.property(changes, ([frame, at, change]) => {
      const changed = Buffer.from(frame);
      changed.set(change.subarray(0, Math.max(0, changed.length - at)), Math.min(at, changed.length));
      expect(dissect(changed).bytes.length).toBeGreaterThan(0);
    }),
  );
});

const OPT = bytesOf('00 0029 04d0 00000000 0000');
test('the name of a plain DNS question is read; a question with more data is not plain', () => {
  const plain = question('stun.example');
  expect(plainQuestionName(plain)).toBe('stun.example');
  expect(plainQuestionName(question('stun.example', OPT))).toBe('stun.example');
  for (let length = 0; length < plain.length; length++)
    expect(plainQuestionName(plain.subarray(0, length))).toBeUndefined();
  const changed = (at: number, value: number): Uint8Array =>
    Uint8Array.from(plain, (byte, i) => (i === at ? value : byte));
  for (const [what, query] of [
    ['an answer', changed(2, 0x81)],
    ['two questions', changed(5, 2)],
    ['an answer record', changed(7, 1)],
    ['a pointer as a name', changed(12, 0xc0)],
    ['another class', changed(plain.length - 1, 3)],
    ['trailing bytes', bytesOf(plain, noise(4))],
    ['an option', question('stun.example', bytesOf('00 0029 04d0 00000000 0008 fde9 0004', noise(4)))],
  ] as const)
    expect(plainQuestionName(query), what).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void plainQuestionName(bytes)));
});
