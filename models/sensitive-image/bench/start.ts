/** Measures the time from bytes to a session, and its first output. Runs once per page, so that nothing is compiled in advance. */
import type { Row } from '@lodestone/testkit/bench/race';
import { fetchOurs, fetchSource, type Run, startOurs, startSource, watchMemories } from './runners.ts';

export async function* suite(): AsyncGenerator<Row> {
  const ours = await fetchOurs();
  const source = await fetchSource();
  yield* begin('', () => startOurs(ours));
  yield* begin(', tfjs', () => startSource(source));
}

async function* begin(of: string, start: () => Promise<Run>): AsyncGenerator<Row> {
  const memory = watchMemories();
  const started = performance.now();
  const run = await start();
  const ready = performance.now();
  yield once(`from bytes to a session${of}`, ready - started, memory());
  await run();
  yield once(`its first picture${of}`, performance.now() - ready, memory());
}

function once(name: string, ms: number, memoryBytes: number): Row {
  return { name, medianMs: ms, p95Ms: ms, leastMs: ms, memoryBytes };
}
