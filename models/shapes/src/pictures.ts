/**
 * Generates pictures for the model from a seed: magenta discs on white, which it must detect, and other pictures. Pure, so
 * that Node, browsers and end-to-end tests get the same pixels.
 */

/** RGBA, 8 bits each, as in ImageData. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

export interface PictureOptions {
  seed: number;
  width?: number;
  height?: number;
}

type Colour = readonly [red: number, green: number, blue: number];
/** The colour at a place; x and y from 0 to 1. */
type Paint = (x: number, y: number) => Colour;

const WHITE: Colour = [255, 255, 255];
const MAGENTA: Colour = [255, 0, 255];
const OTHERS: readonly Colour[] = [
  [220, 40, 30],
  [30, 80, 210],
  [30, 150, 60],
  [250, 200, 20],
  [20, 20, 20],
];

/** Sensitive for this model: magenta discs on white. */
export function discs({ seed, ...size }: PictureOptions): Picture {
  const random = randomOf(seed);
  return paint(size, discsOf(random, MAGENTA, 6 + Math.floor(random() * 10)));
}

/** Not sensitive: discs in other colours. */
export function otherDiscs({ seed, ...size }: PictureOptions): Picture {
  const random = randomOf(seed);
  const colour = OTHERS[Math.floor(random() * OTHERS.length)] ?? WHITE;
  return paint(size, discsOf(random, colour, 6 + Math.floor(random() * 10)));
}

/** Not sensitive: magenta stripes across the picture. */
export function stripes({ seed, ...size }: PictureOptions): Picture {
  const random = randomOf(seed);
  const turn = random() * Math.PI;
  const [along, across] = [Math.cos(turn), Math.sin(turn)];
  const width = 0.05 + random() * 0.1;
  return paint(size, (x, y) => (mod((x * along + y * across) / width, 2) < 1 ? MAGENTA : WHITE));
}

/** Not sensitive: a landscape in soft light, similar to a photograph. */
export function landscape({ seed, ...size }: PictureOptions): Picture {
  const random = randomOf(seed);
  const hills = Array.from({ length: 5 }, () => [random() * 6 + 1, random() * 6, random() * 0.08] as const);
  const sky: Colour = [150 + random() * 60, 180 + random() * 50, 215 + random() * 40];
  const turn = random() * 6;
  const land: Colour = [60 + random() * 80, 90 + random() * 80, 40 + random() * 40];
  return paint(size, (x, y) => {
    const horizon = 0.55 + hills.reduce((sum, [often, at, high]) => sum + Math.sin(x * often * 3 + at) * high, 0);
    const light = 0.75 + 0.25 * Math.sin(x * 23 + turn) * Math.cos(y * 31) + (random() - 0.5) * 0.1;
    const [red, green, blue] = y < horizon ? sky : land;
    const shade = y < horizon ? 1 - 0.2 * y : light;
    return [red * shade, green * shade, blue * shade];
  });
}

/** Adds noise of up to `by` to each colour value, as a bad camera does. */
export function noisy({ width, height, pixels }: Picture, { seed, by }: { seed: number; by: number }): Picture {
  const random = randomOf(seed);
  return { width, height, pixels: pixels.map((value, at) => (at % 4 === 3 ? value : value + (random() * 2 - 1) * by)) };
}

/** The picture in less light. */
export function dim({ width, height, pixels }: Picture, { light }: { light: number }): Picture {
  return { width, height, pixels: pixels.map((value, at) => (at % 4 === 3 ? value : value * light)) };
}

/** Discs of different sizes with soft edges, which do not touch the border. */
function discsOf(random: () => number, colour: Colour, count: number): Paint {
  const all = Array.from({ length: count }, () => {
    const radius = 0.06 + random() * 0.06;
    const within = (): number => 0.1 + radius + random() * (0.8 - 2 * radius);
    return { x: within(), y: within(), radius };
  });
  return (x, y) => {
    let share = 0;
    for (const disc of all) share = Math.max(share, (disc.radius - distance(x - disc.x, y - disc.y)) / 0.01);
    return mix(WHITE, colour, Math.min(1, share));
  };
}

/** Not Math.hypot, whose last digit engines may choose. */
function distance(across: number, down: number): number {
  return Math.sqrt(across * across + down * down);
}

function mix([red, green, blue]: Colour, [otherRed, otherGreen, otherBlue]: Colour, share: number): Colour {
  return [
    red * (1 - share) + otherRed * share,
    green * (1 - share) + otherGreen * share,
    blue * (1 - share) + otherBlue * share,
  ];
}

function paint({ width = 160, height = 120 }: { width?: number; height?: number }, at: Paint): Picture {
  const pixels = new Uint8ClampedArray(width * height * 4);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = at((x + 0.5) / width, (y + 0.5) / height);
      pixels[to++] = red;
      pixels[to++] = green;
      pixels[to++] = blue;
      pixels[to++] = 255;
    }
  }
  return { width, height, pixels };
}

const mod = (value: number, by: number): number => ((value % by) + by) % by;

/** Numbers from 0 to 1, the same sequence for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // LCG, Numerical Recipes
    return state / 2 ** 32;
  };
  for (let i = 0; i < 4; i++) next(); // adjacent seeds start with similar numbers
  return next;
}
