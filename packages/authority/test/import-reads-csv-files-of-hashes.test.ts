/** Import of CSV files: both sets of columns, and every kind of row that is refused. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importList, type ImportReport } from '@lodestone/authority';
import { inventedHash, newAuthority, NOW, temporaryFolder, readRecord } from './support/authority-folder.ts';

async function importText(text: string, into?: string): Promise<{ report: ImportReport; directory: string }> {
  const directory = into ?? (await newAuthority('lists')).directory;
  const source = path.join(await temporaryFolder(), 'hashes.csv');
  await writeFile(source, text);
  return {
    directory,
    report: await importList({ directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: NOW }),
  };
}
const added = ({ report }: { report: ImportReport }) => report.added.map(({ source, types }) => [source, ...types]);
const [A, B, C] = [inventedHash(1), inventedHash(2), inventedHash(3)];

describe('added', () => {
  test('the export of python-threatexchange, with quoted tags and unused columns', async () => {
    const text = `signal_type,signal_str,collab,category,tags\npdq,${A},Demo,POSITIVE_CLASS,"a b"\r\nvideo_sha256,${B},"Demo, with ""quotes""\nand a line",POSITIVE_CLASS,\n`;
    expect(added(await importText(text))).toEqual([
      ['hashes.csv:2', 'pdq'],
      ['hashes.csv:3', 'sha256'],
    ]);
  });

  test('type,hash with and without a header, with a byte order mark, in capitals', async () => {
    expect(added(await importText(`type,hash\npdq,${A}\n`))).toEqual([['hashes.csv:2', 'pdq']]);
    expect(added(await importText(`\uFEFFtype,hash,entry\r\npdq,${A},\r\n`))).toEqual([['hashes.csv:2', 'pdq']]);
    expect(added(await importText(`PDQ,${A.toUpperCase()}\n\nsha256 , ${B}`))).toEqual([
      ['hashes.csv:1', 'pdq'],
      ['hashes.csv:3', 'sha256'],
    ]);
  });

  test('rows that share an entry, such as crops of one original', async () => {
    const { report } = await importText(`type,hash,entry\npdq,${A},7\npdq,${B},7\nsha256,${C},8\n`);
    expect(report.added.map(({ entry }) => entry)).toEqual([7, 7, 8]);
  });

  test('a video, without its frames of low quality', async () => {
    const frames = [`${A},100,0.000`, `${B},49,1.000`, `${'0'.repeat(64)},100,2.000`, `${C},50,3.000`];
    const { directory, report } = await importText(`vpdq,"${JSON.stringify(frames).replaceAll('"', '""')}"\n`);
    expect(report.added).toMatchObject([{ types: ['vpdq'] }]);
    expect(await readRecord(directory)).toContain(`"payload":"${A}${C}"`);
  });
});

describe('refused with line and reason', () => {
  const repeating = (text: string): string => text.repeat(64 / text.length);
  test.for([
    ['all zeros', `pdq,${repeating('0')}`, 'all zeros'],
    ['all ones', `pdq,${repeating('f')}`, '256 of 256 bits'],
    ['too few bits', `pdq,${repeating('0001')}`, '16 of 256 bits'],
    ['a repeating pattern', `pdq,${repeating('f0')}`, 'repeats itself'],
    ['too short', `pdq,${A.slice(1)}`, 'not 64 hexadecimal digits'],
    ['not hexadecimal', `pdq,${A.slice(1)}x`, 'not 64 hexadecimal digits'],
    ['MD5', `video_md5,${A.slice(32)}`, 'do not support hashes of type "video_md5"'],
    ['a property of Object.prototype', `constructor,${A}`, 'do not support hashes of type "constructor"'],
    ['entry 0', `pdq,${A},0`, '"0" is not an entry number'],
    ['an entry over 32 bits', `pdq,${A},4294967296`, 'not an entry number'],
    ['an entry in words', `pdq,${A},one`, 'not an entry number'],
    ['a video that is not JSON', `vpdq,${A}`, 'not a JSON array'],
    ['a video without frames of sufficient quality', `vpdq,"[""${A},10,0""]"`, 'no frame of quality 50'],
  ] as const)('%s', async ([, row, why]) => {
    const { report } = await importText(`type,hash,entry\n${row}\nsha256,${B}\n`);
    expect(report.refused).toEqual([{ source: 'hashes.csv:2', why: expect.stringContaining(why) }]);
    expect(report.added).toMatchObject([{ source: 'hashes.csv:3' }]);
  });

  test.for(['NEGATIVE_CLASS', 'DISPUTED', 'INVESTIGATION_SEED'])('a row with the category %s', async (category) => {
    const { report } = await importText(
      `signal_type,signal_str,category\npdq,${A},${category}\npdq,${B},POSITIVE_CLASS\n`,
    );
    expect(report.refused).toEqual([{ source: 'hashes.csv:2', why: `the category is ${category}` }]);
  });
});

describe('fails with ERR_IMPORT and saves nothing', () => {
  test.for([
    ['another format', `<xml>\n`],
    ['unknown columns', `${A},pdq,1\n`],
    ['an unclosed quote', `pdq,"${A}\n`],
    ['text after a closing quote', `pdq,"${A}"x\n`],
    ['an empty file', ''],
    ['no row that can be listed', `pdq,${'0'.repeat(64)}\n`],
    ['a file that is cut off inside quotes, after valid rows', `pdq,${A}\npdq,"${B}`],
  ] as const)('%s', async ([, text]) => {
    const { directory } = await newAuthority('lists');
    await expect(importText(text, directory)).rejects.toMatchObject({ code: 'ERR_IMPORT' });
    expect(await readRecord(directory)).toBe('');
  });

  test('a missing source', async () => {
    const { directory } = await newAuthority('lists');
    const source = path.join(directory, 'nothing.csv');
    await expect(
      importList({ directory, list: 'demo', source, purpose: 'verified', by: 'tester', now: NOW }),
    ).rejects.toMatchObject({
      code: 'ERR_IMPORT',
    });
  });
});

test('quoted fields with any characters do not affect the fields after them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string(), { maxLength: 3 }), async (before) => {
      const quote = (field: string): string => `"${field.replaceAll('"', '""')}"`;
      const header = [...before.map((_, i) => `other${i}`), 'signal_type', 'signal_str'].join(',');
      const { report } = await importText(`${header}\n${[...before, 'pdq', A].map(quote).join(',')}\n`);
      expect(report.added).toMatchObject([{ types: ['pdq'] }]);
    }),
    { numRuns: 20 },
  );
});
