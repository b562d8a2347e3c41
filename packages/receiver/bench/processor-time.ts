/** Processor time of the receiver, by part, and of the database's processes. Flow: main → here. Linux only for the database. */
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type Profiler, Session } from 'node:inspector/promises';

/** Clock ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10;

/** Milliseconds that a server and its children have used; a child that ended is counted in its parent. */
export function usedByServer(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return Number.NaN;
  let ticks = 0;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const fields = statOf(entry);
    if (fields === undefined || (Number(entry) !== pid && Number(fields[1]) !== pid)) continue;
    const times = fields.slice(11, Number(entry) === pid ? 15 : 13).map(Number);
    ticks += times.reduce((sum, each) => sum + each, 0);
  }
  return ticks * TICK_MS;
}

/** The fields from the third on, after the name; undefined if the process has ended. */
function statOf(pid: string): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return undefined;
  }
}

/** The first rule that a frame fits, from the innermost frame outwards, names the part. */
const PARTS: readonly (readonly [part: string, file: RegExp])[] = [
  ['open', /seal\/src\/node\.ts|protocol\/src\/signal\.ts/],
  ['subject id', /seal\/src\/subject-ids\.ts|ingest\/check-subject\.ts/],
  ['check', /ingest\/check\.ts|match-detect-item\.ts|entry-index\.ts/],
  ['pg', /node_modules\/pg(-[a-z]+)?\//],
  ['PGlite', /electric-sql/],
  ['kysely', /node_modules\/kysely\//],
  ['store', /ingest\/(store|waiting)|receiver\/src\/cases\//],
  ['gather and answer', /ingest\/(batch|answer-time|ingest)/],
  ['hono', /node_modules\/@?hono\/|ingest\/endpoint\.ts|bounded-read\.ts/],
  ['node:http', /^node:(_http|net|internal\/(http|stream_base))/],
];

/**
 * Runs `work` under the profiler of V8. @returns each part's share of what this thread did. The profiler's clock goes on while other
 * processes run, so its own times say less than processor time.
 */
export async function profiled(work: () => Promise<void>, file: string): Promise<Map<string, number>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  await writeFile(file, JSON.stringify(profile));
  return byPart(profile);
}

function byPart({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Map<string, number> {
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const partOf = (id: number): string => {
    const { functionName } = byId.get(id)?.callFrame ?? {};
    if (functionName === '(idle)' || functionName === '(garbage collector)') return functionName.slice(1, -1);
    for (let node = byId.get(id); node; node = parents.get(node.id)) {
      const found = PARTS.find(([, file]) => file.test(node?.callFrame.url ?? ''));
      if (found) return found[0];
    }
    return 'other';
  };
  const cache = new Map<number, string>();
  const sums = new Map<string, number>();
  for (const [i, id] of samples.entries()) {
    const part = cache.get(id) ?? partOf(id);
    cache.set(id, part);
    sums.set(part, (sums.get(part) ?? 0) + (timeDeltas[i] ?? 0) / 1_000);
  }
  sums.delete('idle');
  const all = [...sums.values()].reduce((sum, each) => sum + each, 0);
  return new Map([...sums].map(([part, ms]) => [part, ms / all] as const).sort(([, a], [, b]) => b - a));
}
