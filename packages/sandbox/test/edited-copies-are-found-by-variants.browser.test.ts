/** The built sandbox finds edited copies of a listed picture by the order's variants, and not without, in each engine. Spec: docs/design/hashing.md#variants */
import { loadPdq } from '@lodestone/pdq';
import { printRelease } from '@lodestone/protocol/list-file';
import { type Variant, VARIANTS } from '@lodestone/protocol/order';
import type { PlanList } from '@lodestone/protocol/sandbox';
import { Verdict } from '@lodestone/protocol/verdict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cropped, padded, rotated, screenshot } from './edited-copies.ts';
import { encodePng } from './encode.ts';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture } from './picture.ts';

const listed = drawPicture(320, 240);
/** Under the usual distance of 31, a rotation finds the cut copy too. */
const lineWith = (variants: Variant[]): PlanList => planList('edited', { maxDistance: 25, variants });
let sandbox: OpenSandbox;

beforeAll(async () => {
  const { hash } = (await loadPdq()).hash(listed);
  sandbox = await openSandbox();
  await sandbox.event('ready');
  await sandbox.calls.load(sandboxList('edited', printRelease([{ type: 'pdq', entry: 7, payload: hash }])));
});
afterAll(() => sandbox.close());

test.for([
  ['padded', padded, 'borders', 'part'],
  ['cropped', cropped, 'margins', 'near'],
  ['rotated', rotated, 'rotations', 'near'],
  ['a screenshot', screenshot, 'borders', 'part'],
] as const)('%s', async ([, edit, variant, match]) => {
  const copy = await encodePng(edit(listed));
  const others = VARIANTS.filter((one) => one !== variant);
  const verdict = await sandbox.scan(copy, [[], others, [variant], [...VARIANTS]].map(lineWith));
  expect(verdict).toEqual({
    media: 'image',
    findings: [2, 3].map((list) => ({ kind: 'known', list, entry: 7, match, distance: expect.any(Number) })),
    complete: true,
  });
  expect(Verdict.safeParse(verdict).success).toBe(true);
});

test('another picture is not found, whatever was done to it', async () => {
  const other = drawPicture(320, 240, 2);
  for (const edit of [padded, rotated])
    expect((await sandbox.scan(await encodePng(edit(other)), [lineWith([...VARIANTS])])).findings).toEqual([]);
});
