/** The format is detected from the bytes' signature. Ciphertext is never detected as a file or a video. */
import { concatBytes, fromHex, utf8 } from '@lodestone/protocol/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sniff } from '../src/decode/sniff.ts';

const padded = (hex: string, length = 64): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set(fromHex(hex.replaceAll(' ', '')));
  return bytes;
};
const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const box = (...brands: string[]): Uint8Array =>
  concatBytes(
    Uint8Array.of(0, 0, 0, 12 + 4 * brands.length),
    latin(`ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`),
  );

describe('pictures that are decoded', () => {
  test.for([
    ['image/jpeg', padded('ffd8ffe0')],
    ['image/png', padded('89504e470d0a1a0a')],
    ['image/gif', latin('GIF89a\x01')],
    ['image/gif', latin('GIF87a\x01')],
    ['image/webp', latin('RIFF\x10\0\0\0WEBPVP8 ')],
    ['image/bmp', padded('424d 00000000 00000000 36000000 28000000')],
    ['image/avif', box('avif', 'mif1', 'miaf')],
    ['image/avif', box('mif1', 'miaf', 'avif')],
    ['image/avif', box('avis', 'msf1')],
  ] as const)('%s', ([type, bytes]) => {
    expect(sniff(bytes)).toEqual({ kind: 'picture', type });
  });
});

test.for([
  ['icon', padded('00000100 0100')],
  ['cursor', padded('00000200 0100')],
] as const)('%s', ([, bytes]) => {
  expect(sniff(bytes)).toEqual({ kind: 'icon' });
});

describe('pictures that are not decoded', () => {
  test.for([
    ['HEIC', box('heic', 'mif1', 'heic')],
    ['HEIF', box('mif1', 'heic')],
    ['Canon raw', box('crx ', 'crx ', 'isom')],
    ['TIFF, little-endian', padded('49492a00')],
    ['TIFF, big-endian', padded('4d4d002a')],
    ['JPEG XL, boxed', padded('0000000c4a584c200d0a870a')],
    ['JPEG XL codestream', padded('ff0a')],
    ['JPEG 2000', padded('0000000c6a5020200d0a870a')],
    ['Photoshop', latin('8BPS\0\x01')],
    ['SVG', utf8('<svg xmlns="http://www.w3.org/2000/svg">')],
    [
      'SVG behind a prologue',
      utf8('\ufeff<?xml version="1.0"?>\n<!-- a -->\n<!-- b --><!DOCTYPE svg PUBLIC "x">\n<svg>'),
    ],
  ] as const)('%s', ([, bytes]) => {
    expect(sniff(bytes)).toEqual({ kind: 'unreadable-picture' });
  });
});

describe('SVG in every disguise is a picture that is not decoded', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,AA"/></svg>';
  const utf16 = (text: string, isBigEndian: boolean): Uint8Array => {
    const view = new DataView(new ArrayBuffer(text.length * 2));
    for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), !isBigEndian);
    return new Uint8Array(view.buffer);
  };
  const comment = (length: number): string => `<!-- ${'> <svg '.repeat(length / 7)} -->`;
  test.for([
    ['entities in its document type', utf8(`<!DOCTYPE svg [<!ENTITY a "]>"> <!-- ]> ' --> <?x ]> ?>]>${svg}`)],
    ['an external document type', utf8(`<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" 'http://x/?>'>\n${svg}`)],
    ['the document type of another language', utf8(`<!DOCTYPE html>${svg}`)],
    ['a prefix', utf8('<s:svg xmlns:s="http://www.w3.org/2000/svg"/>')],
    ['a prefix that is not ASCII', utf8('<ø:svg xmlns:ø="http://www.w3.org/2000/svg"/>')],
    ...[251, 252, 300, 65_000].map((length): [string, Uint8Array] => {
      const prefix = 'a'.repeat(length);
      return [`a prefix of ${length} letters`, utf8(`<${prefix}:svg xmlns:${prefix}="http://www.w3.org/2000/svg"/>`)];
    }),
    ['a prefix that is longer than the first block', utf8(`<${'a'.repeat(70_000)}:svg/>`).slice(0, 65_536)],
    ['processing instructions', utf8(`<?xml version="1.0"?><?xml-stylesheet href=">"?>\n${svg}`)],
    ['a comment of 20,000 bytes', utf8(comment(20_000) + svg)],
    ['a comment that is longer than the first block', utf8(comment(100_000)).slice(0, 65_536)],
    [
      'a document type that is longer than the first block',
      utf8(`<!DOCTYPE svg [${' '.repeat(70_000)}`).slice(0, 65_536),
    ],
    ['white space before it', utf8(`\r\n\t  ${svg}`)],
    ['a mark of UTF-8', utf8(`\ufeff${svg}`)],
    ['UTF-16 with a mark', utf16(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${svg}`, false)],
    ['UTF-16 with a mark, the other way around', utf16(`\ufeff${svg}`, true)],
    ['UTF-16 without a mark', utf16(`<?xml version="1.0"?>${svg}`, false)],
    ['UTF-16 without a mark, the other way around', utf16(svg, true)],
    ['an encoding of one byte', latin(`<?xml version="1.0" encoding="ISO-8859-1"?><!-- Größe -->${svg}`)],
  ] as const)('%s', ([, bytes]) => {
    expect(sniff(bytes)).toEqual({ kind: 'unreadable-picture' });
  });

  test('text about SVG is a file', () => {
    for (const text of [
      'see <svg>',
      '<p><svg/></p>',
      '<svgx/>',
      `<${'a'.repeat(1_000)}`,
      '<!-- <svg> -->',
      '<?php <svg>',
      '<!DOCTYPE svg',
    ])
      expect(sniff(utf8(text))).toEqual({ kind: 'file' });
  });
});

describe('videos', () => {
  const transportStream = new Uint8Array(188 * 4);
  for (let at = 0; at < transportStream.length; at += 188) transportStream[at] = 0x47;
  test.for([
    ['MP4', box('isom', 'iso2', 'avc1', 'mp41')],
    ['MP4 with the brands of sound', box('M4A ', 'M4B ', 'isom', 'mp42')],
    ['QuickTime', box('qt  ')],
    ['old QuickTime', latin('\0\0\0\x08wide\0\0\0\0mdat')],
    ['3GP', box('3gp4')],
    ['WebM', padded('1a45dfa3')],
    ['AVI', latin('RIFF\x10\0\0\0AVI LIST')],
    ['Ogg with Theora', latin(`OggS${'\0'.repeat(24)}\x80theora`)],
    ['MPEG transport stream', transportStream],
    ['BDAV', concatBytes(new Uint8Array(4), new Uint8Array(800)).map((_, i) => (i % 192 === 4 ? 0x47 : 0))],
    ['MPEG program stream', padded('000001ba')],
    ['WMV', padded('3026b2758e66cf11')],
    ['FLV', latin('FLV\x01')],
  ] as const)('%s', ([, bytes]) => {
    expect(sniff(bytes)).toEqual({ kind: 'video' });
  });
});

describe('files', () => {
  test.for([
    ['MP3 with ID3', latin('ID3\x04\0')],
    ['MP3 frames', repeatedFrame('fffb9000', 417)],
    ['AAC frames', repeatedFrame('fff15080 0c9ffc', 100)],
    ['WAVE', latin('RIFF\x10\0\0\0WAVEfmt ')],
    ['Ogg with Vorbis', latin(`OggS${'\0'.repeat(24)}\x01vorbis`)],
    ['FLAC', latin('fLaC\0')],
    ['text', utf8('Ein Brief, mit Grüßen ✓\n')],
    ['text that begins like a bitmap', utf8('BMW drivers')],
    ['HTML', utf8('<!doctype html><svg></svg>')],
    ['JSON', utf8('{"svg": "<svg>"}')],
    ['text whose block ends within a character', utf8('Grüße').slice(0, 3)],
  ] as const)('%s', ([, bytes]) => {
    expect(sniff(bytes)).toEqual({ kind: 'file' });
  });
});

describe('files that hold others', () => {
  test.for([
    ['PDF', latin('%PDF-1.7'), 'pdf'],
    ['ZIP', padded('504b0304'), 'zip'],
    ['an empty ZIP', padded('504b0506'), 'zip'],
    ['gzip', padded('1f8b0800'), 'gzip'],
    ['tar', concatBytes(new Uint8Array(257), latin('ustar\x0000')), 'tar'],
    ['an older Office document', padded('d0cf11e0a1b11ae1'), 'office'],
    ['7z', padded('377abcaf271c'), 'closed'],
    ['RAR', padded('526172211a0701'), 'closed'],
    ['xz', padded('fd377a585a00'), 'closed'],
    ['Zstandard', padded('28b52ffd'), 'closed'],
    ['bzip2', padded('425a6839314159265359'), 'closed'],
  ] as const)('%s', ([, bytes, container]) => {
    expect(sniff(bytes)).toEqual({ kind: 'file', container });
  });
});

describe('unknown', () => {
  test.for([
    ['nothing', new Uint8Array()],
    ['zeros', new Uint8Array(100)],
    ['text with a control character', utf8('abc\0def')],
    ['one transport packet', padded('47', 188)],
    ['one audio frame', padded('fffb9000', 500)],
    ['"BM" without a bitmap header', padded('424d', 100)],
    ['UTF-16', Uint8Array.from([0xff, 0xfe, 0x61, 0, 0x62, 0])],
  ] as const)('%s', ([, bytes]) => {
    expect(sniff(bytes)).toEqual({ kind: 'unknown' });
  });

  test('random bytes, such as ciphertext, are never a file or a video', () => {
    let seed = 1;
    const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) >>> 24;
    for (let run = 0; run < 20_000; run++) {
      expect(['unknown', 'unreadable-picture']).toContain(sniff(Uint8Array.from({ length: 64 }, random)).kind);
    }
  });

  test('no input throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 800 }), (bytes) => void sniff(bytes)));
  });

  test('endless comments take less than a second', () => {
    const started = performance.now();
    expect(sniff(utf8(`<!--${'--><!--'.repeat(9_000)}`))).toEqual({ kind: 'file' });
    expect(sniff(utf8(' '.repeat(60_000)))).toEqual({ kind: 'file' });
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

function repeatedFrame(header: string, length: number): Uint8Array {
  const frame = padded(header, length);
  return concatBytes(frame, frame, frame, frame);
}
