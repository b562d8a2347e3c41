/** A file whose read fails, or never ends, after the sandbox found it by its digest: the check ends, with the reason. Spec: docs/design/message-gate.md#exact-findings */
import type { FileDigest, ScanPlan, Verdict } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { RunningSandbox } from '../src/content/running-sandbox.ts';

const DIGEST = 'a'.repeat(64) as FileDigest;
const plan: ScanPlan = {
  lists: [{ fileDigest: DIGEST, media: ['image'], maxDistance: 31, minQuality: 0, variants: [] }],
  models: [],
};
const near: Verdict['findings'][number] = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 3 };
const exact = { ...near, match: 'exact' as const, distance: 0 };

/** A sandbox that says so of all content, and a page that has `ms` for it. */
function aSandbox(verdict: Verdict, ms = 20_000): RunningSandbox {
  type Given = ConstructorParameters<typeof RunningSandbox>;
  const calls = { load: async () => ({ ok: true }), scan: async () => verdict };
  const frame = { calls, gone: new Promise(() => undefined), beginScan: () => () => undefined, send: () => undefined };
  const parts = { prepare: async () => undefined, finish: async () => undefined };
  const options = {
    listFile: async () => ({ fileDigest: DIGEST, file: new ArrayBuffer(0), suppressed: new Uint32Array() }),
    entriesOf: () => ({ exact: Uint32Array.of(7), near: Uint32Array.of(7), suppressed: new Uint32Array() }),
    entryOfSha256: async () => 7,
    deadlines: { scan: { baseMs: ms, msPerByte: 0 }, loadList: { baseMs: 20_000, msPerByte: 0 }, modelMs: 0 },
  };
  const modules = { add: async () => false };
  return new RunningSandbox(
    'b'.repeat(64) as Given[0],
    frame as unknown as Given[1],
    { options, parts, modules } as unknown as Given[2],
  );
}
function blobOf(arrayBuffer: () => Promise<ArrayBuffer>): Blob {
  return Object.assign(new Blob(['x']), { arrayBuffer });
}
const hanging = blobOf(() => new Promise(() => undefined));
const gone = blobOf(() => Promise.reject(new DOMException('it has changed', 'NotReadableError')));

function scan(sandbox: RunningSandbox, content: Blob, stop?: AbortSignal): Promise<Verdict> {
  return sandbox.scan({ content, contentId: 1, plan, progress: () => undefined, stop });
}

test('a file that can be read keeps its finding', async () => {
  const verdict: Verdict = { media: 'image', findings: [exact], complete: true };
  expect(await scan(aSandbox(verdict), new Blob(['x']))).toEqual(verdict);
});

test('a read that never ends is over at the deadline', async () => {
  const sandbox = aSandbox({ media: 'image', findings: [exact], complete: true }, 20);
  await expect(scan(sandbox, hanging)).rejects.toMatchObject({ code: 'ERR_SANDBOX_DEADLINE' });
});

test('a file that has changed, or is gone, is incomplete without the finding, and the sandbox stays', async () => {
  const verdict = await scan(aSandbox({ media: 'image', findings: [exact], complete: true }), gone);
  expect(verdict).toEqual({ media: 'image', findings: [], complete: false, reason: 'decode' });
});

test('a file without an exact finding is not read again', async () => {
  const verdict: Verdict = { media: 'image', findings: [near], complete: true };
  expect(await scan(aSandbox(verdict), hanging)).toEqual(verdict);
});
