/** Vitest and Playwright run at the same time. The output of the second follows that of the first, and none of it is lost. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const PROGRAM = path.join(import.meta.dirname, '../src/run/program.ts');
const LINES = 20_000;

/** The output of a process that runs two programs: the first ends half a second after the second has printed everything. */
function twoPrograms(): string {
  const script = `
    const { runNode } = await import(${JSON.stringify(PROGRAM)});
    const first = runNode(['-e', "console.log('first begins'); setTimeout(() => console.log('first ends'), 500)"]);
    const second = runNode(['-e', "for (let i = 0; i < ${LINES}; i++) console.log('second', i); process.exitCode = 3"], {}, first);
    console.log('codes', ...(await Promise.all([first, second])));
  `;
  return spawnSync(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  }).stdout;
}

test('output that is kept until the first program ends is whole and in order', () => {
  const lines = Array.from({ length: LINES }, (_, i) => `second ${i}`);
  expect(twoPrograms().trimEnd().split('\n')).toEqual(['first begins', 'first ends', ...lines, 'codes 0 3']);
});
