/**
 * `lodestone-audit probe` on the built sandbox and the running chat, in Chromium: no byte gets out of its workers in at least 40
 * attempts each, the attempts are real, and nothing that a sandbox in an attacker's hands says is carried out.
 */
import { auditProbe } from '@lodestone/audit';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { builtClassifier, builtSandbox } from './fixture/host-page.ts';
import { expect, test } from './fixture/test.ts';

test.setTimeout(300_000);

test(
  'the built sandbox, in the running chat: 0 bytes of at least 40 attempts, and the attempts are real',
  { tag: ALL_TAG },
  async ({ demo }) => {
    const report = await auditProbe({
      name: 'sandbox.html',
      sandbox: new TextEncoder().encode(builtSandbox),
      classifier: new TextEncoder().encode(builtClassifier),
      engines: ['chromium'],
      url: demo.chat,
      memoryFile: MEMORY_FILE,
    });
    // All but that it is the published sandbox, of which nothing was said here.
    expect(report.claims.map(({ verdict }) => verdict)).toEqual([
      'untested',
      ...report.claims.slice(1).map(() => 'holds'),
    ]);
    const { runs, host } = report.facts;
    const [run] = runs;
    for (const place of ['content', 'worker', 'classifier', 'classifier-policy'] as const) {
      const tried = run?.sealed.filter((one) => one.place === place) ?? [];
      expect(tried.length).toBeGreaterThanOrEqual(40);
      expect(tried.reduce((sum, { arrived }) => sum + arrived.bytes + arrived.connections, 0)).toBe(0);
      // Each comes when it is said to: before the worker's own code took `fetch` away, or after.
      const isThere = place === 'worker' || place === 'classifier-policy';
      expect(tried.find(({ id }) => id === 'fetch')?.ending?.how).toBe(isThere ? 'refused' : 'missing');
    }
    expect(run?.control.filter(({ arrived }) => arrived.bytes > 0).length).toBeGreaterThanOrEqual(40);
    expect(host[0]?.attacked.map(({ bytes }) => bytes)).toEqual(host[0]?.attacked.map(() => 0));
    expect(host[0]?.attacked.filter(({ control }) => control > 0)).not.toEqual([]);
  },
);
