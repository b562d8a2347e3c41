/**
 * The built sandbox's whole check of a 12-megapixel JPEG, with a list of one hash: with eight orientations and with all variants, in turns with
 * `createImageBitmap` of the same file. Runs in a page of Chromium.
 */
import { fromHex } from '@lodestone/protocol/bytes';
import { printRelease } from '@lodestone/protocol/list-file';
import { VARIANTS } from '@lodestone/protocol/order';
import type { PlanList } from '@lodestone/protocol/sandbox';
import { type Budget, race, type Row } from '@lodestone/testkit/bench/race';
import { openSandbox, planList, sandboxList } from '../test/open-sandbox.ts';

const PHOTOGRAPHS = [
  'airplane-from-above',
  'allium-oreophilum',
  'french-alpine-landscape',
  'locomotion-house-cat',
  'nagasaki-boats',
];

export async function* suite(budget: Budget = {}): AsyncGenerator<Row> {
  const sandbox = await openSandbox();
  await sandbox.event('ready');
  const list = printRelease([{ type: 'pdq', entry: 1, payload: fromHex('5a'.repeat(32)) }]);
  await sandbox.calls.load(sandboxList('one', list));
  const [turned, varied] = [
    planList('one', { variants: ['orientations'] }),
    planList('one', { variants: [...VARIANTS] }),
  ];
  for (const name of PHOTOGRAPHS) {
    const bytes = new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer());
    const file = new Blob([bytes]);
    const check = async (line: PlanList): Promise<void> => {
      const verdict = await sandbox.scan(bytes.slice(), [line]);
      if (!verdict.complete) throw new Error(`${name} was not looked at: ${verdict.reason}`);
    };
    const decode = async (): Promise<void> => (await createImageBitmap(file)).close();
    const { ours, all, theirs } = await race(
      { ours: () => check(turned), all: () => check(varied), theirs: decode },
      { budgetMs: 5_000, ...budget },
    );
    yield { name: `${name}: checked`, ...ours, against: { createImageBitmap: theirs.medianMs } };
    yield { name: `${name}: with all variants`, ...all, against: { 'with orientations': ours.medianMs } };
  }
  sandbox.close();
}
