/** What the classifier's runtime makes of a picture leaves no trace in its memory: the next one overwrites it, and so does forgetting. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000 });

/** Clocks and the like: so many octets differ at most, of instances that saw the same, too. */
const SELF_BYTES = 500;

test('without forgetting, megabytes are of the last picture', async () => {
  expect(differing(await memoryAfter('1'), await memoryAfter('2'))).toBeGreaterThan(1_000_000);
});

test('after forgetting, nothing depends on which picture it was', async () => {
  expect(differing(await memoryAfter('1', 'forget'), await memoryAfter('2', 'forget'))).toBeLessThan(SELF_BYTES);
});

test('after the next picture, nothing depends on the one before', async () => {
  expect(differing(await memoryAfter('1,2'), await memoryAfter('3,2'))).toBeLessThan(SELF_BYTES);
});

async function memoryAfter(seeds: string, ...forget: string[]): Promise<Buffer> {
  const script = path.join(import.meta.dirname, 'looking-runtime.ts');
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
  return one.reduce((count, octet, i) => (octet === other[i] ? count : count + 1), 0);
}
