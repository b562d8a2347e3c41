/** A member that an unpacker would write is looked up, and where unpackers disagree the archive is incomplete. Spec: docs/detection/files.md */
import { utf8 } from '@lodestone/protocol/bytes';
import { describe, expect, test } from 'vitest';
import { tarOf } from './containers.ts';
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
