/** What a run of false-matches.ts says, as text. Pure. Flow: page → here. */
import { FARTHEST, type FalseMatches, type FalseMatchWay } from './false-matches.ts';
import { DISTANCES } from './figures.ts';

/** In bits. */
const LIMIT = DISTANCES.at(-1) as number;
/** Fewer pairs say little about how fast their number falls. */
const LEAST_PAIRS = 10;

const WAYS: Readonly<Record<FalseMatchWay, string>> = {
  plain: 'own hash',
  orientations: 'seven other orientations',
  phase: 'phase',
  margins: 'margins',
  borders: 'borders',
  rotations: 'rotations',
  any: 'all together',
};

const number = (value: number): string => value.toLocaleString('en-US');

export function falseMatchText({ rows, photographs, pictures, nearest, pairs, qualities }: FalseMatches): string {
  const lines = Object.entries(WAYS).map(([way, name]) => {
    const counts = nearest[way as FalseMatchWay];
    return `| ${name} | ${near(counts)} |`;
  });
  const ofQualities = qualities.map((each) => `| ${each.least} | ${number(each.pictures)} | ${near(each.nearest)} |`);
  return `${number(pictures)} pictures, the ${photographs} photographs and parts of each, were looked up in a list of ${number(rows)} rows. The rows are other parts of the same photographs, of
random sizes, shapes and places, in eight orientations; rows of the picture's own photograph do not count. So the list is as long as a real one, but less varied.

| hashes of the picture | pictures with a row within ${LIMIT} bits | nearest row of all, bits | within 47 bits | within ${FARTHEST} bits |
| --- | --- | --- | --- | --- |
${lines.join('\n')}

${rate({ pictures, nearest })} ${extrapolated({ pictures, pairs })}

So one false match in a million pictures is not shown, and with a list of a million rows it is unlikely, also by the picture's own hash. The nearest pairs of the run of 30 November 2026 were pale and
almost empty: a table with a laptop and a part of a web page, two drawn backgrounds. A near match alone never signals ([what a match is worth](collisions.md)); an order
can have a smaller distance or fewer variants. More \`minQuality\`, which holds for the picture and for each variant and not for the rows, helps little. All ways together:

| \`minQuality\` | pictures looked up | with a row within ${LIMIT} bits | nearest row of all, bits | within 47 bits | within ${FARTHEST} bits |
| --- | --- | --- | --- | --- | --- |
${ofQualities.join('\n')}`;
}

/** Four cells: within the distance of an order, the nearest, within 47 and within the farthest. */
function near(counts: readonly number[]): string {
  const within = [LIMIT, 47, FARTHEST].map((bits) => number(upTo(counts, bits)));
  return within.toSpliced(1, 0, shown(counts.findIndex((count) => count > 0))).join(' | ');
}

function upTo(counts: readonly number[], most: number): number {
  return counts.slice(0, most + 1).reduce((sum, count) => sum + count, 0);
}

function shown(bits: number): string {
  return bits < 0 ? `more than ${FARTHEST}` : String(bits);
}

function rate({ pictures, nearest }: Pick<FalseMatches, 'pictures' | 'nearest'>): string {
  const found = upTo(nearest.any, LIMIT);
  if (found > 0)
    return `${number(found)} of ${number(pictures)} pictures ${found === 1 ? 'has' : 'have'} a false match: ${shownRate(found / pictures)}, and with 95 % confidence not more than ${shownRate(mostOf(found) / pictures)}.`;
  return `None has a false match, so with 95 % confidence fewer than ${(3 / pictures).toExponential(1)} of such pictures do (three divided by the number).`;
}

function shownRate(share: number): string {
  return `${number(Math.round(1e6 * share))} in a million`;
}

/** The mean of a Poisson distribution of which so few events, or fewer, have a probability of 2.5 %: Garwood's upper limit, by bisection. */
function mostOf(events: number): number {
  let [low, high] = [events, 10 * events + 10];
  while (high - low > 1e-6) {
    const mean = (low + high) / 2;
    let [term, sum] = [Math.exp(-mean), Math.exp(-mean)];
    for (let i = 1; i <= events; i++) sum += term *= mean / i;
    if (sum > 0.025) low = mean;
    else high = mean;
  }
  return high;
}

/** The number of pairs falls faster and faster towards small distances, so a straight line on a logarithmic axis gives too many. */
function extrapolated({ pictures, pairs }: Pick<FalseMatches, 'pictures' | 'pairs'>): string {
  const points = pairs.flatMap((_, bits) => {
    const sum = upTo(pairs, bits);
    return sum >= LEAST_PAIRS && bits % 2 === 1 ? [{ bits, log: Math.log10(sum) }] : [];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 3)
    return `Too few pairs are within ${FARTHEST} bits to say how their number falls below that.`;
  const mean = (of: (point: { bits: number; log: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(({ bits }) => bits), mean(({ log }) => log)];
  const slope = mean(({ bits, log }) => (bits - x) * (log - y)) / mean(({ bits }) => (bits - x) ** 2);
  const perPicture = 10 ** (y + slope * (LIMIT - x)) / pictures;
  return `From ${last.bits} down to ${first.bits} bits, the number of pairs falls by a factor of ${(10 ** (2 * slope)).toFixed(1)} every two bits. Continued to ${LIMIT} bits, that would be one false match
in ${number(Number((1 / perPicture).toPrecision(1)))} pictures, all variants together. It is an extrapolation, of pictures that are less varied than those of a service.`;
}
