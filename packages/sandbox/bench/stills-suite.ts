/**
 * The built sandbox's whole check of a 12-megapixel JPEG, with eight orientations and a list of one hash, in turns with `createImageBitmap` of
 * the same file. Runs in a page of Chromium.
 */
import { fromHex } from '@lodestone/protocol/bytes';
import { printRelease } from '@lodestone/protocol/list-file';
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
  const plan = [planList('one', { variants: ['orientations'] })];
  for (const name of PHOTOGRAPHS) {
    const bytes = new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer());
    const file = new Blob([bytes]);
    const check = async (): Promise<void> => {
      const verdict = await sandbox.scan(bytes.slice(), plan);
      if (!verdict.complete) throw new Error(`${name} was not looked at: ${verdict.reason}`);
    };
    const decode = async (): Promise<void> => (await createImageBitmap(file)).close();
    const { ours, theirs } = await race({ ours: check, theirs: decode }, { budgetMs: 5_000, ...budget });
    yield { name: `${name}: checked`, ...ours, against: { createImageBitmap: theirs.medianMs } };
  }
  sandbox.close();
}
