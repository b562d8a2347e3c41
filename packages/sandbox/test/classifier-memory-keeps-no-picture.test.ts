/** The runtime's memory keeps no trace of a picture after the next picture, or after `forget`. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000 });

/** Bytes that differ between two runs with the same picture, such as clocks. */
const SELF_BYTES = 500;

test('without forget, megabytes of memory depend on the last picture', async () => {
  expect(differing(await memoryAfter('1'), await memoryAfter('2'))).toBeGreaterThan(1_000_000);
});

test('after forget, memory does not depend on the picture', async () => {
  expect(differing(await memoryAfter('1', 'forget'), await memoryAfter('2', 'forget'))).toBeLessThan(SELF_BYTES);
});

test('after the next picture, memory does not depend on the one before', async () => {
  expect(differing(await memoryAfter('1,2'), await memoryAfter('3,2'))).toBeLessThan(SELF_BYTES);
});

async function memoryAfter(seeds: string, ...forget: string[]): Promise<Buffer> {
  const script = path.join(import.meta.dirname, 'classifier-memory-dump.ts');
  const options = { encoding: 'buffer', maxBuffer: 64_000_000 } as const;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=source', script, seeds, ...forget],
    options,
  );
  expect(stdout.length).toBeGreaterThan(20_000_000);
  return stdout;
}

function differing(one: Buffer, other: Buffer): number {
  return one.reduce((count, byte, i) => (byte === other[i] ? count : count + 1), 0);
}
