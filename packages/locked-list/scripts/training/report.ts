/** Prints what the tables do with rows that they were not trained with. Flow: train → here → figures. */
import type { Pdq } from '@lodestone/pdq';
import { photographFile, PHOTOGRAPHS } from '@lodestone/testkit/photographs';
import { OTHER_CLASSES, otherPictures } from '../../test/other-pictures.ts';
import type { GreyPicture } from './canvas.ts';
import { CLASSES, type PictureClass } from './class-pictures.ts';
import { HEAD, lineOf, measure, type MeasuredRow, refusedOf } from './figures.ts';
import { LEAST_QUALITY, type Photograph, photographsOf } from './photographs.ts';

export interface Trained {
  readonly pdq: Pdq;
  readonly photographs: readonly Photograph[];
  /** With all photographs. */
  readonly tables: Uint8Array;
  readonly tablesWith: (photographs: readonly Photograph[]) => Uint8Array;
  readonly draw: (
    pdq: Pdq,
    draw: PictureClass['draw'],
    count: number,
    seed: number,
    from: readonly GreyPicture[],
  ) => Uint8Array[];
}

/** The photographs are divided into as many parts; each is scored by tables of the others. */
const PARTS = 5;
/** Every so many hashes of a photograph are scored as cut-outs: each is there twice, and neighbours show much of the same. */
const EVERY = 8;
/** Pictures of a class that are scored. */
const DRAWN = 300;

export async function printFigures(trained: Trained): Promise<void> {
  console.log(HEAD);
  printPhotographs(trained);
  printClasses(trained);
  await printOthers(trained);
}

function printPhotographs({ photographs, tablesWith }: Trained): void {
  const measured: Record<'whole' | 'larger' | 'cutOuts', MeasuredRow[]> = { whole: [], larger: [], cutOuts: [] };
  for (let part = 0; part < PARTS; part++) {
    const tables = tablesWith(photographs.filter((_, i) => i % PARTS !== part));
    const scored = photographs.filter((_, i) => i % PARTS === part);
    const whole = scored.map(({ own }) => own);
    const cutOuts = scored.flatMap(({ hashes }) => hashes.slice(2).filter((_, i) => i % EVERY === 0));
    measured.whole.push(...measure(tables, whole, 96));
    measured.larger.push(...measure(tables, whole, 112));
    measured.cutOuts.push(...measure(tables, cutOuts, 96));
  }
  console.log(lineOf('photographs, 96 bits', measured.whole));
  console.log(lineOf('photographs, 112 bits', measured.larger));
  console.log(lineOf('cut-outs, 96 bits', measured.cutOuts));
}

function printClasses({ pdq, photographs, tables, draw }: Trained): void {
  const thumbnails = photographs.map(({ thumbnail }) => thumbnail);
  const measured = CLASSES.map((one, c) => {
    const rows = measure(tables, draw(pdq, one.draw, DRAWN, 70_000 + c, thumbnails), 96);
    console.log(lineOf(one.isTrained ? one.name : `${one.name}, no tables`, rows));
    return rows;
  });
  for (const kind of ['screen', 'page'] as const)
    console.log(`all ${kind}s, refused: ${refusedOf(measured.filter((_, c) => CLASSES[c]?.kind === kind).flat())}`);
}

async function printOthers({ pdq, tables }: Trained): Promise<void> {
  const files = PHOTOGRAPHS.map(photographFile);
  const print = (name: string, rows: readonly Uint8Array[]): void =>
    console.log(lineOf(name, measure(tables, rows, 96)));
  const held = await photographsOf(pdq, files);
  print(
    'photographs of the tests and their cut-outs',
    held.flatMap(({ hashes }) => hashes),
  );
  for (const name of Object.keys(OTHER_CLASSES)) {
    const hashed = (await otherPictures(name, DRAWN / 2, files)).map((picture) => pdq.hash(picture));
    print(
      name,
      hashed.filter(({ quality }) => quality >= LEAST_QUALITY).map(({ hash }) => hash),
    );
  }
}
