/** Checks of one Blob share a scan, which stops only when every caller has aborted. Spec: docs/design/client.md#check */
import type { FileDigest, ManifestDigest, OrderDigest, Verdict } from '@lodestone/protocol';
import { LodestoneError } from '@lodestone/protocol';
import { expect, test, vi } from 'vitest';
import { type Checker, createChecker } from '../src/check.ts';
import { createQueue } from '../src/content/queue.ts';
import type { Inputs } from '../src/inputs.ts';
import type { Match } from '../src/match.ts';
import { anOrder, LIST } from './world.ts';

const NOW = Date.UTC(2026, 10, 24);
const CLEAR: Verdict = { media: 'image', findings: [], complete: true };

function someInputs(): Inputs {
  return {
    orders: [{ source: 'orders', orderDigest: 'a'.repeat(64) as OrderDigest, order: anOrder(NOW) }],
    unknown: [],
    coming: [],
    isUnheard: false,
    lists: [
      {
        reference: LIST,
        purpose: 'verified',
        manifestDigest: 'b'.repeat(64) as ManifestDigest,
        fileDigest: 'c'.repeat(64) as FileDigest,
        signedBy: ['lists'],
        entries: 5_000,
      },
    ],
    models: [],
  };
}

/** A checker whose scans the test ends itself, with an outbox that never ends. */
function aChecker() {
  const taken: Match[] = [];
  const neverEnding = (matches: readonly Match[]): Promise<void> => {
    taken.push(...matches);
    return new Promise(() => undefined);
  };
  const world = { inputs: someInputs() };
  const scans: {
    resolve: (verdict: Verdict) => void;
    reject: (error: unknown) => void;
    progress: (n: number) => void;
  }[] = [];
  const check: Checker = createChecker({
    inputs: () => world.inputs,
    queue: createQueue(() => NOW),
    sandbox: {
      scan: (_content, _plan, progress) =>
        new Promise((resolve, reject) => void scans.push({ resolve, reject, progress })),
      lacksPart: () => false,
      isForbidden: () => false,
      prepare: async () => undefined,
    },
    take: (matches) => void neverEnding(matches),
  });
  return { world, scans, taken, check };
}
/** The listed file itself. */
const LISTED: Verdict = {
  media: 'image',
  findings: [{ kind: 'known', list: 0, entry: 7, match: 'exact', distance: 0 }],
  complete: true,
};
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test('callers of one Blob share a scan, and each gets progress and answer', async () => {
  const { check, scans } = aChecker();
  const blob = new Blob(['x']);
  const percents: number[][] = [[], []];
  const checks = percents.map((seen) => check(blob, { surface: 'send', onProgress: (percent) => seen.push(percent) }));
  await settle();
  expect(scans).toHaveLength(1);
  scans[0]?.progress(8);
  scans[0]?.resolve(CLEAR);
  expect(await Promise.all(checks)).toEqual(
    Array.from(checks, () => ({ outcome: 'clear', action: 'allow', orders: [] })),
  );
  expect(percents).toEqual([
    [50, 100],
    [50, 100],
  ]);
});

test('a caller that aborts leaves the scan to the others', async () => {
  const { check, scans } = aChecker();
  const blob = new Blob(['x']);
  const leaving = new AbortController();
  const left = check(blob, { surface: 'send', signal: leaving.signal });
  const stayed = check(blob, { surface: 'send' });
  await settle();
  leaving.abort(new Error('cancelled'));
  await expect(left).rejects.toThrow('cancelled');
  scans[0]?.resolve(CLEAR);
  expect(await stayed).toEqual({ outcome: 'clear', action: 'allow', orders: [] });
  expect(scans).toHaveLength(1);
});

test('a check that all callers aborted while it waited is not scanned', async () => {
  const { check, scans } = aChecker();
  const first = check(new Blob(['first']), { surface: 'send' });
  const leaving = new AbortController();
  const waiting = check(new Blob(['second']), { surface: 'send', signal: leaving.signal });
  await settle();
  leaving.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
  scans[0]?.resolve(CLEAR);
  await first;
  await settle();
  expect(scans).toHaveLength(1);
});

test('a check that all callers aborted during its scan counts nothing, and the next caller gets a new scan', async () => {
  const { check, scans, taken } = aChecker();
  const blob = new Blob(['x']);
  const leaving = new AbortController();
  const left = [1, 2].map(() => check(blob, { surface: 'send', signal: leaving.signal }));
  await settle();
  leaving.abort(new Error('cancelled'));
  for (const each of left) await expect(each).rejects.toThrow('cancelled');
  scans[0]?.resolve(LISTED);
  await settle();
  expect(taken).toEqual([]);

  const again = check(blob, { surface: 'send' });
  await settle();
  scans[1]?.resolve(LISTED);
  expect(await again).toMatchObject({ outcome: 'match' });
  expect(taken).toHaveLength(1);
});

test('a finished check is repeated only if a retry may help, or if the inputs changed', async () => {
  const { world, check, scans } = aChecker();
  const blob = new Blob(['x']);
  const next = async (end: (scan: (typeof scans)[number]) => void): Promise<unknown> => {
    const before = scans.length;
    const answer = check(blob, { surface: 'send' });
    await settle();
    const scan = scans[before];
    if (scan) end(scan);
    return answer;
  };
  const fails = (scan: (typeof scans)[number]): void =>
    scan.reject(new LodestoneError('ERR_SANDBOX_DEADLINE', 'too slow'));
  expect(await next(fails)).toMatchObject({ outcome: 'unscannable', reason: 'deadline', retry: true });
  expect(await next((scan) => scan.resolve(CLEAR))).toMatchObject({ outcome: 'clear' });
  expect(scans).toHaveLength(2);
  expect(await next(fails), 'the same answer without a scan').toMatchObject({ outcome: 'clear' });
  expect(scans).toHaveLength(2);
  world.inputs = someInputs();
  await next((scan) => scan.resolve(CLEAR));
  expect(scans).toHaveLength(3);
});

test('a check answers although the outbox never ends', async () => {
  const { check, scans, taken } = aChecker();
  const answer = check(new Blob(['x']), { surface: 'send' });
  await settle();
  scans[0]?.resolve(LISTED);
  expect(await answer).toMatchObject({ outcome: 'match', action: 'block' });
  expect(taken).toHaveLength(1);
});

test('an automatic check has the same answer and signals nothing, whichever comes first', async () => {
  for (const first of [true, false]) {
    const { check, scans, taken } = aChecker();
    const blob = new Blob(['x']);
    const answers = [first, !first].map((automatic) => check(blob, { surface: 'send', automatic }));
    await settle();
    for (const at of [0, 1]) {
      scans[at]?.resolve(LISTED);
      await settle();
    }
    const [one, other] = await Promise.all(answers);
    expect(one).toMatchObject({ outcome: 'match', action: 'block' });
    expect(other).toEqual(one);
    expect(taken).toHaveLength(1);
  }
});

test('a progress callback that throws does not end the check', async () => {
  const { check, scans } = aChecker();
  const reported: unknown[] = [];
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
  const answer = check(new Blob(['x']), {
    surface: 'send',
    onProgress: () => {
      throw new Error('host');
    },
  });
  await settle();
  scans[0]?.resolve(CLEAR);
  expect(await answer).toEqual({ outcome: 'clear', action: 'allow', orders: [] });
  expect(reported).toHaveLength(1);
});
