/** Prints what the tables do with rows that they were not trained with. Flow: train → here → figures. */
import type { Pdq } from '@lodestone/pdq';
import { photographFile, PHOTOGRAPHS } from '@lodestone/testkit/photographs';
import { OTHER_CLASSES, otherPictures } from '../../test/other-pictures.ts';
import type { GreyPicture } from './canvas.ts';
import { CLASSES, type PictureClass } from './class-pictures.ts';
import { type Figures, FIGURES_HEAD, figuresOf, lineOf, SLOTS } from './figures.ts';
import { LEAST_QUALITY, type Photograph, photographsOf } from './photographs.ts';

export interface Trained {
  readonly pdq: Pdq;
  readonly photographs: readonly Photograph[];
  /** With all photographs. */
  readonly tables: Uint8Array;
  readonly tablesWith: (photographs: readonly Photograph[]) => Uint8Array;
  readonly draw: (
    hasher: Pdq,
    draw: PictureClass['draw'],
    count: number,
    seed: number,
    from: readonly GreyPicture[],
  ) => Uint8Array[];
  readonly say: (line: string) => void;
}

/** The photographs are divided into as many parts; each is scored by tables of the others. */
const PARTS = 5;
/** Pictures of a class that are scored. */
const COUNT = 300;

export async function printFigures({ pdq, photographs, tables, tablesWith, draw, say }: Trained): Promise<void> {
  const parts = Array.from({ length: PARTS }, (_, part) => {
    const scored = photographs.filter((_, i) => i % PARTS === part);
    const own = tablesWith(photographs.filter((_, i) => i % PARTS !== part));
    const figures = (rows: readonly Uint8Array[], bits: 96 | 112): Figures => figuresOf(own, rows, bits);
    const whole = scored.map((photograph) => photograph.own);
    // Every fourth, because each is there twice, and neighbours show much of the same.
    const cutOuts = scored.flatMap(({ hashes }) => hashes.filter((_, i) => i % 4 === 0));
    return { whole: figures(whole, 96), whole112: figures(whole, 112), cutOuts: figures(cutOuts, 96) };
  });
  say('photographs that were held out');
  for (const kind of ['whole', 'whole112', 'cutOuts'] as const) {
    const all = parts.map((part) => part[kind]);
    const mean = (of: (figures: Figures) => number): number =>
      all.reduce((sum, figures) => sum + of(figures) * figures.rows, 0) / all.reduce((sum, { rows }) => sum + rows, 0);
    console.log(
      lineOf(kind, {
        rows: all.reduce((sum, { rows }) => sum + rows, 0),
        asPhotograph: { mean: 0, deviation: 0 },
        failOne: mean(({ failOne }) => failOne),
        refused: SLOTS.map((_, n) => mean(({ refused }) => refused[n] as number)),
        medianScore: mean(({ medianScore }) => medianScore),
        leastScore: Math.min(...all.map(({ leastScore }) => leastScore)),
        leastGuesses: 0,
        leastGuessesKept: 0,
      }),
      `photograph model ${mean(({ asPhotograph }) => asPhotograph.mean).toFixed(2)} ± ${mean(({ asPhotograph }) => asPhotograph.deviation).toFixed(2)}`,
      `log2 guesses: weakest ${Math.min(...all.map(({ leastGuesses }) => leastGuesses)).toFixed(1)}, of kept ${Math.min(...all.map(({ leastGuessesKept }) => leastGuessesKept)).toFixed(1)}`,
    );
  }
  await printClasses({ pdq, photographs, tables, draw, say });
}

async function printClasses({ pdq, photographs, tables, draw, say }: Omit<Trained, 'tablesWith'>): Promise<void> {
  const thumbnails = photographs.map(({ thumbnail }) => thumbnail);
  say('classes, other pictures of the generator that trained the tables');
  console.log(FIGURES_HEAD);
  const print = (name: string, rows: readonly Uint8Array[]): Figures => {
    const figures = figuresOf(tables, rows, 96);
    console.log(lineOf(name, figures), figures.leastGuesses.toFixed(1), figures.leastGuessesKept.toFixed(1));
    return figures;
  };
  const own = CLASSES.map(({ name, draw: one }, c) => print(name, draw(pdq, one, COUNT, 70_000 + c, thumbnails)));
  for (const kind of ['screen', 'page'] as const)
    say(`${kind}s: refused ${refusedOf(own.filter((_, c) => CLASSES[c]?.kind === kind))}`);

  say('classes of the other generator, with photographs that were held out');
  const files = PHOTOGRAPHS.map(photographFile);
  print(
    'those photographs',
    (await photographsOf(pdq, files)).flatMap(({ hashes }) => hashes),
  );
  for (const name of Object.keys(OTHER_CLASSES)) {
    const pictures = await otherPictures(name, COUNT / 2, files);
    const hashes = pictures.map((picture) => pdq.hash(picture)).filter(({ quality }) => quality >= LEAST_QUALITY);
    print(
      name,
      hashes.map(({ hash }) => hash),
    );
  }
}

function refusedOf(figures: readonly Figures[]): string {
  return SLOTS.map((slots, n) => {
    const share = figures.reduce((sum, { refused }) => sum + (refused[n] as number), 0) / figures.length;
    return `${(100 * share).toFixed(1)} % with ${slots} slots`;
  }).join(', ');
}
