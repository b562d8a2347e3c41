/** The README's examples, limits and paths are those of the code. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  bucketOf,
  type Day,
  type Digest,
  fromHex,
  lastDayOf,
  LIMITS,
  type ListRecord,
  type ModelSpec,
  type Month,
  parseModelManifest,
  parseRelease,
  parseSignal,
  printRelease,
  printSignal,
  printSubjectIds,
  records,
  type Signal,
  type SubjectIdBatch,
  TargetPath,
  utf8,
} from '@lodestone/protocol';
import { EXAMPLE_ENDPOINT, exampleOrder } from '@lodestone/protocol/example';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';

const readme = readFileSync(path.join(import.meta.dirname, '../README.md'), 'utf8');

/** The bytes of an example. Each line's offset must be the number of bytes before it. */
function vector(name: string): Uint8Array<ArrayBuffer> {
  const block = new RegExp(`<!-- vector: ${name} -->\n\`\`\`text\n([^\`]+)\`\`\``).exec(readme)?.[1];
  if (!block) throw new Error(`the README has no vector "${name}"`);
  let hex = '';
  for (const line of block.trimEnd().split('\n')) {
    const [, offset, bytes] = /^ *(\d+) {2}((?:[0-9a-f]{2} ?)+)(?: {1,}\S.*)?$/.exec(line) ?? [];
    if (offset === undefined || bytes === undefined) throw new Error(`not an offset and bytes: ${line}`);
    expect(Number(offset), line).toBe(hex.length / 2);
    hex += bytes.replaceAll(' ', '');
  }
  return fromHex(hex);
}

test('the complete order of the contracts is the example order', () => {
  const contracts = readFileSync(path.join(import.meta.dirname, '../../../docs/design/contracts.md'), 'utf8');
  const block = /A complete order\.[^`]+```json\n([^`]+)```/.exec(
    contracts.replaceAll(/`(?!``)[^`\n]+`(?!``)/g, ''),
  )?.[1];
  expect(JSON.parse(block ?? 'null')).toEqual(exampleOrder());
});

describe('signal', () => {
  const signal: Signal = {
    kind: 'match',
    surface: 'send',
    media: 'image',
    day: (Date.parse('2026-11-24') / 86_400_000) as Day,
    signalId: fromHex('c111205fdd3c267e1dba62a83c774b65'),
    orderDigest: '3701364757e7f9e1ce19fd566dfa465fab761e0e62bad67db66860a631e9d1ca' as AnyDigest,
    manifestDigest: 'c67a364fbe0e0c1c306e6e0bd2237bded25975e5c3c3f7acadeee9fee8d30cc9' as AnyDigest,
    pseudonym: fromHex('7a8e32336003795570cb35ca5de10287'),
    lastDay: (Date.parse('2026-12-31') / 86_400_000) as Day,
    signature: fromHex(
      'd442a783d42f52cafbc1a8d9c6ab3d509633ff514dd1eb47acb5cbca70db2661' +
        '67d4c19b11856ca484ac7b084ee5488b8b708b791ce659eca5f8a07a6661aa06',
    ),
    entry: 3_735_928_559,
    level: 0,
    evidence: 'exact',
    confirmBucket: 0,
    confirmModel: new Uint8Array(8),
  };
  test('the example is what the code prints', () => {
    expect(vector('signal')).toEqual(printSignal(signal));
  });
  test('the code parses the example', () => {
    expect(parseSignal(vector('signal'))).toEqual(signal);
  });
});

describe('subject ids', () => {
  test('the example is the start of what the code prints', () => {
    const start = vector('subject-ids');
    const batch: SubjectIdBatch = {
      endpointDigest: createHash('sha256').update(EXAMPLE_ENDPOINT).digest('hex') as Digest,
      pseudonym: fromHex('7a8e32336003795570cb35ca5de10287'),
      lastDay: lastDayOf('2026-11' as Month),
      ids: Array.from({ length: LIMITS.subjectIds }, (_, i) => ({
        signalId: i === 0 ? fromHex('0778c07604550daad31c76593982ea66') : new Uint8Array(16).fill(i),
        signature: new Uint8Array(64).fill(1),
      })),
    };
    expect(printSubjectIds(batch).subarray(0, start.length)).toEqual(start);
    expect(printSubjectIds(batch)).toHaveLength(LIMITS.subjectBatchBytes);
  });
});

describe('list', () => {
  const row = (type: ListRecord['type'], entry: number, ...fills: number[]): ListRecord => ({
    type,
    entry,
    payload: Uint8Array.from(fills.flatMap((fill) => Array.from({ length: 32 }, () => fill))),
  });
  const list = [
    row('pdq', 10, 0x11),
    row('pdq', 3_735_928_559, 0x22),
    row('sha256', 30, 0x33),
    row('vpdq', 40, 0x44, 0x55),
  ];
  test('the example is what the code prints', () => {
    expect(vector('list')).toEqual(printRelease(list.toReversed()));
  });
  test('the code parses the example', () => {
    expect([...records(parseRelease(vector('list')))]).toEqual(list);
  });
});

describe('model', () => {
  const section = readme.split('## Model manifest')[1]?.split('\n## ')[0] ?? '';
  test('the table has exactly the keys of a manifest', () => {
    const keys = [...section.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []);
    const { input, output, buckets } = spec;
    const manifest = { model: 'm', version: 1, file: TARGET, runtime: TARGET, input, output, buckets };
    expect([...keys].sort()).toEqual([...Object.keys(manifest), 'figures', 'notAfter'].sort());
    const said = { schema: 'lodestone/model/v1', ...manifest, figures: [], notAfter: '2026-12-01T00:00:00Z' };
    expect(parseModelManifest(utf8(JSON.stringify(said)))).toEqual(said);
  });
  const TARGET = { path: 'v1/models/m/1.onnx', length: 1, sha256: 'ab'.repeat(32) };
  const spec: ModelSpec = {
    input: { name: 'in', width: 512, height: 1, layout: 'nhwc', mean: [0, 0, 0], scale: [1, 1, 1] },
    output: { name: 'out', classes: ['plain', 'marked', 'other'], sensitive: ['marked', 'other'] },
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  };
  test('the example of a bucket is correct', () => {
    const [, values = '', score, bucket] =
      /with the values ([\d., and]+);[^]*?the score is ([\d.]+), and with `buckets` of 0\.1, 0\.2, … 1 the bucket is (\d+)/.exec(
        section,
      ) ?? [];
    const numbers = (values.match(/\d\.\d/g) ?? []).map(Number);
    expect((numbers[1] ?? 0) + (numbers[2] ?? 0)).toBe(Number(score));
    expect(bucketOf(numbers, spec)).toBe(Number(bucket));
  });
  test('the limits in the text are those of the code', () => {
    expect(section).toContain(`from 1 to ${LIMITS.modelSide}`);
    expect(section).toContain(`\`classes\`, 1 to ${LIMITS.modelClasses}`);
    expect(section).toContain(`up to ${LIMITS.modelGroups} of`);
  });
});

describe('tables', () => {
  test.each([
    ['`lodestone/order/v1`', LIMITS.orderBytes],
    ['`lodestone/list/v1`', LIMITS.manifestBytes],
    ['`LODE`, version 1', LIMITS.listFileBytes],
    ['`lodestone/model/v1`', LIMITS.manifestBytes],
    ['ONNX', LIMITS.modelBytes],
    ['ORT', LIMITS.modelBytes],
    ['WebAssembly', LIMITS.runtimeBytes],
    ['`lodestone/suppression/v1`', LIMITS.suppressionBytes],
    ['`lodestone/keys/v1`', LIMITS.keysBytes],
  ])('%s: the limit is that of the code, and the path is a target path', (schema, maxBytes) => {
    const cells = readme
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .find((line) => line[2] === schema);
    expect(cells?.[4]).toBe(maxBytes.toLocaleString('en'));
    const example = cells?.[3]
      ?.replaceAll('`', '')
      .replace('NAME', 'a-name')
      .replace('VERSION', '7')
      .replace('DIGEST', 'ab12');
    expect(z.safeParse(TargetPath, example).success).toBe(true);
  });
  test.each([
    ['Signal', LIMITS.signalBytes],
    ['SubjectIdBatch', LIMITS.subjectBatchBytes],
    ['Verdict', LIMITS.verdictBytes],
    ['LedgerEntry', LIMITS.ledgerLineBytes],
  ])('%s: the limit is that of the code', (what, maxBytes) => {
    const line = readme.split('\n').find((each) => each.startsWith(`| ${what}`));
    expect(line).toContain(`| ${maxBytes.toLocaleString('en')} |`);
  });
  test('the limits in the text are those of the code', () => {
    expect(readme).toContain(`at most ${LIMITS.listRows.toLocaleString('en')}.`);
    expect(readme).toContain(`1 to ${LIMITS.videoFrames.toLocaleString('en')} each`);
  });
});
