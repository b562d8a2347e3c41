/** The built sandbox finds an edited copy of a picture on a locked list, and no other picture; without the part it is never "no match". */
import { loadPdq } from '@lodestone/pdq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { padded } from './edited-copies.ts';
import { encodePng } from './encode.ts';
import { lockedRelease } from './locked-release.ts';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';
import { drawPicture, type Rgba } from './picture.ts';

const listed = drawPicture(320, 240);
const LINE = planList('locked', { form: 'locked', maxDistance: 25, variants: ['orientations', 'margins', 'borders'] });
/** With less contrast, and noise. */
function faded({ width, height, data }: Rgba): Rgba {
  const noise = (i: number): number => Math.imul(i, 2_654_435_761) >>> 28;
  return { width, height, data: data.map((value, i) => (i % 4 === 3 ? value : 60 + (value * 5) / 8 + noise(i))) };
}

let file: Uint8Array<ArrayBuffer>;
const sandboxes: OpenSandbox[] = [];

beforeAll(async () => {
  const { hash } = (await loadPdq()).hash(listed);
  file = await lockedRelease([{ type: 'pdq', entry: 7, payload: hash }], { tries: 8_192 });
});
afterAll(() => {
  for (const sandbox of sandboxes) sandbox.close();
});

async function open(modules?: Readonly<Record<string, string>>): Promise<OpenSandbox> {
  const sandbox = await openSandbox({ ...(modules && { modules }) });
  sandboxes.push(sandbox);
  await sandbox.event('ready');
  return sandbox;
}

test('an edited copy is found, and another picture is not', async () => {
  const sandbox = await open();
  await sandbox.start('locked-lists');
  expect(await sandbox.calls.load(sandboxList('locked', file))).toEqual({ ok: true });
  for (const [edit, match] of [
    [faded, 'near'],
    [padded, 'part'],
  ] as const)
    expect(await sandbox.scan(await encodePng(edit(listed)), [LINE])).toEqual({
      media: 'image',
      findings: [{ kind: 'known', list: 0, entry: 7, match, distance: expect.any(Number) }],
      complete: true,
    });
  const other = await encodePng(faded(drawPicture(320, 240, 2)));
  expect(await sandbox.scan(other, [LINE])).toEqual({ media: 'image', findings: [], complete: true });
});

test('without the part the item is incomplete; it is complete once the part has started', async () => {
  const sandbox = await open();
  await sandbox.calls.load(sandboxList('locked', file));
  const copy = await encodePng(listed);
  expect(await sandbox.scan(copy, [LINE])).toEqual({ media: 'image', findings: [], complete: false, reason: 'codec' });
  await sandbox.start('locked-lists');
  expect(await sandbox.scan(copy, [LINE])).toMatchObject({ findings: [{ entry: 7, distance: 0 }], complete: true });
});

test('code that is not pinned does not start', async () => {
  const sandbox = await open({ 'locked-lists': 'const part = {};' });
  expect(await sandbox.calls.startPart('locked-lists', {})).toEqual({ ok: false, fault: 'digest' });
});
