/**
 * Lets the built sandbox of each engine look up copies of some photographs, in a plain and in a locked list of all photographs with their crops,
 * with all variants. Flow: main → here ⇄ engine-page → page.
 */
import path from 'node:path';
import type { Engine } from '@lodestone/audit/browsers';
import { loadPdq, toHex } from '@lodestone/pdq';
import { type ListRecord, printRelease } from '@lodestone/protocol/list-file';
import sharp from 'sharp';
import { runInEngine } from '../media/run-in-engine.ts';
import { EDITS } from './edits.ts';
import type { EngineAnswer, EngineInput } from './engine-page.ts';
import { ALL_ROWS, lockedFile } from './locked.ts';
import { differentPhotographs, type HashedPhotograph, MOST, openOriginal } from './measure.ts';

/** WebKitGTK decodes as slowly as both together. */
const RUN_IN = ['chromium', 'firefox'] as const satisfies readonly Engine[];

export interface EngineFigures {
  readonly photographs: number;
  readonly engines: Readonly<
    Partial<
      Record<
        Engine,
        {
          readonly version: string;
          /** For each edit, in the order of EDITS, how many copies are found. */
          readonly plain: readonly number[];
          readonly locked: readonly number[];
        }
      >
    >
  >;
}

/** @param every of this many photographs one is looked up: the same as in the first of as many parts of `measurePart` */
export async function measureInEngines(
  files: readonly string[],
  every: number,
  say: (line: string) => void,
): Promise<EngineFigures> {
  const all = await differentPhotographs(await loadPdq(), files);
  const lists = { plain: base64(plainFile(all)), locked: base64(await lockedFile(all, ALL_ROWS)) };
  const chosen = [...all.entries()].filter(([entry]) => entry % every === 0);
  const copyOf = async (item: number): Promise<Uint8Array> => {
    const [, { file, number }] = chosen[Math.floor(item / EDITS.length)] as (typeof chosen)[number];
    const copy = await EDITS[item % EDITS.length]?.apply(await openOriginal(file), number);
    if (!copy) throw new Error(`there is no copy ${item}`);
    const { data, width, height } = copy;
    return sharp(data, { raw: { width, height, channels: 3 } })
      .png({ compressionLevel: 1 })
      .toBuffer();
  };
  const engines: Record<string, EngineFigures['engines'][Engine]> = {};
  for (const engine of RUN_IN) {
    const { version, answers } = await runInEngine<EngineAnswer>({
      engine,
      script: path.join(import.meta.dirname, 'engine-page.ts'),
      input: { ...lists, maxDistance: MOST, items: chosen.length * EDITS.length } satisfies EngineInput,
      items: chosen.length * EDITS.length,
      bytesOf: copyOf,
      say,
    });
    const found = (list: 'plain' | 'locked'): number[] =>
      EDITS.map(
        (_, edit) =>
          answers.filter((answer, item) => {
            const [entry] = chosen[Math.floor(item / EDITS.length)] as (typeof chosen)[number];
            return item % EDITS.length === edit && answer[list] === entry + 1;
          }).length,
      );
    engines[engine] = { version, plain: found('plain'), locked: found('locked') };
  }
  return { photographs: chosen.length, engines };
}

/** A list has no row twice. */
function plainFile(all: readonly HashedPhotograph[]): Uint8Array {
  const rows = new Map<string, ListRecord>();
  for (const [i, one] of all.entries())
    for (const { hash } of ALL_ROWS(one)) {
      if (!rows.has(toHex(hash))) rows.set(toHex(hash), { type: 'pdq', entry: i + 1, payload: hash });
    }
  return printRelease(rows.values());
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
