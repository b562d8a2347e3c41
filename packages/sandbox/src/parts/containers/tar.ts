/**
 * tar: POSIX ustar, pax and GNU. Flow: scanner/inside → here → each file's bytes. Promise: an entry of a type that is not known is a
 * file, and each step goes forward. Empty blocks are skipped, so that what follows an end is found. Spec: POSIX.1-2017 pax §ustar
 */
import { ascii } from '../../decode/byte-reader.ts';
import { fault, type OpenContainer } from './input.ts';

const BLOCK = 512;
/** Extended headers of pax and Solaris. */
const RECORDS = 'xgX';
/** GNU: a long name of the next entry or its link. */
const NAMES = 'LK';
/** Links, devices, directories, a volume's name. Programs disagree whether data follows if there is a size. */
const WITHOUT_DATA = '123456V';

export const openTar: OpenContainer = async function* (bytes, budget) {
  for (let at = 0; at < bytes.length;) {
    if (ascii(bytes, at + 257, at + 262) !== 'ustar') {
      if (bytes.subarray(at, at + BLOCK).some((byte) => byte !== 0)) return yield fault('decode');
      at += BLOCK;
      continue;
    }
    const size = sizeAt(bytes, at + 124);
    const start = at + BLOCK;
    if (size === undefined || start + size > bytes.length) yield fault('decode');
    const data = bytes.subarray(start, start + (size ?? 0));
    at = start + Math.ceil((size ?? 0) / BLOCK) * BLOCK;
    const type = ascii(bytes, start - BLOCK + 156, start - BLOCK + 157);
    if (data.length === 0 || NAMES.includes(type)) continue;
    if (RECORDS.includes(type)) {
      if (changesData(data)) yield fault('format');
      continue;
    }
    if (WITHOUT_DATA.includes(type)) yield fault('decode');
    if (type === 'S') yield fault('format'); // GNU: a file with holes
    if (!budget.takeMember()) return yield fault('too-large');
    yield { kind: 'bytes', bytes: data, isCopy: false };
  }
};

/** pax: the next entry has another size than its header says, or holes. */
function changesData(records: Uint8Array): boolean {
  return / (size|GNU\.sparse\.\w+)=/.test(new TextDecoder('latin1').decode(records));
}

/** In octal; or, if the first bit is set, as a number of 95 bits (GNU). Undefined for anything else, and for more than 32 bits. */
function sizeAt(bytes: Uint8Array, at: number): number | undefined {
  const field = ascii(bytes, at, at + 12);
  if (field.startsWith('\x80')) {
    if (!/^.\0{7}/.test(field)) return undefined;
    return bytes.subarray(at + 8, at + 12).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  const [, octal] = /^[ \0]*([0-7]*)[ \0]*$/.exec(field) ?? [];
  return octal === undefined ? undefined : Number.parseInt(octal, 8) || 0;
}
