/** The text of docs/detection/media.md: the format table of the tests, the limits of the protocol, and the figures of a run. Pure. Flow: main → here. */
import { LIMITS, SCAN_LIMITS } from '@lodestone/protocol';
import { FORMAT_OUTCOMES, type Outcome } from '@lodestone/sandbox/testing/format-outcomes';
import { atMost, type Figures, LEAST_QUALITY, meanOf } from './figures.ts';
import { FORMS } from './forms.ts';

const NAMES: Readonly<Record<string, string>> = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKitGTK' };
const WORDS: Readonly<Record<Outcome, string>> = {
  found: 'hashed',
  part: 'hashed, incomplete',
  decode: '`decode`',
  format: '`format`',
};

const number = (value: number): string => value.toLocaleString('en-US');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export function pageOf(figures: Readonly<Record<string, Figures>>): string {
  return `# Media

\`npm run media\` writes this page and its plots. [Hashing and matching](../design/hashing.md) explains how pictures are decoded and compared.

## Formats

What the sandbox says of a file of each kind. "Hashed" means: within 4 bits of what the engine's \`<img>\` shows. "Incomplete": looked up, but something was
cut, so the verdict is never complete. A word in code font is the reason of an incomplete verdict in which nothing was looked up. The browser
tests check each row in each engine (\`packages/sandbox/test/format-outcomes.ts\` is their table).

${formats()}

## Drift

The distance in bits between the hash that the built sandbox looks up and the one that \`pdq hash\` prints for the same file, of its
full size. The pictures are photographs, and some drawn pages, with more than 512 pixels a side, from npm packages, as they are published and in other forms.
Pictures below PDQ quality ${LEAST_QUALITY} are not counted, because lists exclude them.

${drift(figures)}

${plots(figures)}

${worst(figures)}

## Bounds

${bounds()}
`;
}

function formats(): string {
  const rows = Object.entries(FORMAT_OUTCOMES).map(([name, outcomes]) => {
    const each = typeof outcomes === 'string' ? [outcomes, outcomes, outcomes] : outcomes;
    return [name, ...each.map((outcome) => WORDS[outcome])];
  });
  return table(['file', ...Object.values(NAMES)], rows);
}

function drift(figures: Readonly<Record<string, Figures>>): string {
  const rows = Object.entries(figures).flatMap(([engine, { version, all, forms }]) =>
    [['all', all] as const, ...FORMS.map((form) => [form, forms[form]] as const)].flatMap(([what, one]) =>
      one && one.pictures > 0
        ? [
            [
              what === 'all' ? `${NAMES[engine]} ${version}` : '',
              what,
              `${one.pictures}`,
              meanOf(one).toFixed(2),
              `${atMost(one, 0)}`,
              `${atMost(one, 4)}`,
              `${one.pictures - atMost(one, 4)}`,
            ],
          ]
        : [],
    ),
  );
  return table(['engine', 'pictures', 'number', 'bits, mean', '0 bits', 'at most 4', 'more than 4'], rows);
}

function plots(figures: Readonly<Record<string, Figures>>): string {
  return Object.keys(figures)
    .map((engine) => `![Drift in ${NAMES[engine]}](media/drift-${engine}.svg)`)
    .join('\n\n');
}

function worst(figures: Readonly<Record<string, Figures>>): string {
  const rows = Object.entries(figures).flatMap(([engine, { worst: furthest }]) =>
    furthest.map(({ bits, form, width, height, picture }) => [
      NAMES[engine] ?? engine,
      bits === null ? 'over 63' : `${bits}`,
      `${width} × ${height}, ${form}`,
      `\`${picture}\``,
    ]),
  );
  return `The furthest pictures of each engine:\n\n${table(['engine', 'bits', 'picture', 'file'], rows)}`;
}

function bounds(): string {
  const rows: [string, string, string][] = [
    ['bytes of an item', number(LIMITS.contentBytes), '`too-large`'],
    ['pixels a side of a picture', number(SCAN_LIMITS.longestSide), '`too-large`'],
    ['pixels a side of a picture in WebKit', number(LIMITS.pictureSide), '`too-large`'],
    ['pixels of a JPEG', number(SCAN_LIMITS.picturePixels), '`too-large`'],
    ['pixels of a JPEG in Firefox', number(SCAN_LIMITS.firefoxJpegPixels), '`too-large`'],
    ['pixels of a JPEG in WebKit', number(LIMITS.bitmapPixels), '`too-large`'],
    ['pixels of another picture', number(SCAN_LIMITS.unscaledPixels), '`too-large`'],
    ['pixels of a picture that is always hashed without reduction', number(LIMITS.exactPixels), 'it is reduced'],
    [
      'pixels of a picture that is hashed without reduction if its hash is unstable',
      number(LIMITS.fullSizePixels),
      'its reduced hash alone is looked up',
    ],
    ['frames of an animation', number(SCAN_LIMITS.animationFrames), '`too-long`'],
    ['pixels of an animation’s frames', number(SCAN_LIMITS.animationPixels), '`too-long`'],
    ['time for an animation’s frames', `${SCAN_LIMITS.animationMs / 1_000} s`, '`too-long`'],
    ['frames of an animation that a model runs on', number(SCAN_LIMITS.animationClassified), 'it sees no more'],
    ['frames of a video', number(LIMITS.videoFrames), '`too-long`'],
    [
      'time for a video',
      `${SCAN_LIMITS.videoMs / 1_000} s, and ${SCAN_LIMITS.videoMsPerByte * 1_000} s for each megabyte`,
      '`too-long`',
    ],
    ['archives inside each other', number(SCAN_LIMITS.containerDepth), '`too-large`'],
    ['members of an archive', number(SCAN_LIMITS.containerMembers), '`too-large`'],
    [
      'inflated bytes',
      `${SCAN_LIMITS.containerRatio} times the file’s, at least ${number(SCAN_LIMITS.containerLeastBytes)}, at most ${number(SCAN_LIMITS.containerBytes)}`,
      '`too-large`',
    ],
    [
      'time for all that is in a file or a JPEG',
      `${SCAN_LIMITS.containerMs / 1_000} s, and ${SCAN_LIMITS.containerMsPerByte * 1_000} s for each megabyte`,
      '`too-long`',
    ],
  ];
  return table(['bound', 'value', 'when reached'], rows);
}
