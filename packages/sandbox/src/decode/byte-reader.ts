/** Reads numbers and text from untrusted bytes. Flow: format/, sniff → here. Promise: nothing throws; past the end, numbers read as zeros and text is shorter. */

export function uint8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
export function uint16(bytes: Uint8Array, at: number): number {
  return uint8(bytes, at) + uint8(bytes, at + 1) * 0x100;
}
export function uint24(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) + uint8(bytes, at + 2) * 0x10000;
}
export function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) + uint16(bytes, at + 2) * 0x10000;
}
export function int32(bytes: Uint8Array, at: number): number {
  return uint32(bytes, at) | 0;
}
export function uint16BigEndian(bytes: Uint8Array, at: number): number {
  return uint8(bytes, at) * 0x100 + uint8(bytes, at + 1);
}
export function uint32BigEndian(bytes: Uint8Array, at: number): number {
  return uint16BigEndian(bytes, at) * 0x10000 + uint16BigEndian(bytes, at + 2);
}

/** One character for each byte. */
export function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
