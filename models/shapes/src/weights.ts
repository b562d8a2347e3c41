/**
 * The model's weights, set by hand. For a picture of 32 × 24 pixels they test whether the inside has enough magenta and the
 * border is white; a picture with both is "marked". Flow: here → ONNX file.
 */
export const WIDTH = 32;
export const HEIGHT = 24;
/** Width of the border in pixels. Stripes reach it, discs do not. */
const RIM = 2;

/** Required share of pure magenta inside, and of white in the border (soft edges are allowed). */
const ENOUGH_MAGENTA = 0.06;
const ENOUGH_WHITE = 0.9;

/** Score where nothing is lacking: 1 / (1 + e⁻⁴) = 0.98; where half of the rim is not white: 1 / (1 + e⁵) = 0.01. */
const LOGIT = 4;
const LACK = -20;

/** Each pixel's colours, red, 1 − green, blue, from 0 to 1 each, become how magenta it is, and how white. */
export const COLOURS: readonly (readonly [weights: readonly [number, number, number], bias: number])[] = [
  [[1, 1, 1], -2], // 1 where red and blue are full and green is none; 0 on white, black, red, blue and all greys
  [[1, -1, 1], -1], // 1 on white; 0 on all pure colours and on black
];

/** What is lacking: 1 minus how much there is, over all pixels of both maps. [question][map × pixel] */
export const LACKS: { readonly weights: readonly Float32Array[]; readonly bias: readonly number[] } = {
  weights: [spread(0, (rim) => !rim, ENOUGH_MAGENTA), spread(1, (rim) => rim, ENOUGH_WHITE)],
  bias: [1, 1],
};

/** From what is lacking to the classes "plain" and "marked", before the softmax. [class][question] */
export const CLASSES: { readonly weights: readonly (readonly number[])[]; readonly bias: readonly number[] } = {
  weights: [
    [0, 0],
    [LACK, LACK],
  ],
  bias: [0, LOGIT],
};

/** Weights over both maps that take a mean over some pixels of one, and divide it by what is enough. */
function spread(map: number, takes: (rim: boolean) => boolean, enough: number): Float32Array {
  const weights = new Float32Array(COLOURS.length * WIDTH * HEIGHT);
  const taken = pixels().filter(({ rim }) => takes(rim));
  for (const { at } of taken) weights[map * WIDTH * HEIGHT + at] = -1 / (taken.length * enough);
  return weights;
}

function pixels(): { at: number; rim: boolean }[] {
  return Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    return { at, rim: Math.min(x, y, WIDTH - 1 - x, HEIGHT - 1 - y) < RIM };
  });
}
