/** However a PDF writes the dictionary of a picture that a reader shows, it is looked up, or the file is incomplete. Spec: docs/detection/files.md */
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import { expect, test } from 'vitest';
import { compress, pdfJpeg, pdfOf, pdfSamples } from './containers.ts';
import { lookInside, lookupsOf, pdq } from './look-inside.ts';
import { drawPicture } from './picture.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const picture = drawPicture(300, 200);
const lookups = lookupsOf([{ type: 'pdq', entry: 9, payload: pdq.hash(picture).hash }]);
const FOUND = { findings: [{ kind: 'known', list: 0, entry: 9, match: 'part', distance: 0 }], fault: undefined };
const NOT_READ = { findings: [], fault: 'format' };

const { dictionary, data } = await pdfSamples(picture);

async function look(bytes: Bytes): Promise<{ findings: unknown[]; fault: string | undefined }> {
  const { findings, fault } = await lookInside(bytes, lookups);
  return { findings, fault };
}
/** A PDF of the picture, with parts of its dictionary replaced, and further objects. */
function pdf(changes: Record<string, string> = {}, objects = ''): Bytes {
  const changed = Object.entries(changes).reduce((text, [from, to]) => text.replace(from, to), dictionary);
  return concatBytes(pdfOf([{ dictionary: changed, data }]), utf8(objects));
}
/** Replaces what is before the data. */
function before(from: string, to: string): Bytes {
  const bytes = pdf();
  const at = new TextDecoder('latin1').decode(bytes).indexOf(from);
  return concatBytes(bytes.subarray(0, at), utf8(to), bytes.subarray(at + from.length));
}

test.for<[string, Bytes]>([
  ['as most programs write it', pdf()],
  ['with its width in another object', pdf({ '/Width 300': '/Width 12 0 R' }, '\n12 0 obj\n300\nendobj\n')],
  ['with its subtype in another object', pdf({ '/Subtype /Image': '/Subtype 12 0 R' }, '\n12 0 obj /Image endobj\n')],
  ['with its length in another object', before(`/Length ${data.length}`, '/Length 12 0 R')],
  ['with escapes in names', pdf({ '/Subtype /Image': '/Sub#74ype /Im#61ge' })],
  ['with a long dictionary', pdf({ '/Type': `/Name (${'x'.repeat(9_000)}) /Type` })],
  ['with the word obj in a string', pdf({ '/ColorSpace': '/Name (an (inner) \\) 1 0 obj) /ColorSpace' })],
  ['with a comment before the word stream', before('>>\nstream', '>> %comment\nstream')],
  ['with a comment in its subtype', pdf({ '/Subtype /Image': '/Subtype %comment\n/Image' })],
  ['with comments in the object’s number', before('1 0 obj', '1 %comment\n0 %comment\nobj')],
  ['with a width in an inner dictionary', pdf({ '/Type': '/Other << /Width 1 /Height 1 /Length 3 >> /Type' })],
  [
    'behind a string that begins in a comment',
    concatBytes(pdf().subarray(0, 9), utf8('% 7 0 obj (\n'), pdf().subarray(9), utf8(')')),
  ],
  ['inside another stream', before('\n1 0 obj', '\n7 0 obj << /Length 3 >>\nstream\n1 0 obj')],
  ['with a plain range', pdf({ '/ColorSpace': '/Decode [0 1 0 1.0 0 1] /ColorSpace' })],
  ['with a profile of three colours', pdf({ '/DeviceRGB': '[/ICCBased 12 0 R]' }, '\n12 0 obj << /N 3 >> endobj\n')],
  ['with a space in an object stream', pdf({ '/DeviceRGB': '12 0 R' })],
])('a picture %s is found', async ([, bytes]) => {
  expect(await look(bytes)).toEqual(FOUND);
});

test('an inverted picture is found by what a reader shows', async () => {
  const inverted = { ...picture, data: picture.data.map((value, i) => (i % 4 === 3 ? value : 255 - value)) };
  const samples = await pdfSamples(inverted);
  const changed = `${samples.dictionary} /Decode [1 0 1 0 1 0]`;
  expect(await look(pdfOf([{ ...samples, dictionary: changed }]))).toEqual(FOUND);
});

test('a palette is read as hex and as text, whatever its base', async () => {
  const grey = { ...picture, data: picture.data.map((_, i, all) => (i % 4 === 3 ? 255 : (all[i - (i % 4)] ?? 0))) };
  const listed = lookupsOf([{ type: 'pdq', entry: 9, payload: pdq.hash(grey).hash }]);
  const indices = await compress(
    Uint8Array.from({ length: 60_000 }, (_, i) => 255 - (grey.data[i * 4] ?? 0)),
    'deflate',
  );
  const colours = Array.from({ length: 256 }, (_, i) => 255 - i);
  const hex = colours.map((value) => value.toString(16).padStart(2, '0').repeat(3)).join('');
  const text = colours.map((value) => `\\${value.toString(8).padStart(3, '0')}`.repeat(3)).join('');
  for (const palette of [`<${hex}>`, `(${text})`]) {
    const space = `[/Indexed [/ICCBased 5 0 R] 255 ${palette}]`;
    const bytes = pdfOf([{ dictionary: dictionary.replace('/DeviceRGB', space), data: indices }]);
    const { findings, fault } = await lookInside(bytes, listed);
    expect({ findings, fault }).toEqual(FOUND);
  }
});

test.for<[string, Bytes]>([
  ['whose width leads nowhere', pdf({ '/Width 300': '/Width 12 0 R' })],
  ['whose width is two objects', pdf({ '/Width 300': '/Width 12 0 R' }, '\n12 0 obj 300 endobj 12 0 obj 2 endobj\n')],
  ['whose subtype leads nowhere', pdf({ '/Subtype /Image': '/Subtype 12 0 R' })],
  ['that states two widths', pdf({ '/Type': '/Width 2 /Type' })],
  ['with a range that is not read', pdf({ '/ColorSpace': '/Decode [0 0.5 0 1 0 1] /ColorSpace' })],
  ['with a separation', pdf({ '/DeviceRGB': '[/Separation /Black /DeviceGray 5 0 R]' })],
  ['whose dictionary is damaged', pdf({ '/Type': '/Other ] /Type' })],
  ['whose dictionary is damaged, with a comment behind it', before('/Height 200', '/Height ]')],
  ['whose filter leads nowhere', pdf({ '/Filter /FlateDecode': '/Filter 12 0 R' })],
  ['that is an inverted JPEG', pdfOf([pdfJpeg(utf8('ID3'), '/DCTDecode /Decode [1 0 1 0 1 0]')])],
])('a picture %s leaves the file incomplete', async ([, bytes]) => {
  expect(await look(bytes)).toEqual(NOT_READ);
});

test('streams that overlap are opened once, and the file is damaged', async () => {
  const inner = pdf();
  const outer = concatBytes(
    utf8('%PDF-1.7\n7 0 obj << /Type /EmbeddedFile /Length '),
    utf8(`${inner.length} >>\nstream\n`),
    inner,
    utf8('\nendstream\nendobj'),
  );
  expect(await look(outer)).toEqual({ ...FOUND, fault: 'decode' });
});

test('words that belong to no stream are no fault', async () => {
  expect(await look(concatBytes(pdf(), utf8('% a stream\nof words, endobj, obj, stream')))).toEqual(FOUND);
});
