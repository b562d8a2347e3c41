/** What a media run found, in numbers: how many photographs drift by how many bits. Pure. Flow: measure → here → page, plot. */
import type { Answer } from './page.ts';
import { type Form, FORMS } from './forms.ts';
import type { Photograph } from './photographs.ts';

/** PDQ's own threshold: below it a hash says little, and lists exclude it. */
export const LEAST_QUALITY = 50;

export interface Drift {
  readonly pictures: number;
  /** How many pictures differ by 0, 1, 2, … bits. */
  readonly counts: readonly number[];
  /** Over the largest distance that the run sees, or not found at all. */
  readonly further: number;
}

export interface Figures {
  readonly version: string;
  readonly all: Drift;
  readonly forms: Readonly<Partial<Record<Form, Drift>>>;
  /** Below `LEAST_QUALITY`; not in the rows above. */
  readonly belowQuality: number;
  /** The furthest ones. */
  readonly worst: readonly {
    readonly bits: number | null;
    readonly form: Form;
    readonly width: number;
    readonly height: number;
    readonly picture: string;
  }[];
}

export function figuresOf(version: string, photographs: readonly Photograph[], answers: readonly Answer[]): Figures {
  const measured = answers.map(({ index, distance }) => ({ ...(photographs[index] as Photograph), distance }));
  const good = measured.filter(({ quality }) => quality >= LEAST_QUALITY);
  const bits = ({ distance = Infinity }: { distance?: number | undefined }): number => distance;
  return {
    version,
    all: driftOf(good.map(bits)),
    forms: Object.fromEntries(FORMS.map((form) => [form, driftOf(good.filter((one) => one.form === form).map(bits))])),
    belowQuality: measured.length - good.length,
    worst: good
      .toSorted((a, b) => bits(b) - bits(a))
      .slice(0, 3)
      .map(({ distance, form, width, height, file }) => ({
        bits: distance ?? null,
        form,
        width,
        height,
        picture: file.split('photographs/').at(-1) ?? '',
      })),
  };
}

function driftOf(distances: readonly number[]): Drift {
  const seen = distances.filter((bits) => bits < Infinity);
  const counts = Array.from(
    { length: Math.max(0, ...seen) + 1 },
    (_, bits) => seen.filter((one) => one === bits).length,
  );
  return { pictures: distances.length, counts, further: distances.length - seen.length };
}

export function atMost({ counts }: Drift, bits: number): number {
  return counts.slice(0, bits + 1).reduce((sum, count) => sum + count, 0);
}

export function meanOf({ counts }: Drift): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, bits) => sum + count * bits, 0) / Math.max(1, all);
}
