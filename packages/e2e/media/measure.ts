/**
 * Lets the built sandbox of one engine look up pictures, each among the hash that the reference gives for it.
 * Flow: main → here ⇄ page. Promise: one answer for each picture, in their order.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '@lodestone/audit/browsers';
import type { Answer, Wanted } from './page.ts';
import { runInEngine } from './run-in-engine.ts';

export interface Measured {
  readonly version: string;
  readonly answers: readonly Answer[];
}

export interface MeasuredPicture extends Wanted {
  readonly file: string;
}

export function measure(
  engine: Engine,
  pictures: readonly MeasuredPicture[],
  say: (line: string) => void,
): Promise<Measured> {
  return runInEngine<Answer>({
    engine,
    script: path.join(import.meta.dirname, 'page.ts'),
    input: pictures.map(({ hash }): Wanted => ({ hash })),
    items: pictures.length,
    bytesOf: (item) => readFile(pictures[item]?.file ?? ''),
    say,
  });
}
