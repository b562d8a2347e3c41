/**
 * The built sandbox finds a listed clip in each codec and container that the engine decodes, in each edited copy, and in none of fifty other
 * videos. A run without `--long`, and other engines than Chromium, check a part of them.
 */
import { concatBytes, fromHex } from '@lodestone/protocol/bytes';
import { printRelease } from '@lodestone/protocol/list-file';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { FoundClips, Clips } from './clips.ts';
import { type OpenSandbox, openSandbox, planList, sandboxList } from './open-sandbox.ts';

const line = planList('videos', { media: ['video'] });
/** The codecs that an engine of the table in docs/detection/videos.md lacks. */
const LACKS = { chromium: [], firefox: [], webkit: ['H.264', 'VP9', 'AV1'] } as const;

let sandbox: OpenSandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.start('video');
});
afterAll(() => sandbox.close());

async function outcomeOf(file: string): Promise<string> {
  const clip = await (await fetch(`${inject('clipServer')}${file}`)).arrayBuffer();
  const verdict = await sandbox.scan(new Uint8Array(clip), [line]);
  if (verdict.findings.length > 0) return 'found';
  return verdict.complete ? 'clear' : verdict.reason;
}

const EXPECTED = {
  chromium: { long: { copies: 77, unrelated: 50 }, all: { copies: 22, unrelated: 10 } },
  others: { long: { copies: 22, unrelated: 10 }, all: { copies: 11, unrelated: 0 } },
};

/** In other engines than Chromium only the decoders differ, so `--all` has each codec in each container once, with all edits at once. */
function partOf({ copies, unrelated }: FoundClips): Pick<FoundClips, 'copies' | 'unrelated'> {
  const isLong = inject('extent') === 'long';
  if (inject('engine') !== 'chromium' && !isLong)
    return { copies: copies.filter(({ edit }) => edit === 'with all of these edits'), unrelated: [] };
  const isWhole = isLong && inject('engine') === 'chromium';
  return {
    copies: copies.filter(({ isInPart }) => isWhole || isInPart),
    unrelated: unrelated.filter(({ isInPart }) => isWhole || isInPart),
  };
}

test('a listed clip is found in its copies, and not in other videos', { tags: '@all' }, async (context) => {
  const response = await fetch(inject('clipServer'));
  if (!response.ok) throw new Error(await response.text());
  const clips = (await response.json()) as Clips;
  if ('missing' in clips) return context.skip(clips.missing);
  const { rows } = clips;
  const { copies, unrelated } = partOf(clips);
  const listed = printRelease([{ type: 'vpdq', entry: 7, payload: concatBytes(...rows.map(fromHex)) }]);
  expect(await sandbox.calls.load(sandboxList('videos', listed))).toEqual({ ok: true });

  const lacks: readonly string[] = LACKS[inject('engine')];
  const outcomes: string[] = [];
  const expected: string[] = [];
  for (const { codec, container, edit, file } of copies) {
    outcomes.push(`${codec} in ${container}, ${edit}: ${await outcomeOf(file)}`);
    expected.push(`${codec} in ${container}, ${edit}: ${lacks.includes(codec) ? 'codec' : 'found'}`);
  }
  for (const { file } of unrelated) {
    outcomes.push(`${file}: ${await outcomeOf(file)}`);
    expected.push(`${file}: clear`);
  }
  expect(outcomes).toEqual(expected);
  expect({ copies: copies.length, unrelated: unrelated.length }).toEqual(
    EXPECTED[inject('engine') === 'chromium' ? 'chromium' : 'others'][inject('extent') === 'long' ? 'long' : 'all'],
  );
});
