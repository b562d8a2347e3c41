/**
 * ZIP, and the formats built on it (docx, apk, epub, jar). Flow: scanner/inside → here → each member's bytes.
 * Promise: where programs could disagree about what is in it (members that only local headers name, headers that differ from the
 * directory, members that overlap), the archive is damaged. Encrypted members and other methods than stored and deflated are faults.
 * Names are never read. Spec: APPNOTE 6.3.10
 */
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import { uint16, uint32 } from '../../decode/byte-reader.ts';
import { type Budget, fault, type Found, type OpenContainer } from './input.ts';
import { inflate } from './inflate.ts';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
/** Each begins with "PK". */
const SIGNATURES = [LOCAL, CENTRAL, END, 0x08074b50 /* data descriptor */, END_64];
const END_BYTES = 22;
const COMMENT_BYTES = 65_535;
const IN_ZIP64 = 0xffffffff;
/** Flags of the older and the strong encryption. */
const ENCRYPTED = 0x41;
/** With its signature and two numbers of 64 bits. */
const DESCRIPTOR_BYTES = 24;

interface Member {
  /** Where its local header begins. */
  readonly at: number;
  readonly flags: number;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
}

export const openZip: OpenContainer = async function* (bytes, budget) {
  const { members, start, isWhole } = readDirectory(bytes);
  if (!isWhole) yield fault('decode');
  let end = 0;
  for (const [index, member] of members.entries()) {
    yield* openUnnamed(bytes, end, member.at, budget);
    // Skipped, since many entries for the same bytes would cost more than the file's size.
    const overlaps = member.at < end;
    end = Math.max(end, member.at);
    if (overlaps || !agreesWithLocal(bytes, member, members[index + 1]?.at ?? start)) yield fault('decode');
    if (overlaps || uint32(bytes, member.at) !== LOCAL) continue;
    yield* openMember(bytes, member, budget);
    end = dataOf(bytes, member.at) + member.packedBytes;
  }
  yield* openUnnamed(bytes, end, bytes.length, budget);
};

/** An archive at the end of a file of another format, as unpackers find it: by the record at its end. */
export function zipBehind(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const end = findEnd(bytes);
  if (end === undefined) return undefined;
  // Its offsets count from its own beginning, unless they were adjusted.
  const start = endOfDirectory(bytes, end) - directorySize(bytes, end);
  const first = start - directoryStart(bytes, end);
  if (first > 0 && uint32(bytes, start) === CENTRAL) return bytes.subarray(first);
  return uint32(bytes, directoryStart(bytes, end)) === CENTRAL ? bytes : undefined;
}

/** Members in the order of the file, and where the directory begins. */
function readDirectory(bytes: Uint8Array): { members: Member[]; start: number; isWhole: boolean } {
  const end = findEnd(bytes);
  if (end === undefined) return { members: [], start: bytes.length, isWhole: false };
  const wide = wideEnd(bytes, end);
  const count = wide === undefined ? uint16(bytes, end + 10) : uint32(bytes, wide + 32);
  const start = directoryStart(bytes, end);
  const members: Member[] = [];
  let at = start;
  // One more than may be opened, so that the bound is a fault.
  while (uint32(bytes, at) === CENTRAL && members.length <= SCAN_LIMITS.containerMembers) {
    members.push(readEntry(bytes, at));
    at += 46 + uint16(bytes, at + 28) + uint16(bytes, at + 30) + uint16(bytes, at + 32);
  }
  const isCut = members.length > SCAN_LIMITS.containerMembers;
  const isWhole = isCut || (members.length === count && at === endOfDirectory(bytes, end));
  return { members: members.sort((a, b) => a.at - b.at), start, isWhole };
}

/** The last record whose comment ends with the file; else the last one. */
function findEnd(bytes: Uint8Array): number | undefined {
  let last: number | undefined;
  const lowest = Math.max(0, bytes.length - END_BYTES - COMMENT_BYTES);
  for (let at = bytes.length - END_BYTES; at >= lowest; at--) {
    if (bytes[at] !== 0x50 || uint32(bytes, at) !== END) continue;
    if (at + END_BYTES + uint16(bytes, at + 20) === bytes.length) return at;
    last ??= at;
  }
  return last;
}

/** Of ZIP64, the record with the numbers of 64 bits; it lies before its locator. */
function wideEnd(bytes: Uint8Array, end: number): number | undefined {
  const at = end - 20 - 56;
  return uint32(bytes, end - 20) === END_64_LOCATOR && uint32(bytes, at) === END_64 ? at : undefined;
}

function endOfDirectory(bytes: Uint8Array, end: number): number {
  return wideEnd(bytes, end) ?? end;
}

function directorySize(bytes: Uint8Array, end: number): number {
  const wide = wideEnd(bytes, end);
  return wide === undefined ? uint32(bytes, end + 12) : uint32(bytes, wide + 40);
}

function directoryStart(bytes: Uint8Array, end: number): number {
  const wide = wideEnd(bytes, end);
  return wide === undefined ? uint32(bytes, end + 16) : uint32(bytes, wide + 48);
}

function readEntry(bytes: Uint8Array, at: number): Member {
  const wide = wideSizes(bytes, at + 46 + uint16(bytes, at + 28), uint16(bytes, at + 30));
  const size = (value: number): number => (value === IN_ZIP64 ? (wide.shift() ?? value) : value);
  const [whole, packedBytes, start] = [
    size(uint32(bytes, at + 24)),
    size(uint32(bytes, at + 20)),
    size(uint32(bytes, at + 42)),
  ];
  return { at: start, flags: uint16(bytes, at + 8), method: uint16(bytes, at + 10), packedBytes, bytes: whole };
}

/** The numbers of 64 bits in the extra field 1; no content is so long that the upper half matters. */
function wideSizes(bytes: Uint8Array, from: number, length: number): number[] {
  for (let at = from; at + 4 <= from + length; at += 4 + uint16(bytes, at + 2)) {
    if (uint16(bytes, at) !== 1) continue;
    const count = Math.floor(uint16(bytes, at + 2) / 8);
    return Array.from({ length: Math.min(3, count) }, (_, i) => uint32(bytes, at + 4 + i * 8));
  }
  return [];
}

/** Some programs go by the local header. @param next where the next thing after the member's data begins */
function agreesWithLocal(bytes: Uint8Array, member: Member, next: number): boolean {
  const { at } = member;
  const flags = uint16(bytes, at + 6);
  const wide = wideSizes(bytes, at + 30 + uint16(bytes, at + 26), uint16(bytes, at + 28));
  const size = (value: number): number => (value === IN_ZIP64 ? (wide.shift() ?? value) : value);
  const sizes = [size(uint32(bytes, at + 22)), size(uint32(bytes, at + 18))];
  const followSizes = (flags & 8) !== 0;
  const sizesAgree = [member.bytes, member.packedBytes].every(
    (value, i) => sizes[i] === value || (followSizes && (sizes[i] === 0 || sizes[i] === IN_ZIP64)),
  );
  // Without sizes, a program inflates until the data ends.
  const hidesData = followSizes && member.packedBytes === 0 && next - dataOf(bytes, at) > DESCRIPTOR_BYTES;
  return (
    uint32(bytes, at) === LOCAL &&
    (flags & ENCRYPTED) === (member.flags & ENCRYPTED) &&
    uint16(bytes, at + 8) === member.method &&
    sizesAgree &&
    !hidesData
  );
}

/** Where the data of the member begins whose local header is at `at`. */
function dataOf(bytes: Uint8Array, at: number): number {
  return at + 30 + uint16(bytes, at + 26) + uint16(bytes, at + 28);
}

/** Members between those that the directory names. Some programs read local headers only. */
async function* openUnnamed(
  bytes: Uint8Array<ArrayBuffer>,
  from: number,
  to: number,
  budget: Budget,
): AsyncGenerator<Found> {
  for (let at = nextSignature(bytes, from, to, [LOCAL]); at < to;) {
    yield fault('decode');
    const data = dataOf(bytes, at);
    // With bit 3 the size follows the data.
    const packedBytes = uint32(bytes, at + 18) || Math.max(0, nextSignature(bytes, data, to, SIGNATURES) - data);
    const member = {
      at,
      flags: uint16(bytes, at + 6),
      method: uint16(bytes, at + 8),
      packedBytes: Math.max(0, Math.min(packedBytes, to - data)),
      bytes: uint32(bytes, at + 22),
    };
    yield* openMember(bytes, member, budget);
    if (budget.isSpent) return;
    at = nextSignature(bytes, Math.max(at + 4, data + member.packedBytes), to, [LOCAL]);
  }
}

function nextSignature(bytes: Uint8Array, from: number, to: number, signatures: readonly number[]): number {
  const searched = bytes.subarray(0, to); // so that the search for one letter ends here too
  for (let at = from; at < to && (at = searched.indexOf(0x50, at)) >= 0; at++) {
    if (signatures.includes(uint32(bytes, at))) return at;
  }
  return to;
}

async function* openMember(bytes: Uint8Array<ArrayBuffer>, member: Member, budget: Budget): AsyncGenerator<Found> {
  if (member.packedBytes === 0) return; // a folder, or an empty file
  if (!budget.takeMember()) return yield fault('too-large');
  const start = dataOf(bytes, member.at);
  const packed = bytes.subarray(start, start + member.packedBytes);
  if (packed.length < member.packedBytes) yield fault('decode');
  if ((member.flags & ENCRYPTED) !== 0) return yield fault('format');
  if (member.method === 0) return yield { kind: 'bytes', bytes: packed, isCopy: false };
  if (member.method !== 8) return yield fault('format');
  const inflated = await inflate(packed, 'deflate-raw', budget, member.bytes);
  if (inflated.fault) yield fault(inflated.fault);
  else if (inflated.bytes.length !== member.bytes && member.bytes !== 0) yield fault('decode');
  yield { kind: 'bytes', bytes: inflated.bytes, isCopy: true };
}
