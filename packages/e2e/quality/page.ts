/** The text of docs/detection/quality.md from the figures of a run. Pure. Flow: main → here. */
import { variantGroups } from '@lodestone/pdq';
import type { FalseMatches } from './false-matches.ts';
import { falseMatchText } from './false-match-text.ts';
import { MEASURED } from './locked.ts';
import { DISTANCES, type EditFigures, type QualityFigures, SAMPLE_EVERY } from './figures.ts';
import { goalsOf } from './goals.ts';
import type { EngineFigures } from './in-engines.ts';
import { percent } from './plot.ts';

const USUAL = DISTANCES.length - 1;
/** In bits. */
const LIMIT = DISTANCES[USUAL] as number;

const number = (value: number): string => value.toLocaleString('en-US');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export function pageOf(figures: QualityFigures, falseMatches: FalseMatches, engines: EngineFigures): string {
  return `# Quality of detection

\`npm run quality\` writes this page and its plots. It edits ${number(figures.photographs)} free photographs in ${figures.edits.length} ways, and counts which copies PDQ finds: by the
picture's own hash, and by its [variants](../design/hashing.md#variants), in a list of the pictures alone and in one that has their [crops](../design/hashing.md#crops) too. All pixels are
decoded and hashed in Node. An order whose \`variants\` list all groups finds what the columns "with variants" and "all" say; one without finds "own hash" and "list
with crops". The sandbox reduces large pictures first, which changes the hashes by a few bits.

The photographs are those of npm packages under the MIT licence, and those of this repository's tests, reduced to 1,280 pixels where they are
larger. None has a PDQ quality below 50, because lists exclude those. A photograph that two packages publish counts once.

## Goals

${goals(figures)}

## Edited copies

The share of copies that are found. "Own hash" and "with variants" are for distances of ${DISTANCES.join(', ')} bits; the other columns say which group of variants finds the copy at
${LIMIT} bits. "List with crops": by the copy's own hash, in a list with the crops of each picture; "all": with variants, in such a list. The last column is the
median distance in bits, of the own hash and of the nearest variant.

![Recall of each edit](quality/recall.svg)

${recall(figures)}

What these figures do not show:

- **Orientations** are hashed by \`hashOrientations\`, not by \`hashVariants\`: a turned or mirrored copy is found with the variant \`orientations\` of an order.
- **A picture whose own edge is uniform** is stripped too far, on one side or on all: most of the padded copies that a list of the pictures alone misses. A list with
  crops also has what is left of such a picture.
- **Uneven cuts** of several sides are between the crops that a list has.
- **Drawings over a tenth of the picture** change the hash itself.

## Locked lists

A [locked list](locked-lists.md) cannot be read, and finds a copy only if the copy's hash and one of the row's subsets of bits agree after some tries. Rows and
pictures are those above; each row has ${MEASURED.slots} of ${MEASURED.subsets} subsets of ${MEASURED.bits} bits, the most stable ones of the picture, and a device makes ${number(MEASURED.tries)} tries, of which each
hash gets a share. At ${LIMIT} bits, beside the plain list:

${locked(figures)}

Over all copies of a group:

${lockedGroups(figures)}

Re-encoded, resized and sent pictures are found almost as in a plain list. Edits that flip many bits are not: a tone that clips, a logo, a watermark, a large cut. An
authority chooses for each list: to find more, or not to be read.

## In browsers

The built sandbox looked up the copies of every ${SAMPLE_EVERY}th photograph (${engines.photographs} photographs, ${figures.edits.length} edits, as PNG) in a plain and in a locked list of all photographs with their crops, with all variants. It decodes the
copy with the browser's decoder and reduces it, and finds almost the same:

${inEngines(figures, engines)}

## Different photographs

${different(figures)}

### In a list of a million rows

${falseMatchText(falseMatches)}

![Distances of different photographs](quality/different.svg)

## Published figures

Thorn's report of [perception](https://github.com/thorn-oss/perception/blob/main/docs/examples/benchmarking.rst) has PDQ's recall at a precision of 99.99 %, over 1,650 other photographs. Its threshold is
chosen for each edit, and is 54 to 72 bits; the figures above are for ${LIMIT} bits. They are no race, and show what PDQ alone does with the same kinds of edits.

${published(figures)}
`;
}

function goals(figures: QualityFigures): string {
  const { head, rows, reasons } = goalsOf(figures);
  return `Each goal is for a distance of ${LIMIT} bits and a plain list. Those of cuts by 5 % and more, of one side and at random are for a list with crops, the others for one of the pictures alone.
The last line is for a locked list.

${table(head, rows)}

One more goal is at most one false match in a million pictures at a million rows: it is [not shown](#in-a-list-of-a-million-rows), and the reason is there.
${reasons.length > 0 ? `\nWhy the others are missed:\n\n${reasons.join('\n')}` : ''}`;
}

function recall({ photographs, edits }: QualityFigures): string {
  const share = (count = 0): string => percent(count / photographs);
  const shares = (counts: readonly number[]): string => counts.map((count) => share(count)).join(', ');
  const rows = edits.map(({ group, name, found, median }) => [
    group,
    name,
    shares(found.plain),
    shares(found.all),
    ...variantGroups.map((variants) => share(found[variants][USUAL])),
    shares(found.crops),
    share(found.everything[USUAL]),
    `${median.plain}, ${median.all}`,
  ]);
  const head = [
    'group',
    'edit',
    'own hash',
    'with variants',
    ...variantGroups,
    'list with crops',
    'all',
    'median bits',
  ];
  return table(head, rows);
}

function locked({ photographs, edits }: QualityFigures): string {
  const share = (counts: readonly number[]): string => percent((counts[USUAL] ?? 0) / photographs);
  return table(
    [
      'group',
      'edit',
      'own hash: plain',
      'locked',
      'with variants: plain',
      'locked',
      'list with crops, all: plain',
      'locked',
    ],
    edits.map(({ group, name, found, locked: of }) => [
      group,
      name,
      share(found.plain),
      share(of.own),
      share(found.all),
      share(of.variants),
      share(found.everything),
      share(of.everything),
    ]),
  );
}

function lockedGroups({ photographs, edits }: QualityFigures): string {
  const groups = [...new Set(edits.map(({ group }) => group))];
  const mean = (group: string, of: (edit: EditFigures) => readonly number[]): string => {
    const counts = edits.filter((edit) => edit.group === group).map((edit) => of(edit)[USUAL] ?? 0);
    return percent(counts.reduce((sum, count) => sum + count, 0) / counts.length / photographs);
  };
  return table(
    ['group', 'with variants: plain', 'locked', 'list with crops, all: plain', 'locked'],
    groups.map((group) => [
      group,
      mean(group, ({ found }) => found.all),
      mean(group, ({ locked: of }) => of.variants),
      mean(group, ({ found }) => found.everything),
      mean(group, ({ locked: of }) => of.everything),
    ]),
  );
}

function inEngines({ edits }: QualityFigures, { photographs, engines }: EngineFigures): string {
  const groups = [...new Set(edits.map(({ group }) => group))];
  const named = Object.entries(engines);
  const share = (group: string, of: (edit: number) => number): string => {
    const indices = edits.flatMap((edit, i) => (edit.group === group ? [i] : []));
    return percent(indices.reduce((sum, i) => sum + of(i), 0) / indices.length / photographs);
  };
  return table(
    [
      'group',
      'Node: plain',
      'locked',
      ...named.flatMap(([engine, { version }]) => [`${engine} ${version.split('.')[0] ?? ''}: plain`, 'locked']),
    ],
    groups.map((group) => [
      group,
      share(group, (i) => edits[i]?.sampled.plain ?? 0),
      share(group, (i) => edits[i]?.sampled.locked ?? 0),
      ...named.flatMap(([, { plain, locked: of }]) => [
        share(group, (i) => plain[i] ?? 0),
        share(group, (i) => of[i] ?? 0),
      ]),
    ]),
  );
}

/** The nearest that at least one pair has. */
function least(counts: readonly number[]): number {
  return counts.findIndex((count) => count > 0);
}

function different({ photographs, others }: QualityFigures): string {
  const pairs = others.plain.reduce((sum, count) => sum + count, 0);
  const within = others.everything.slice(0, LIMIT + 1).reduce((sum, count) => sum + count, 0);
  const { mean, deviation } = spread(others.all);
  const away = ((mean - LIMIT) / deviation).toFixed(1);
  return `Each of the ${number(photographs)} photographs was looked up among the others, with all its variants and in a list with all their crops: ${number(pairs)} pairs. ${number(within)} of them are within ${LIMIT} bits.
The nearest two are ${least(others.plain)} bits apart by their own hashes, ${least(others.all)} by the nearest of all variants, ${least(others.crops)} by their own hash and the other's crops, and ${least(others.everything)} by the nearest of all. With the nearest variant, the mean distance is ${mean.toFixed(1)} bits and the standard deviation ${deviation.toFixed(1)}:
${LIMIT} bits are ${away} standard deviations below the mean.

${bound(within, pairs)} A list of a million rows makes a million pairs of each picture, so this alone does not
show a rate of one picture in a million. The distances above make it likely, for photographs. Flat pictures and drawings are nearer to each other; PDQ's quality excludes the flattest.`;
}

function bound(within: number, pairs: number): string {
  if (within > 0) return `That is a rate of ${(within / pairs).toExponential(1)}.`;
  return `The run bounds the rate of false matches only as far as its number of pairs allows: with 95 % confidence, fewer than ${(3 / pairs).toExponential(1)} of pairs
are within ${LIMIT} bits (none of ${number(pairs)}; three divided by the number).`;
}

function spread(counts: readonly number[]): { mean: number; deviation: number } {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const mean = counts.reduce((sum, count, bits) => sum + count * bits, 0) / all;
  const variance = counts.reduce((sum, count, bits) => sum + count * (bits - mean) ** 2, 0) / all;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Thorn's edit, its figure for photographs in percent, and the edit here that is most like it. */
const PUBLISHED: readonly (readonly [edit: string, share: string, here: string])[] = [
  ['blur, sigma 2', '100 %', 'blurred, sigma 2'],
  ['JPEG, quality 95', '99.88 %', 'JPEG, quality 90'],
  ['gamma 2', '100 %', 'gamma 2'],
  ['resized to half', '99.82 %', 'half'],
  ['vignette', '100 %', 'vignette'],
  ['rotated by 4 degrees', '73.39 %', '+4°, canvas grown, white corners'],
  ['cropped by 5 %', '30.61 %', '2 % of each side'],
  ['padded by 20 %', '1.46 %', '20 % on each side, black'],
];

function published({ photographs, edits }: QualityFigures): string {
  const rows = PUBLISHED.map(([edit, share, here]) => {
    const one = edits.find(({ name }) => name === here) as EditFigures;
    const of = (counts: readonly number[]): string => percent((counts[USUAL] ?? 0) / photographs);
    return [edit, share, `${one.group}: ${here}`, of(one.found.plain), of(one.found.all)];
  });
  return table(['edit there', 'PDQ there', 'edit here', 'own hash', 'with variants'], rows);
}
