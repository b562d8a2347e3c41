/** Measures the median time of one picture after warm-up, both models in turns. */
import { race, type Row } from '@lodestone/testkit/bench/race';
import { fetchOurs, fetchSource, startOurs, startSource, watchMemories } from './runners.ts';

const WARM_UPS = 10;
/** Enough for more than thirty runs of either. */
const BUDGET_MS = 6_000;

export async function* suite(): AsyncGenerator<Row> {
  const memory = watchMemories();
  const ours = await startOurs(await fetchOurs());
  await ours();
  const memoryBytes = memory();
  const tfjs = await startSource(await fetchSource());
  for (let i = 0; i < WARM_UPS; i++) for (const run of [ours, tfjs]) await run();
  const theirBytes = memory() - memoryBytes;
  const timings = await race({ ours, tfjs }, { budgetMs: BUDGET_MS });
  yield { name: 'a picture', ...timings.ours, against: { tfjs: timings.tfjs.medianMs }, memoryBytes };
  yield { name: 'a picture, tfjs', ...timings.tfjs, memoryBytes: theirBytes };
}
