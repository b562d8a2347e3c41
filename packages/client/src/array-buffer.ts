/** Tells buffers from other values, also those of another realm, such as jsdom's or a frame's, which `instanceof` does not know. Spec: docs/design/client.md#guard */

/** False for a SharedArrayBuffer: another thread may change it. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]';
}
