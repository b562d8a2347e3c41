/** Where a text is in bytes, from an offset on; −1 if it is not. Flow: pdf → here. */
export function find(bytes: Uint8Array, text: string, from: number): number {
  const first = text.charCodeAt(0);
  for (let at = from; (at = bytes.indexOf(first, at)) >= 0; at++) {
    let same = 1;
    while (same < text.length && bytes[at + same] === text.charCodeAt(same)) same += 1;
    if (same === text.length) return at;
  }
  return -1;
}
