/** A bench that is ended by Ctrl+C or `kill` ends its PostgreSQL. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { findPostgres, NO_POSTGRES } from './support/postgres.ts';

const PROGRAM = path.join(import.meta.dirname, 'programs/bench-postgres.ts');

const isPrivate = 'folder' in (findPostgres() ?? {});
describe.runIf(isPrivate)(isPrivate ? 'a bench' : NO_POSTGRES, { tags: '@all' }, () => {
  test('that gets SIGTERM ends its PostgreSQL', async () => {
    const bench = spawn(process.execPath, ['--conditions=source', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: bench.stdout }), 'line')) as [string];
    const pid = Number(line);
    expect(process.kill(pid, 0)).toBe(true);
    bench.kill('SIGTERM');
    expect(await once(bench, 'exit')).toEqual([143, null]);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
