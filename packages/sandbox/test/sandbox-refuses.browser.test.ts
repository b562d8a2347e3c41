/**
 * The sandbox cannot talk: inside the real document, in its worker and in its window, every known way to a server or to
 * storage is tried while a server listens. The probe keeps what the scanner removes, so the policy is tested by itself.
 */
import { expect, inject, test, vi } from 'vitest';
import { withoutSeal, withScannerProbe, withWindowProbe } from './derive.ts';
import { builtDocument, openSandbox } from './open-sandbox.ts';
import probe from './probe.js?raw';

/** Many attempts at once, on a machine that may have other work, too. */
const PROBE_MS = 60_000;
vi.setConfig({ testTimeout: 2 * PROBE_MS });

type Outcomes = [name: string, outcome: string][];

const server = inject('listeningServer');
/** Each run has a path of its own, so that the server's record tells them apart. */
const probeOf = (run: string): string => `self.PROBE = ${JSON.stringify({ server: `${server}/${run}` })};\n${probe}`;

async function requestsOf(run: string): Promise<string[]> {
  const seen = (await (await fetch(`${server}/seen`)).json()) as string[];
  // What is no request has no path, and nothing of that kind may come from any run.
  return seen.filter((entry) => !entry.includes('/') || entry.includes(`/${run}/`));
}

/** These say nothing of how they ended, in some engine: for them only the server's silence counts. */
const SILENT = ['sendBeacon', 'iframe', 'form', 'prefetch'];

function expectRefused(outcomes: Outcomes, count: number): void {
  expect(outcomes).toHaveLength(count);
  const others = outcomes.filter(([, outcome]) => !outcome.startsWith('refused'));
  expect(others).toEqual(others.filter(([name]) => SILENT.includes(name)).map(([name]) => [name, 'no answer']));
}

async function probeScanner(run: string, html: string): Promise<{ outcomes: Outcomes; secure: boolean }> {
  const sandbox = await openSandbox({ html: await withScannerProbe(html, probeOf(run)) });
  const report = await sandbox.event('probe' as never, PROBE_MS);
  sandbox.close();
  return report;
}

test('from the scanner worker nothing reaches the server or storage', async () => {
  const { outcomes, secure } = await probeScanner('scanner', builtDocument);
  expectRefused(outcomes, 12);
  expect(secure).toBe(true);
  expect(await requestsOf('scanner')).toEqual([]);
});

test('from the sandbox’s window nothing reaches the server or storage', async () => {
  const reported = new Promise<Outcomes>((resolve) => {
    addEventListener('message', ({ data }: MessageEvent<{ type: string; outcomes: Outcomes }>) => {
      if (data.type === 'probe') resolve(data.outcomes);
    });
  });
  const html = await withWindowProbe(builtDocument, probeOf('window'));
  const sandbox = await openSandbox({ html });
  expectRefused(await reported, 24);
  expect(await requestsOf('window')).toEqual([]);
  sandbox.close();
});

// Last, as what it lets out may go on knocking for a while.
test('the probe tells the truth: without the policy it gets through, and the server sees it', async () => {
  const { outcomes } = await probeScanner('open', await withoutSeal(builtDocument));
  expect(outcomes).toContainEqual(['fetch, cors', 'got through']);
  expect(await requestsOf('open')).toEqual(expect.arrayContaining(['GET /open/fetch', 'GET /open/xhr']));
});
