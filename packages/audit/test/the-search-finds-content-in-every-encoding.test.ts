import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCanary } from '../src/traffic/corpus.ts';
import { searchFor } from '../src/traffic/search.ts';
import { searchedPlaces } from '../src/traffic/searched-places.ts';
import type { TrafficRecord } from '../src/traffic/record.ts';
import { file, hitsIn, noise, request } from './fixture/traffic.ts';

const CONTENT = noise(20_000);
const PDQ = noise(32, 7);
const search = searchFor([file('picture.jpg', CONTENT, [PDQ])], []);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const utf8 = (text: string): Uint8Array => Buffer.from(text);

/** RFC 4648 §6, without padding, in lower case: the form that fits into names. */
function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = bits.match(/.{1,5}/g) ?? [];
  return digits.map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** Each returns a body that contains the piece. */
const FORMS: Record<string, (piece: Uint8Array) => Uint8Array> = {
  'raw, within other bytes': (piece) => Buffer.concat([noise(100, 3), piece, noise(100, 4)]),
  'hex, small': (piece) => utf8(`id=${hex(piece)}`),
  'hex, capitals': (piece) => utf8(`<x y="${hex(piece).toUpperCase()}">`),
  'hex with colons': (piece) => utf8(hex(piece).replaceAll(/(..)(?=.)/g, '$1:')),
  'hex after an odd digit': (piece) => utf8(`a${hex(piece)}`),
  base64: (piece) => utf8(JSON.stringify({ data: base64(piece) })),
  'base64 after one letter': (piece) => utf8(`x${base64(piece)}`),
  'base64 after two letters': (piece) => utf8(`xy${base64(piece)}`),
  'base64 after three letters': (piece) => utf8(`xyz${base64(piece)}`),
  'base64 for addresses': (piece) => utf8(`t=${Buffer.from(piece).toString('base64url')}`),
  base32: (piece) => utf8(base32(piece)),
  'URL encoding': (piece) => utf8(Array.from(piece, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')),
  'base64 in URL encoding': (piece) => utf8(`q=${encodeURIComponent(base64(piece))}`),
  'bytes as text': (piece) => utf8(`{"x":"${Buffer.from(piece).toString('latin1')}"}`),
  'bytes in JSON escapes': (piece) =>
    utf8(Array.from(piece, (byte) => String.raw`\u${byte.toString(16).padStart(4, '0')}`).join('')),
  'a list of numbers': (piece) => utf8(`[1, ${[...piece].join(', ')}]`),
  'an array as an object': (piece) => utf8(JSON.stringify(Object.assign({}, [...piece]))),
  gzip: (piece) => gzipSync(piece),
  'gzip within other bytes': (piece) => Buffer.concat([noise(50, 5), gzipSync(piece), noise(50, 6)]),
  deflate: (piece) => Buffer.concat([utf8('--boundary\r\n\r\n'), deflateSync(piece)]),
  'raw deflate': (piece) => deflateRawSync(piece),
  Brotli: (piece) => brotliCompressSync(piece),
  'gzip in base64 in JSON in URL encoding': (piece) =>
    utf8(encodeURIComponent(JSON.stringify({ z: base64(gzipSync(piece)) }))),
  'hex of base64': (piece) => utf8(hex(utf8(base64(piece)))),
  'lines of base64': (piece) =>
    utf8(base64(Buffer.concat([noise(100, 8), piece, noise(100, 9)])).replaceAll(/.{76}/g, '$&\r\n')),
  'an entry of a zip archive': (piece) => {
    const data = deflateRawSync(piece);
    const head = Buffer.alloc(30 + 5);
    head.write('504b0304', 'hex');
    head[8] = 8;
    head[26] = 5;
    head.write('a.jpg', 30);
    return Buffer.concat([head, data]);
  },
  'a part of a form': (piece) =>
    Buffer.concat([utf8('--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n'), piece, utf8('\r\n--b--')]),
};

describe.each(Object.entries(FORMS))('%s', (_name, wrap) => {
  test('any 16 consecutive bytes of the content are found', () => {
    const offset = fc.integer({ min: 0, max: CONTENT.length - 16 });
    fc.assert(
      fc.property(offset, (at) => {
        const hits = hitsIn(search, request('https://x.example/', { body: wrap(CONTENT.slice(at, at + 16)) }));
        expect(hits).toContainEqual(
          expect.objectContaining({ what: 'content', description: expect.stringContaining('picture.jpg') }),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('the SHA-256, and a PDQ hash a few bits away, are found', () => {
    const digest = createHash('sha256').update(CONTENT).digest();
    const near = PDQ.slice();
    near[3]! ^= 0b1011;
    near[20]! ^= 0b0110;
    const said = (body: Uint8Array) =>
      hitsIn(search, request('https://x.example/', { body })).map((hit) => hit.description);
    expect(said(wrap(digest))).toContain('SHA-256 of picture.jpg');
    expect(said(wrap(near))).toContain('PDQ hash of picture.jpg, 5 bits away');
  });
});

describe('the location of a hit', () => {
  const piece = CONTENT.slice(5_000, 5_016);
  const PLACES: readonly [string, TrafficRecord][] = [
    ['address', request(`https://x.example/?q=${hex(piece)}`)],
    ['address', request(`https://x.example/a/${Buffer.from(piece).toString('base64url')}/b`)],
    ['header X-Trace', request('https://x.example/', { headers: [['X-Trace', base64(piece)]] })],
    ['header Cookie', request('https://x.example/', { headers: [['Cookie', `a=1; sid=${hex(piece)}`]] })],
    ['message', { kind: 'message', id: 0, at: 0, url: 'https://x.example/', body: piece }],
    ['bytes', { kind: 'datagram', id: 0, at: 0, to: '192.0.2.1:3478', body: piece }],
    ['bytes', { kind: 'stream', id: 0, at: 0, to: 'x.example:25', body: piece, opaque: false }],
    ['name', { kind: 'name', id: 0, at: 0, name: `${hex(piece)}.x.example`, by: 'lookup' }],
    [
      'name without dots',
      { kind: 'name', id: 0, at: 0, name: `${base32(piece).replaceAll(/(.{6})/g, '$1.')}.x.example`, by: 'hint' },
    ],
  ];
  test.each(PLACES)('the %s is named', (place, sent) => {
    expect(hitsIn(search, sent)[0]?.location.split(', ')[0]).toBe(place);
  });
});

test('8 bytes of a hash are found', () => {
  const bytes = createHash('sha256').update(CONTENT).digest();
  expect(hitsIn(search, request(`https://x.example/${hex(bytes.slice(4, 12))}`))).toHaveLength(1);
});

test('tables and profiles of a JPEG, which unrelated pictures share, do not count; its scan and its EXIF data do', () => {
  const segment = (marker: number, data: Uint8Array): Uint8Array =>
    Buffer.concat([Uint8Array.of(0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255), data]);
  const parts = [0xdb, 0xc4, 0xe1, 0xe2].map((marker, i) => {
    const data = noise(180, 50 + i).filter((value) => value !== 255);
    return segment(marker, marker === 0xe2 ? Buffer.concat([utf8('ICC_PROFILE\0'), data]) : data);
  });
  const scan = noise(400, 60).filter((value) => value !== 255);
  const jpeg = Buffer.concat([Uint8Array.of(0xff, 0xd8), ...parts, segment(0xda, noise(10, 70)), scan]);
  const found = (body: Uint8Array): number =>
    hitsIn(searchFor([file('a.jpg', jpeg)], []), request('https://x.example/', { body })).length;
  const [quantisation, huffman, exif, profile] = parts.map((part) => found(part.subarray(20)));
  expect({ quantisation, huffman, exif, profile, scan: found(scan.subarray(7, 23)) }).toEqual({
    quantisation: 0,
    huffman: 0,
    exif: 1,
    profile: 0,
    scan: 1,
  });
});

test('a file that is sent in pieces of 5 bytes to one address is found in the joined bodies', () => {
  const traffic = Array.from({ length: 8 }, (_, i) =>
    request(`https://x.example/part?n=${i}`, { id: i, body: CONTENT.slice(i * 5, i * 5 + 5) }),
  );
  expect(traffic.flatMap((sent) => hitsIn(search, sent))).toEqual([]);
  const hits = [...searchedPlaces(traffic)].flatMap((place) => search.in(place));
  expect(hits).toMatchObject([{ what: 'content', location: '8 bodies joined', sent: 0 }]);
});

test('unrelated bytes, ordinary requests, and flat or textual parts of a file are not found', () => {
  const flat = new Uint8Array(4_000).fill(255);
  const words = utf8('Software: Some Editor 1.0 for everybody');
  const wide = searchFor([file('a.jpg', Buffer.concat([words, flat, CONTENT]), [PDQ])], []);
  for (let seed = 10; seed < 30; seed++) {
    for (const wrap of [FORMS['raw, within other bytes'], FORMS['base64'], FORMS['gzip']])
      expect(hitsIn(wide, request('https://x.example/a/b?c=d', { body: wrap!(noise(3_000, seed)) }))).toEqual([]);
  }
  expect(hitsIn(wide, request('https://x.example/', { body: flat.slice(0, 500) }))).toEqual([]);
  expect(hitsIn(wide, request('https://x.example/', { body: words.slice(0, 25) }))).toEqual([]);
  expect(hitsIn(wide, request('https://x.example/', { body: words }))).toHaveLength(1);
});

test('a nearly empty PDQ hash is not searched for', () => {
  const black = new Uint8Array(32);
  black[0] = 1;
  expect(
    hitsIn(
      searchFor([file('black.png', CONTENT, [black])], []),
      request('https://x.example/', { body: new Uint8Array(64) }),
    ),
  ).toEqual([]);
});

describe('canaries', () => {
  const canaries = ['text:a word that stays', 'hex:00112233445566778899aabb', 'score:0.87312'].map(parseCanary);
  const wary = searchFor([], canaries);
  const found = (body: Uint8Array): string[] =>
    hitsIn(wary, request('https://x.example/', { body })).map(({ what }) => what);
  const float = (size: 4 | 8, littleEndian: boolean): Uint8Array => {
    const view = new DataView(new ArrayBuffer(size));
    if (size === 4) view.setFloat32(0, 0.87312, littleEndian);
    else view.setFloat64(0, 0.87312, littleEndian);
    return Buffer.concat([noise(9, 2), new Uint8Array(view.buffer), noise(9, 3)]);
  };

  test.each([
    ['words', utf8('{"m":"a word that stays"}')],
    ['words in base64', utf8(base64(utf8('a word that stays')))],
    ['bytes', Buffer.concat([noise(10), Buffer.from('00112233445566778899aabb', 'hex')])],
    ['bytes in hex', utf8('00112233445566778899aabb')],
    ['a score as text', utf8('{"score":0.873124561}')],
    ['a score as text in gzip', gzipSync(utf8('.8731200'))],
    ['a score as a float', float(4, true)],
    ['a score as a float, in the other byte order', float(4, false)],
    ['a score as a double', float(8, true)],
    ['a score as a double, in the other byte order', float(8, false)],
  ])('%s', (_name, body) => {
    expect(found(body)).toHaveLength(1);
  });

  test('unrelated text yields no hit', () => {
    expect(found(utf8('{"score":0.9,"m":"a word"}'))).toEqual([]);
  });

  test.each(['text:short', 'hex:0011', 'hex:xyz', 'score:0.5', 'score:1', 'other:thing', 'nothing'])(
    '"%s" is refused',
    (line) => {
      expect(() => parseCanary(line)).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }));
    },
  );
});

test(
  'a decompression bomb and a megabyte of digits take less than 20 s of processor time',
  { timeout: 120_000 },
  () => {
    const before = process.cpuUsage();
    hitsIn(search, request('https://x.example/', { body: gzipSync(gzipSync(new Uint8Array(60_000_000))) }));
    hitsIn(search, request('https://x.example/', { body: utf8('deadbeef'.repeat(60_000)) }));
    expect(process.cpuUsage(before).user / 1_000_000).toBeLessThan(20);
  },
);
