/**
 * Nothing leaves the sandbox: in the built document, its worker and its window try every known way to a server or to storage while
 * a server listens. The probe keeps references to what the scanner removes, so the policy is tested alone.
 */
import { expect, inject, test, vi } from 'vitest';
import { withoutPolicy, withScannerProbe, withWindowProbe } from './derive.ts';
import { builtDocument, openSandbox } from './open-sandbox.ts';
import probe from './probe.js?raw';

/** Many attempts at the same time, on a machine that may be busy. */
const PROBE_MS = 60_000;
/** How long a refusal may take. Without the policy some attempts never end, and the probe's own shorter time counts. */
const REFUSAL_MS = 30_000;
const LAST_MS = REFUSAL_MS + 5_000;
vi.setConfig({ testTimeout: 2 * PROBE_MS });

type Outcomes = [name: string, outcome: string][];

const server = inject('listeningServer');
/** Each run has its own path, so that the server's record tells runs apart. */
const probeOf = (run: string, refusalMs?: number): string =>
  `self.PROBE = ${JSON.stringify({ server: `${server}/${run}`, refusalMs })};\n${probe}`;

async function requestsOf(run: string): Promise<string[]> {
  const seen = (await (await fetch(`${server}/seen`)).json()) as string[];
  // Traffic that is not HTTP has no path, and no run may send any.
  return seen.filter((entry) => !entry.includes('/') || entry.includes(`/${run}/`));
}

/** In some engines these report no result; for them only the server's record counts. */
const SILENT = ['sendBeacon', 'iframe', 'form', 'prefetch'];
/** On a busy machine, Firefox's worker hangs in the attempt. It is the last one of a worker. */
if (inject('engine') === 'firefox') SILENT.push('Worker by URL');

function expectRefused(outcomes: Outcomes, count: number): void {
  expect(outcomes).toHaveLength(count);
  const others = outcomes.filter(([, outcome]) => !outcome.startsWith('refused'));
  expect(others).toEqual(others.filter(([name]) => SILENT.includes(name)).map(([name]) => [name, 'no answer']));
}

interface Report {
  outcomes: Outcomes;
  secure: boolean;
}

async function probeScanner(run: string, html: string, refusalMs?: number): Promise<Report> {
  const sandbox = await openSandbox({ html: await withScannerProbe(html, probeOf(run, refusalMs)) });
  const { outcomes, secure }: Report = await sandbox.event('probe' as never, PROBE_MS);
  const last: Pick<Report, 'outcomes'> = await sandbox.event('last-attempt' as never, LAST_MS).catch((error) => {
    if (inject('engine') !== 'firefox') throw error;
    return { outcomes: [['Worker by URL', 'no answer']] };
  });
  sandbox.close();
  return { outcomes: [...outcomes, ...last.outcomes], secure };
}

test('nothing from the scanner worker reaches the server or storage', async () => {
  const { outcomes, secure } = await probeScanner('scanner', builtDocument, REFUSAL_MS);
  expectRefused(outcomes, 12);
  expect(secure).toBe(true);
  expect(await requestsOf('scanner')).toEqual([]);
});

test('nothing from the sandbox’s window reaches the server or storage', async () => {
  const reported = new Promise<Outcomes>((resolve) => {
    addEventListener('message', ({ data }: MessageEvent<{ type: string; outcomes: Outcomes }>) => {
      if (data.type === 'probe') resolve(data.outcomes);
    });
  });
  const html = await withWindowProbe(builtDocument, probeOf('window', REFUSAL_MS));
  const sandbox = await openSandbox({ html });
  expectRefused(await reported, 24);
  expect(await requestsOf('window')).toEqual([]);
  sandbox.close();
});

// Last, because the attempts that succeed may continue for a while.
test('control: without the policy the same probe reaches the server', async () => {
  const { outcomes } = await probeScanner('open', await withoutPolicy(builtDocument));
  expect(outcomes).toContainEqual(['fetch, cors', 'got through']);
  expect(await requestsOf('open')).toEqual(expect.arrayContaining(['GET /open/fetch', 'GET /open/xhr']));
});
