/**
 * What the scanner gets from the containers part: what a container holds; and how much of it may be opened.
 * Flow: scanner/inside → an opener (zip, gzip, tar, pdf) → here → scanner/inside. Promise: work and memory are bounded by the content's size and by LIMITS; a bound that is reached is a fault, never silence.
 * Spec: docs/design/hashing.md#containers
 */
import { SCAN_LIMITS } from '@lodestone/protocol/limits';
import type { IncompleteReason } from '@lodestone/protocol/verdict';
import type { DecodedPicture } from '../../decode/reduce.ts';
import type { ContainerType } from '../../decode/sniff.ts';

export type Fault = Exclude<IncompleteReason, 'list-missing' | 'model-missing'>;

/** One thing that a container holds, or the reason why something in it was not opened. */
export type Found =
  /** `isCopy`: not a view of the container, so it is overwritten after use. */
  | { kind: 'bytes'; bytes: Uint8Array<ArrayBuffer>; isCopy: boolean }
  /** Samples without a format of their own. `clear` overwrites them. */
  | { kind: 'picture'; picture: DecodedPicture; clear: () => void }
  | { kind: 'fault'; reason: Fault };

export type OpenContainer = (bytes: Uint8Array<ArrayBuffer>, budget: Budget) => AsyncGenerator<Found>;

/** The part's result. A container may hold others, so the part hands over its openers, and the scanner calls them. */
export interface Openers {
  readonly openerOf: Readonly<Record<OpenedType, OpenContainer>>;
  /** An archive at the end of a file of another format. */
  readonly zipBehind: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> | undefined;
}
export type OpenedType = Extract<ContainerType, 'zip' | 'gzip' | 'tar' | 'pdf'>;

export function fault(reason: Fault): Found {
  return { kind: 'fault', reason };
}

/** What is left for one content item, over all its containers and their depth. */
export class Budget {
  #members: number = SCAN_LIMITS.containerMembers;
  #pixels: number;
  #unended: number = SCAN_LIMITS.unendedPictures;
  #streams: number = SCAN_LIMITS.pdfStreams;
  #bytes: number;

  constructor(contentBytes: number) {
    const byRatio = Math.max(SCAN_LIMITS.containerLeastBytes, contentBytes * SCAN_LIMITS.containerRatio);
    this.#bytes = Math.min(SCAN_LIMITS.containerBytes, byRatio);
    this.#pixels = Math.max(SCAN_LIMITS.containerPixels, contentBytes * SCAN_LIMITS.containerPixelsPerByte);
  }

  /** Bytes that may still be inflated. */
  get bytes(): number {
    return this.#bytes;
  }
  spendBytes(count: number): void {
    this.#bytes -= count;
  }

  /** @returns false if the bound is reached */
  takeMember(): boolean {
    this.#members -= 1;
    return this.#members >= 0;
  }

  /** A picture that begins and does not end. @returns false if the bound is reached */
  takeUnended(): boolean {
    this.#unended -= 1;
    return this.#unended >= 0;
  }
  /** A stream of a PDF, whatever it holds. @returns false if the bound is reached */
  takeStream(): boolean {
    this.#streams -= 1;
    return this.#streams >= 0;
  }

  /** No further member may be opened. */
  get isSpent(): boolean {
    return this.#members <= 0;
  }

  /** @returns false if a picture of this size is over the bound; it is not counted then */
  takePixels(width: number, height: number): boolean {
    if (width * height > this.#pixels) return false;
    this.#pixels -= width * height;
    return true;
  }
}
