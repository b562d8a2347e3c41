/**
 * `lodestone-audit probe` on the built sandbox and the running chat, in Chromium: no byte leaves the workers in at least 40
 * attempts each, the control works, and the page ignores a hostile sandbox. Spec: docs/design/audit.md#probe
 */
import { auditProbe } from '@lodestone/audit';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { builtClassifier, builtSandbox } from './fixture/host-page.ts';
import { expect, test } from './fixture/test.ts';

test.setTimeout(600_000);

test(
  'no byte of at least 40 attempts leaves each worker of the built sandbox, and the control works',
  { tag: ALL_TAG },
  async ({ demo }) => {
    const report = await auditProbe({
      name: 'sandbox.html',
      sandbox: new TextEncoder().encode(builtSandbox),
      parts: { classifier: new TextEncoder().encode(builtClassifier) },
      engines: ['chromium'],
      url: demo.chat,
      memoryFile: MEMORY_FILE,
    });
    // Everything passes, except the comparison with a release, which is not given here.
    expect(report.claims.map(({ status }) => status)).toEqual([
      'not-tested',
      ...report.claims.slice(1).map(() => 'pass'),
    ]);
    const { runs, host } = report.facts;
    const [run] = runs;
    for (const place of ['content', 'worker', 'classifier', 'classifier-policy'] as const) {
      const tried = run?.sandboxed.filter((one) => one.place === place) ?? [];
      expect(tried.length).toBeGreaterThanOrEqual(40);
      expect(tried.reduce((sum, { arrived }) => sum + arrived.bytes + arrived.connections, 0)).toBe(0);
      // Before the scope lockdown `fetch` exists and is refused; after it `fetch` is missing.
      const isThere = place === 'worker' || place === 'classifier-policy';
      expect(tried.find(({ id }) => id === 'fetch')?.ending?.how).toBe(isThere ? 'refused' : 'missing');
    }
    expect(run?.control.filter(({ arrived }) => arrived.bytes > 0).length).toBeGreaterThanOrEqual(40);
    expect(host[0]?.attacked.map(({ bytes }) => bytes)).toEqual(host[0]?.attacked.map(() => 0));
    expect(host[0]?.attacked.filter(({ control }) => control > 0)).not.toEqual([]);
  },
);
