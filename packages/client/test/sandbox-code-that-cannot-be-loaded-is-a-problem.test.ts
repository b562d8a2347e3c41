/** The chunk that runs the sandbox, while it is not there. Spec: docs/design/client.md#chunks */
import { LodestoneError } from '@lodestone/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { createSandbox } from '../src/content/sandbox.ts';
import type { SandboxReport } from '../src/content/sandbox-state.ts';
import { problemsOf } from '../src/problems.ts';
import { FIRST_STATUS } from '../src/status.ts';

const PLAN = { lists: [], models: [] };
afterEach(() => vi.doUnmock('../src/content/running-sandbox.ts'));

test('the check ends, the status names the fix, and the next check tries again at once', async () => {
  vi.doMock('../src/content/running-sandbox.ts', () => {
    throw new TypeError('404');
  });
  const reports: SandboxReport[] = [];
  const sandbox = createSandbox({
    source: async () => {
      throw new LodestoneError('ERR_SANDBOX_VERSION', 'the loaded code asks for the document');
    },
    listFile: async () => undefined,
    entryOfSha256: async () => undefined,
    entriesOf: () => undefined,
    plansInForce: () => [],
    partCode: async () => '',
    partFiles: async () => undefined,
    partChanged: () => undefined,
    changed: (report) => reports.push(report),
    stop: new AbortController().signal,
  });
  const scan = (): Promise<unknown> => sandbox.scan(new Blob(['x']), PLAN, () => undefined);

  await expect(scan()).rejects.toMatchObject({ code: 'ERR_LOAD' });
  expect(sandbox.lacksPart(PLAN)).toBe(false);
  const [, failed] = reports;
  expect(failed && problemsOf({ ...FIRST_STATUS, sandbox: failed })).toEqual([
    {
      code: 'ERR_LOAD',
      of: 'sandbox',
      sentence: expect.stringMatching(/^the code that runs the sandbox of @lodestone\/client could not be loaded: /),
      fix: 'serve every chunk of your bundle, also those of the version before; offline, the next check tries again',
    },
  ]);

  vi.doUnmock('../src/content/running-sandbox.ts');
  await expect(scan()).rejects.toMatchObject({ code: 'ERR_SANDBOX_VERSION' });
});
