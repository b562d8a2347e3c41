/**
 * The objects of a PDF by their number. Flow: pdf → here → pdf-syntax. Promise: reading all of them, again and again, costs a few passes over
 * the file. Objects in object streams are not found. Spec: ISO 32000-1 §7.3.10
 */
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import { ascii } from '../../decode/byte-reader.ts';
import { find } from './find.ts';
import { ObjectReader, type ReadObject, Reference, type Value } from './pdf-syntax.ts';

/** Objects that lie inside each other are read more than once: this many passes in all, */
const PASSES = 2;
/** and this much more, for short files. */
const FURTHER_BYTES = 4_096;
/** To begin an object costs as much as to read so many bytes. */
const OBJECT_BYTES = 32;
const REFERENCES = 8;

export class PdfObjects {
  readonly #bytes: Uint8Array;
  readonly #read = new Map<string, Value | undefined>();
  #index: Map<string, number> | undefined;
  #left: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#left = bytes.length * PASSES + FURTHER_BYTES;
  }

  /** More was read than the file's length explains; further objects are not read. */
  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** @param at behind the word "obj" */
  readAt(at: number): ReadObject | undefined {
    if (this.isSpent) return undefined;
    const reader = new ObjectReader(this.#bytes, at);
    const read = reader.read();
    this.#left -= reader.at - at + OBJECT_BYTES;
    return read;
  }

  /** Follows references. @returns undefined for none, and for one that leads nowhere or to several objects */
  resolve(value: Value | undefined): Value | undefined {
    let found = value;
    for (let steps = 0; found instanceof Reference; steps++) {
      if (steps === REFERENCES) return undefined;
      found = this.#lookUp(found.object);
    }
    return found;
  }

  #lookUp(object: string): Value | undefined {
    if (!this.#read.has(object)) {
      this.#index ??= indexOf(this.#bytes);
      const at = this.#index.get(object) ?? -1;
      this.#read.set(object, at < 0 ? undefined : this.readAt(at)?.value);
    }
    return this.#read.get(object);
  }
}

/** Where each object begins, by number and generation ("12 0"); −1 if several have the number. */
function indexOf(bytes: Uint8Array): Map<string, number> {
  const objects = new Map<string, number>();
  for (let at = 0; (at = find(bytes, 'obj', at)) >= 0 && objects.size < SCAN_LIMITS.pdfStreams; at += 3) {
    const [, number, generation] = /(\d+)[\s\0]+(\d+)[\s\0]*$/.exec(ascii(bytes, Math.max(0, at - 24), at)) ?? [];
    const object = `${Number(number)} ${Number(generation)}`;
    if (number) objects.set(object, objects.has(object) ? -1 : at + 3);
  }
  return objects;
}
