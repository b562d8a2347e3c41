/** The runtime's memory keeps no trace of a picture after the next picture, or after `forget`. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';

/** Bytes that differ between two runs with the same picture, such as clocks. */
const SELF_BYTES = 500;

/** Two processes run different pictures, except for the second one; the last ones are then forgotten. */
const RUNS = ['1 dump 2 dump 4 forget dump', '3 dump 2 dump 5 forget dump'];
let dumps: Buffer[][] | undefined;
/** A retry starts the processes again: once, on a busy machine, 3,629 bytes differed, and 25 to 106 in all other runs. */
beforeEach(async ({ task }) => {
  if ((task.result?.retryCount ?? 0) > 0) dumps = undefined;
  dumps ??= await Promise.all(RUNS.map(dumpsOf));
});

test('without forget, megabytes of memory depend on the last picture', { tags: '@long' }, () => {
  expect(differing(0)).toBeGreaterThan(1_000_000);
});

test('after the next picture, memory does not depend on the one before', { tags: '@long' }, () => {
  expect(differing(1)).toBeLessThan(SELF_BYTES);
});

test('after forget, memory does not depend on the picture', { tags: '@long' }, () => {
  expect(differing(2)).toBeLessThan(SELF_BYTES);
});

async function dumpsOf(steps: string): Promise<Buffer[]> {
  const script = path.join(import.meta.dirname, 'classifier-memory-dump.ts');
  const options = { encoding: 'buffer', maxBuffer: 200_000_000 } as const;
  const args = ['--conditions=source', script, ...steps.split(' ')];
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  const made: Buffer[] = [];
  for (let at = 0; at < stdout.length; at += 4 + stdout.readUInt32LE(at))
    made.push(stdout.subarray(at + 4, at + 4 + stdout.readUInt32LE(at)));
  expect(made).toHaveLength(3);
  for (const { length } of made) expect(length).toBeGreaterThan(20_000_000);
  return made;
}

/** @param index which dump of the two processes is compared */
function differing(index: number): number {
  const [one, other] = (dumps ?? []).map((all) => all[index]);
  let count = 0;
  for (let i = 0; i < (one?.length ?? 0); i++) if (one?.[i] !== other?.[i]) count++;
  return count;
}
