/**
 * The option `root` of a source: root.json as a host has it at hand. Flow: host's options → here → root-bytes → updater. Pure.
 * Promise: what is not a root is named for what it is. Spec: docs/design/client.md#roots
 */
import { isArrayBuffer } from './array-buffer.ts';

/** root.json as text, as bytes (of any realm), or as imported JSON. */
export type RootOption = string | ArrayBuffer | ArrayBufferView | RootJson;

/** What `import root from './root.json'` gives. */
export interface RootJson {
  readonly signed: object;
  readonly signatures: readonly object[];
}

const WANTED = 'pass root.json as text, as bytes (an ArrayBuffer or a view) or as imported JSON';

/** Why the value is not a root, as a sentence about it; undefined if it is one. */
export function whyNotRoot(value: unknown): string | undefined {
  const json = jsonOf(value);
  if (typeof json === 'string') return `${json}: ${WANTED}`;
  const { signed } = json as { signed?: { _type?: unknown } };
  if (signed?._type === 'root') return undefined;
  const found = typeof signed?._type === 'string' ? `the metadata ${signed._type}.json` : 'JSON of another kind';
  return `is ${found}, not a root: ${WANTED}`;
}

/** Bytes are copied, so that the host may reuse its buffer. */
export function copyOfRoot(root: RootOption): RootOption {
  return bytesOf(root) ?? root;
}

/** The parsed object, or as a string what the value is instead. */
function jsonOf(value: unknown): object | string {
  if (value === undefined || value === null) return 'is missing';
  if (value instanceof URL) return 'is an address, not the file';
  if (typeof (value as PromiseLike<unknown>).then === 'function') return 'is a promise: await it';
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (['Response', 'Blob', 'File'].includes(kind)) return `is a ${kind}, not its content: await its text()`;
  const bytes = bytesOf(value);
  if (bytes) return parsed(new TextDecoder().decode(bytes));
  if (typeof value === 'string') return parsed(value);
  return typeof value === 'object' ? value : `is a ${typeof value}`;
}

function parsed(text: string): object | string {
  if (text.trim() === '') return 'is empty';
  if (/^\s*</.test(text)) return 'is an HTML page: the server answered with its start page instead of root.json';
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : 'is not a JSON object';
  } catch {
    const isAddress = text.length < 500 && /^(https?:|data:|\.{0,2}\/)/.test(text);
    return isAddress ? 'is an address, not the file' : 'is not JSON';
  }
}

/** @returns undefined for text and JSON */
export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (isArrayBuffer(value)) return new Uint8Array(value).slice();
  if (!ArrayBuffer.isView(value)) return undefined;
  return Uint8Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
}
