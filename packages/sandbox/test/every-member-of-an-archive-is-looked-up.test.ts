/** A member that an unpacker would write is looked up, and where unpackers disagree the archive is incomplete. Spec: docs/detection/files.md */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { describe, expect, test } from 'vitest';
import { pdfOf, tarOf, zipOf } from './containers.ts';
import { lookInside, lookupsOf } from './look-inside.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const listed = utf8('a listed text');
const lookups = lookupsOf([
  { type: 'sha256', entry: 5, payload: new Uint8Array(await crypto.subtle.digest('SHA-256', listed)) },
]);
const found = [{ kind: 'known', list: 0, entry: 5, match: 'member', distance: 0 }];

/** What a scan says of these bytes. */
async function look(bytes: Bytes): Promise<{ findings: unknown[]; fault: string | undefined }> {
  const { findings, fault } = await lookInside(bytes, lookups);
  return { findings, fault };
}

describe('tar', () => {
  /** A tar of one file, with another text in a field of its header. */
  function tarWith(at: number, text: string, file: Bytes = listed): Bytes {
    const tar = tarOf(file);
    tar.set(utf8(text), at);
    return tar;
  }

  test.for(['-0000001000\0', '+0000000015\0', '0x000000015\0', '00000000 15\0', '\xff'.repeat(12)])(
    'a size written as %j is damage, and the reader goes on',
    { timeout: 5_000 },
    async (size) => {
      expect(await look(tarWith(124, size).slice(0, 512))).toEqual({ findings: [], fault: 'decode' });
    },
  );

  test.for(['         15\0', '15\0\0\0\0\0\0\0\0\0\0', '000000000015', '\0         15'])(
    'a size written as %j is read',
    async (size) => {
      expect(await look(tarWith(124, size))).toEqual({ findings: found, fault: undefined });
    },
  );

  test.for(['0', '\0', '7', '8', '9', 'D', 'M', 'N', 'Z'])('an entry of type %j is a file', async (type) => {
    expect(await look(tarWith(156, type))).toEqual({ findings: found, fault: undefined });
  });

  test.for<[string, 'decode' | 'format']>([
    ['1', 'decode'],
    ['2', 'decode'],
    ['5', 'decode'],
    ['S', 'format'],
  ])('an entry of type %j with data is looked up, and the archive is incomplete', async ([type, fault]) => {
    expect(await look(tarWith(156, type))).toEqual({ findings: found, fault });
  });

  test.for(['x', 'g', 'X', 'L', 'K'])('an entry of type %j describes the next one', async (type) => {
    expect(await look(tarWith(156, type))).toEqual({ findings: [], fault: undefined });
  });

  test.for(['11 size=9\n', '9 path=a\n22 GNU.sparse.major=1\n'])(
    '%j in an extended header changes what is unpacked',
    async (records) => {
      expect(await look(tarWith(156, 'x', utf8(records)))).toEqual({ findings: [], fault: 'format' });
    },
  );
});

describe('ZIP', () => {
  const LOCAL = [0x50, 0x4b, 3, 4];
  const CENTRAL = [0x50, 0x4b, 1, 2];
  const END = [0x50, 0x4b, 5, 6];

  function find(bytes: Bytes, signature: number[]): number {
    return bytes.findIndex((_, at) => signature.every((byte, i) => bytes[at + i] === byte));
  }

  /** Writes a number of 16 or 32 bits at this distance from the first record of a kind. */
  function changed(zip: Bytes, record: number[], at: number, bits: 16 | 32, value: number): Bytes {
    const copy = zip.slice();
    const view = new DataView(copy.buffer);
    if (bits === 16) view.setUint16(find(copy, record) + at, value, true);
    else view.setUint32(find(copy, record) + at, value, true);
    return copy;
  }

  test.for<[string, number[], number, 16 | 32, number]>([
    ['states 0 packed bytes in the directory', CENTRAL, 20, 32, 0],
    ['states 0 bytes in the directory', CENTRAL, 24, 32, 0],
    ['states fewer packed bytes in its local header', LOCAL, 18, 32, 4],
    ['states more bytes in its local header', LOCAL, 22, 32, 400],
    ['has another method in its local header', LOCAL, 8, 16, 8],
    ['is encrypted by its local header alone', LOCAL, 6, 16, 1],
    ['is followed by its sizes by its local header, and is empty in the directory', LOCAL, 6, 16, 8],
  ])('a member that %s makes the archive damaged', async ([title, record, at, bits, value]) => {
    let zip = await zipOf({ bytes: listed, method: 'stored' });
    expect(await look(zip)).toEqual({ findings: found, fault: undefined });
    if (title.endsWith('empty in the directory')) {
      for (const [where, field] of [
        [LOCAL, 18],
        [LOCAL, 22],
        [CENTRAL, 20],
        [CENTRAL, 24],
      ] as const) {
        zip = changed(zip, where, field, 32, 0);
      }
      const longer = concatBytes(
        zip.subarray(0, find(zip, CENTRAL)),
        new Uint8Array(20),
        zip.subarray(find(zip, CENTRAL)),
      );
      zip = changed(longer, END, 16, 32, find(longer, CENTRAL));
      expect((await look(zip)).fault).toBe(undefined);
    }
    expect((await look(changed(zip, record, at, bits, value))).fault).toBe('decode');
  });

  test('of entries that name the same bytes, one is opened, and the archive is damaged', async () => {
    const zip = await zipOf({ bytes: listed, method: 'stored' });
    const [directory, end] = [find(zip, CENTRAL), find(zip, END)];
    const twice = concatBytes(zip.subarray(0, end), zip.subarray(directory, end), zip.subarray(end));
    const counted = changed(changed(twice, END, 10, 16, 2), END, 12, 32, (end - directory) * 2);
    expect(await look(counted)).toEqual({ findings: found, fault: 'decode' });
  });

  test('a directory that does not end where the last record begins is damaged', async () => {
    const zip = await zipOf({ bytes: listed });
    const end = find(zip, END);
    expect((await look(concatBytes(zip.subarray(0, end), new Uint8Array(8), zip.subarray(end)))).fault).toBe('decode');
  });
});

describe('a ZIP behind another file', () => {
  test.for<[string, Bytes]>([
    ['a text', utf8('An ordinary text.\n'.repeat(4_000))],
    ['a PDF', pdfOf([])],
    ['an audio file', concatBytes(utf8('ID3\x03\0\0\0\0\0\0'), new Uint8Array(100))],
  ])('%s: is opened, with offsets from its own beginning or from the file’s', async ([, before]) => {
    const zip = await zipOf({ bytes: utf8('another text') }, { bytes: listed });
    expect(await look(concatBytes(before, zip))).toEqual({ findings: found, fault: undefined });
    const adjusted = concatBytes(before, await zipOf({ bytes: listed }));
    const view = new DataView(adjusted.buffer);
    const end = adjusted.length - 22;
    const directory = view.getUint32(end + 16, true) + before.length;
    view.setUint32(end + 16, directory, true);
    view.setUint32(directory + 42, before.length, true);
    expect(await look(adjusted)).toEqual({ findings: found, fault: undefined });
  });

  test('a text that ends with the letters of a ZIP’s last record is complete', async () => {
    const text = utf8('An ordinary text.\n'.repeat(4_000) + 'PK\x05\x06' + ' '.repeat(40));
    expect(await look(text)).toEqual({ findings: [], fault: undefined });
  });
});
