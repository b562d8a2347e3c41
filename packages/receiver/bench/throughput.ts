/** How many bodies of one kind a receiver stores in a second, and how much processor time each of them takes. Flow: main → here. */
import path from 'node:path';
import type { TestPostgres } from '../test/support/postgres.ts';
import type { World } from '../test/support/world.ts';
import { bodyMaker, type BodyClass } from './bodies.ts';
import { profiled, usedByServer } from './processor-time.ts';
import { send, type SenderOutput } from './send.ts';

export interface ThroughputOptions {
  database: string;
  postgres: TestPostgres | undefined;
  kinds: readonly BodyClass[];
  count: number;
  /** Requests under way. Answers leave after 100 ms at the earliest, so fewer than a tenth of the rate would bound it. */
  concurrency: number;
  /** A folder for profiles. */
  profile: string | undefined;
}

/** @returns the number of figures */
export async function throughput(world: World, options: ThroughputOptions): Promise<number> {
  const { database, postgres, kinds, count, concurrency, profile } = options;
  const make = await bodyMaker(world);
  for (const kind of kinds) {
    const bodies: Uint8Array[] = [];
    for (let i = 0; i < count; i++) bodies.push(await make(kind));
    const [cpu, ofThread, ofServer] = [process.cpuUsage(), process.threadCpuUsage(), usedByServer(postgres?.pid)];
    let sent: SenderOutput = { ms: Number.NaN, answers: [] };
    const work = async (): Promise<void> => {
      sent = await send(world, bodies, { concurrency, meanGapMs: 0 });
    };
    const parts = profile && (await profiled(work, path.join(profile, `${database}-${kind}.cpuprofile`)));
    if (!parts) await work();
    // On a busy machine, processor time says more than the clock.
    const [whole, main] = [process.cpuUsage(cpu), process.threadCpuUsage(ofThread)].map(
      ({ user, system }) => (user + system) / 1_000,
    );
    const each = (ms: number | undefined): string => `${((ms ?? Number.NaN) / count).toFixed(3)} ms`;
    const refused = sent.answers.filter(({ status }) => status !== 204).length;
    const server = postgres?.pid === undefined ? '' : `, ${each(usedByServer(postgres.pid) - ofServer)} in PostgreSQL`;
    console.log(
      `${database}: ${((count / sent.ms) * 1_000).toFixed(0).padStart(6)} bodies a second, ${kind}; processor time of a body: ${each(main)} in the receiver’s thread, ${each(whole)} in its process${server}${refused ? `, ${refused} refused` : ''}`,
    );
    if (parts) console.log(`  ${[...parts].map(([part, share]) => `${part} ${each(share * (main ?? 0))}`).join(', ')}`);
  }
  return kinds.length;
}
