/**
 * Format × engine × outcome: what the sandbox says of a file of each kind. `what-an-engine-shows-is-looked-up.browser.test.ts` makes the
 * files and checks each row in each engine; docs/detection/media.md prints the table. Spec: docs/design/hashing.md#formats
 */

/**
 * `found`: within 4 bits of what an `<img>` shows, and complete. `part`: the same, and incomplete, since something was cut. The others
 * are incomplete, not found, and name the verdict's reason.
 */
export type Outcome = 'found' | 'part' | 'decode' | 'format';
/** In Chromium, Firefox and WebKit; one for all if they agree. */
type Outcomes = Outcome | readonly [Outcome, Outcome, Outcome];

const ENGINES = ['chromium', 'firefox', 'webkit'] as const;

export const FORMAT_OUTCOMES = {
  JPEG: 'found',
  'progressive JPEG': 'found',
  'CMYK JPEG': 'found',
  'arithmetic JPEG': ['found', 'decode', 'found'],
  'JPEG without its end': 'part',
  'progressive JPEG without its last third': ['part', 'part', 'decode'],
  'JPEG with stray bytes and a restart marker before its end': 'found',
  'JPEG with a reserved marker in its pixels': ['decode', 'found', 'decode'],
  'large JPEG, turned': 'found',
  PNG: 'found',
  'grey PNG': 'found',
  'PNG of 16 bits': 'found',
  'PNG with a palette': 'found',
  'PNG, turned': 'found',
  'large PNG, turned': 'found',
  'PNG with a wrong checksum of a text': 'found',
  'PNG without its end': 'part',
  'PNG cut in its pixels': ['part', 'part', 'decode'],
  'PNG of stripes': 'found',
  'PNG, symmetric': 'found',
  GIF: 'found',
  'GIF without a trailer': 'found',
  'GIF cut in its pixels': ['part', 'part', 'decode'],
  WebP: 'found',
  'WebP with EXIF, which says that it is turned': 'found',
  'WebP without its last third': 'decode',
  AVIF: 'found',
  'AVIF with bytes behind its boxes': 'found',
  'AVIF without its last third': 'decode',
  'cropped AVIF': ['found', 'decode', 'found'],
  'turned AVIF': 'found',
  'mirrored AVIF': 'found',
  BMP: 'found',
  'BMP of OS/2': 'found',
  'BMP with rows from top to bottom': 'found',
  'BMP without its last padding': ['part', 'found', 'found'],
  'BMP cut in its pixels': ['part', 'part', 'decode'],
  'BMP with runs of OS/2': ['found', 'decode', 'decode'],
  'BMP with Huffman codes of OS/2': 'decode',
  'icon with a PNG': ['found', 'found', 'format'],
  'icon with a bitmap': ['found', 'found', 'format'],
  'icon with a bitmap and its mask': ['found', 'found', 'format'],
  'icon of three sizes': ['found', 'found', 'format'],
  'icon cut in its mask': ['decode', 'part', 'format'],
  cursor: ['found', 'found', 'format'],
  TIFF: 'format',
  SVG: 'format',
  'SVG with entities': 'format',
} as const satisfies Readonly<Record<string, Outcomes>>;
export type FormatCase = keyof typeof FORMAT_OUTCOMES;

export function outcomeIn(engine: (typeof ENGINES)[number], name: FormatCase): Outcome {
  const outcomes: Outcomes = FORMAT_OUTCOMES[name];
  return typeof outcomes === 'string' ? outcomes : (outcomes[ENGINES.indexOf(engine)] as Outcome);
}
