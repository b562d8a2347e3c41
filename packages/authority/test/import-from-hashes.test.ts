/** CSV files of hashes: the two forms that are read, and every kind of row that is not taken. */
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
  return { directory, report: await importList({ directory, list: 'demo', source, by: 'tester', now: NOW }) };
}
const taken = ({ report }: { report: ImportReport }) => report.taken.map(({ source, types }) => [source, ...types]);
const [A, B, C] = [inventedHash(1), inventedHash(2), inventedHash(3)];

describe('taken', () => {
  test('the export of python-threatexchange, with quoted tags and columns that we do not read', async () => {
    const text = `signal_type,signal_str,collab,category,tags\npdq,${A},Demo,POSITIVE_CLASS,"a b"\r\nvideo_sha256,${B},"Demo, with ""quotes""\nand a line",POSITIVE_CLASS,\n`;
    expect(taken(await importText(text))).toEqual([
      ['hashes.csv:2', 'pdq'],
      ['hashes.csv:3', 'sha256'],
    ]);
  });

  test('type,hash with and without a header, with a byte order mark, in capitals', async () => {
    expect(taken(await importText(`type,hash\npdq,${A}\n`))).toEqual([['hashes.csv:2', 'pdq']]);
    expect(taken(await importText(`\uFEFFtype,hash,entry\r\npdq,${A},\r\n`))).toEqual([['hashes.csv:2', 'pdq']]);
    expect(taken(await importText(`PDQ,${A.toUpperCase()}\n\nsha256 , ${B}`))).toEqual([
      ['hashes.csv:1', 'pdq'],
      ['hashes.csv:3', 'sha256'],
    ]);
  });

  test('rows that share an entry, as crops of one original do', async () => {
    const { report } = await importText(`type,hash,entry\npdq,${A},7\npdq,${B},7\nsha256,${C},8\n`);
    expect(report.taken.map(({ entry }) => entry)).toEqual([7, 7, 8]);
  });

  test('a video, without its frames of low quality', async () => {
    const frames = [`${A},100,0.000`, `${B},49,1.000`, `${'0'.repeat(64)},100,2.000`, `${C},50,3.000`];
    const { directory, report } = await importText(`vpdq,"${JSON.stringify(frames).replaceAll('"', '""')}"\n`);
    expect(report.taken).toMatchObject([{ types: ['vpdq'] }]);
    expect(await readRecord(directory)).toContain(`"payload":"${A}${C}"`);
  });
});

describe('refused, each with its line and reason', () => {
  const repeating = (text: string): string => text.repeat(64 / text.length);
  test.for([
    ['all zeros', `pdq,${repeating('0')}`, 'all zeros'],
    ['all ones', `pdq,${repeating('f')}`, '256 of 256 bits'],
    ['few bits', `pdq,${repeating('0001')}`, '16 of 256 bits'],
    ['a pattern', `pdq,${repeating('f0')}`, 'repeats itself'],
    ['too short', `pdq,${A.slice(1)}`, 'not 64 hexadecimal digits'],
    ['no hex', `pdq,${A.slice(1)}x`, 'not 64 hexadecimal digits'],
    ['MD5', `video_md5,${A.slice(32)}`, 'no hashes of type "video_md5"'],
    ['a name of Object', `constructor,${A}`, 'no hashes of type "constructor"'],
    ['entry 0', `pdq,${A},0`, '"0" is no entry number'],
    ['an entry over 32 bits', `pdq,${A},4294967296`, 'no entry number'],
    ['an entry in words', `pdq,${A},one`, 'no entry number'],
    ['a video that is no JSON', `vpdq,${A}`, 'not a JSON array'],
    ['a video without good frames', `vpdq,"[""${A},10,0""]"`, 'no frame of quality 50'],
  ] as const)('%s', async ([, row, why]) => {
    const { report } = await importText(`type,hash,entry\n${row}\nsha256,${B}\n`);
    expect(report.refused).toEqual([{ source: 'hashes.csv:2', why: expect.stringContaining(why) }]);
    expect(report.taken).toMatchObject([{ source: 'hashes.csv:3' }]);
  });

  test.for(['NEGATIVE_CLASS', 'DISPUTED', 'INVESTIGATION_SEED'])('what is marked as %s', async (category) => {
    const { report } = await importText(
      `signal_type,signal_str,category\npdq,${A},${category}\npdq,${B},POSITIVE_CLASS\n`,
    );
    expect(report.refused).toEqual([{ source: 'hashes.csv:2', why: `marked as ${category}` }]);
  });
});

describe('ERR_IMPORT, and nothing is saved', () => {
  test.for([
    ['another format', `<xml>\n`],
    ['columns that nobody names', `${A},pdq,1\n`],
    ['a quote that does not close', `pdq,"${A}\n`],
    ['text after a quote', `pdq,"${A}"x\n`],
    ['nothing', ''],
    ['nothing that may be listed', `pdq,${'0'.repeat(64)}\n`],
    ['a file that breaks off in a quote, after good rows', `pdq,${A}\npdq,"${B}`],
  ] as const)('%s', async ([, text]) => {
    const { directory } = await newAuthority('lists');
    await expect(importText(text, directory)).rejects.toMatchObject({ code: 'ERR_IMPORT' });
    expect(await readRecord(directory)).toBe('');
  });

  test('a source that is not there', async () => {
    const { directory } = await newAuthority('lists');
    const source = path.join(directory, 'nothing.csv');
    await expect(importList({ directory, list: 'demo', source, by: 'tester', now: NOW })).rejects.toMatchObject({
      code: 'ERR_IMPORT',
    });
  });
});

test('any fields come through quoting unchanged: the hash is found behind them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string(), { maxLength: 3 }), async (before) => {
      const quote = (field: string): string => `"${field.replaceAll('"', '""')}"`;
      const header = [...before.map((_, i) => `other${i}`), 'signal_type', 'signal_str'].join(',');
      const { report } = await importText(`${header}\n${[...before, 'pdq', A].map(quote).join(',')}\n`);
      expect(report.taken).toMatchObject([{ types: ['pdq'] }]);
    }),
    { numRuns: 20 },
  );
});
