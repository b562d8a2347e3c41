/**
 * `npm run quality` in this folder: measures how much the shipped model differs from the source model, and its false-positive
 * rates on benign pictures of free packages. Requires `apt-get`, `dpkg-deb`, `npm` and `tar`, and downloads 1.1 GB once into
 * an ignored folder. `--json FILE` saves every output; `--answers FILE` reads them again. The last line reports the total.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createModelInput } from '@lodestone/sandbox/model-input';
import type { Pixels, Size } from '@lodestone/sandbox/pixels';
import { reduce } from '@lodestone/sandbox/reduce';
import { convert, makeModel } from '../src/build-model.ts';
import { SPEC } from '../src/spec.ts';
import { loadOnnxModel } from '../test/onnx-model.ts';
import { loadSourceModel } from '../test/source-model.ts';
import { collect, type Item, type Picture } from './quality/collection.ts';
import { falsePositivesOf, type Answer, BUCKETS, type Difference, differenceOf, wilson } from './quality/statistics.ts';

interface Answers {
  readonly group: string;
  readonly name: string;
  /** The source model through its own pipeline, and the other models on the same input. */
  readonly source: Answer;
  readonly float32: Answer;
  readonly eightBit: Answer;
  /** The shipped model: 8-bit and optimised. */
  readonly ships: Answer;
  /** The picture is so small that the sandbox does not reduce it. */
  readonly isUnreduced: boolean;
  /** The shipped model on the sandbox's reduced picture. */
  readonly sandbox: Answer;
}

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: path.join(import.meta.dirname, '../.cache/pictures') },
    json: { type: 'string' },
    answers: { type: 'string' },
  },
});

const answers =
  values.answers === undefined
    ? await classifyAll()
    : (JSON.parse(await readFile(values.answers, 'utf8')) as Answers[]);
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(answers));
console.log(`\n${[differences(), falsePositives(), worst()].join('\n\n')}\n`);
console.log(`quality: ${answers.length} benign pictures`);

async function classifyAll(): Promise<Answers[]> {
  const items = await collect(values.folder, console.log);
  const source = await loadSourceModel();
  const float32 = await loadOnnxModel(convert('float32'));
  const eightBit = await loadOnnxModel(convert('8-bit'));
  const ships = await loadOnnxModel(await makeModel());
  const all: Answers[] = [];
  for (const item of items) {
    const picture = await item.load().catch((error: unknown) => console.log(`skipped ${item.name}: ${String(error)}`));
    if (picture === undefined) continue;
    const original = modelInput(opaque(picture), picture);
    const reduced = await reduce(rowsOf(picture), picture);
    all.push({
      ...nameOf(item),
      isUnreduced: reduced.width === picture.width && reduced.height === picture.height,
      source: [...(await source(original))],
      float32: [...(await float32(original))],
      eightBit: [...(await eightBit(original))],
      ships: [...(await ships(original))],
      sandbox: [...(await ships(modelInput(reduced, picture)))],
    });
    if (all.length % 100 === 0) console.log(`${all.length} of ${items.length}`);
  }
  return all;
}

function nameOf({ group, name }: Item): Pick<Item, 'group' | 'name'> {
  return { group, name };
}
/** The input of the source model: channels last, values from 0 to 1. */
function modelInput(pixels: Pixels, full: Size): Float32Array {
  return createModelInput({ ...SPEC.input, layout: 'nhwc' }, pixels.width * pixels.height)(pixels, full);
}
function opaque({ data, width, height }: Picture): Pixels {
  return { data: new Uint8ClampedArray(data), width, height };
}
function rowsOf({ data, width, height }: Picture): Parameters<typeof reduce>[0] {
  return {
    width,
    height,
    // A copy, because the receiver zeroes it.
    rows: (first, count) => Promise.resolve(data.slice(first * width * 4, (first + count) * width * 4)),
  };
}

function differences(): string {
  const whole = answers.filter(({ isUnreduced }) => isUnreduced);
  const reduced = answers.filter(({ isUnreduced }) => !isUnreduced);
  const rows: [string, (answer: Answers) => Answer, Answers[]][] = [
    ['float32 weights, same input', ({ float32 }) => float32, answers],
    ['8-bit weights, same input', ({ eightBit }) => eightBit, answers],
    ['… and optimised (shipped), same input', ({ ships }) => ships, answers],
    ['shipped, on the sandbox’s picture', ({ sandbox }) => sandbox, answers],
    ['… small pictures, which the sandbox does not reduce', ({ sandbox }) => sandbox, whole],
    ['… larger pictures, which the sandbox reduces', ({ sandbox }) => sandbox, reduced],
  ];
  return table(
    [
      'against the source model',
      'pictures',
      'max',
      'mean',
      'max of the score',
      'mean of the score',
      'score off by > 0.02',
      'changed at bucket 1…10',
    ],
    rows.map(([name, of, members]) => {
      const found: Difference = differenceOf(
        members.map((answer) => [answer.source, of(answer)]),
        SPEC,
      );
      const numbers = [found.max, found.mean, found.maxScore, found.meanScore].map((one) => one.toExponential(1));
      return [name, `${members.length}`, ...numbers, `${found.farOff}`, found.changed.join(' ')];
    }),
  );
}

function falsePositives(): string {
  const groups = [...new Set(answers.map(({ group }) => group))];
  const rows = groups.map((name) => {
    const members = answers.filter(({ group }) => group === name).map(({ sandbox }) => sandbox);
    return [name, `${members.length}`, ...falsePositivesOf(members, SPEC).map((found) => rate(found, members.length))];
  });
  return table(['group', 'pictures', ...BUCKETS.map((bucket) => `≥ ${bucket}`)], rows);
}

/** Rate and 95% interval, in percent. */
function rate(found: number, all: number): string {
  const [low, high] = wilson(found, all).map((share) => (share * 100).toFixed(1));
  return `${((found / all) * 100).toFixed(1)} (${low}–${high})`;
}

/** The pictures with the highest scores, for inspection. */
function worst(): string {
  const score = ({ sandbox }: Answers): number => (sandbox[1] ?? 0) + (sandbox[3] ?? 0);
  const rows = [...answers].sort((a, b) => score(b) - score(a)).slice(0, 20);
  return table(
    ['highest scores', ...SPEC.output.classes],
    rows.map((one) => [one.name, ...one.sandbox.map((value) => value.toFixed(2))]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
