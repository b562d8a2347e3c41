/** A host page with sandbox documents that lie: served by `sandboxUrl` as data: URLs, with the right build digest. Spec: docs/design/message-gate.md#plausibility */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGuard, type Guard } from '../src/index.ts';
import { SANDBOX_BUILD } from '../src/content/sandbox-build.generated.ts';
import { testPicture } from '../src/testing/index.ts';
import { World } from './world.ts';

let world: World;
let guard: Guard | undefined;
let name = '';

beforeEach(async () => {
  name = `lies ${crypto.randomUUID()}`;
  world = await World.create(Date.now());
  vi.stubGlobal('fetch', world.fetch);
});
afterEach(() => {
  guard?.dispose();
  vi.unstubAllGlobals();
  indexedDB.deleteDatabase(name);
});

/** Accepts lists as the real sandbox does, then answers a scan with the messages of `lie`. */
function lyingSandbox(lie: string, build: string = SANDBOX_BUILD): string {
  const script = `addEventListener('message', ({ ports: [calls, events] }) => {
    events.postMessage({ type: 'ready', build: '${build}', needsBitmap: false });
    calls.onmessage = ({ data: { id, path } }) => {
      if (path[0] !== 'scan') return calls.postMessage({ id, type: 'RAW', value: { ok: true } });
      ${lie}
    };
  });`;
  return `data:text/html,${encodeURIComponent(`<script>${script}</script>`)}`;
}
/** Looks like the listed test picture, in a file that is not listed. */
function editedPicture(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...testPicture(), 0]);
}
async function checkWith(sandboxUrl: string, content = editedPicture()) {
  guard = createGuard(world.options({ storageName: name, sandboxUrl }));
  await vi.waitFor(() => expect(guard?.status.lists[0]?.release).toBeDefined(), { timeout: 10_000 });
  return guard.check(content, { surface: 'send' });
}
const finding = (change: string): string =>
  `calls.postMessage({ id, type: 'RAW', value: { media: 'image', complete: true, findings: [{ kind: 'known', list: 0, entry: 7, match: 'near', distance: 3, ${change} }] } });`;

describe('a sandbox is terminated, the check is unscannable/sandbox, and the ledger has a note, after', () => {
  test.each([
    ['an entry that is not on its list', finding('entry: 8')],
    ['a list that is not in the plan', finding('list: 5')],
    ['exact with a distance', finding("match: 'exact'")],
    ['exact, although the SHA-256 digest of the content is not listed', finding("match: 'exact', distance: 0")],
    ['an unknown key', finding('score: 0.9')],
    [
      'comlink’s CONSTRUCT',
      "calls.postMessage({ id, type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [{ type: 'RAW', value: 'globalThis.reached = true' }] });",
    ],
    ...[
      { type: 'APPLY', path: ['constructor', 'constructor', 'call'], argumentList: [{ type: 'RAW', value: null }] },
      { type: 'GET', path: [] },
      { type: 'SET', path: ['__proto__', 'reached'], value: { type: 'RAW', value: 1 } },
      { type: 'ENDPOINT' },
    ].map((message): [string, string] => [
      `comlink’s ${message.type}`,
      `calls.postMessage({ id, ...${JSON.stringify(message)} });`,
    ]),
    ['an answer to no call', "calls.postMessage({ id: 'attack', type: 'RAW', value: { ok: true } });"],
    ['a message that is not comlink’s', "calls.postMessage('escape');"],
    [
      'CONSTRUCT on the events port',
      "events.postMessage({ id, type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [] });",
    ],
  ])('%s', async (_, lie) => {
    const check = await checkWith(lyingSandbox(lie));
    expect(check).toMatchObject({ outcome: 'unscannable', action: 'warn', reason: 'sandbox', retry: true });
    expect(guard?.status.sandbox).toMatchObject({ state: 'failed', error: { code: 'ERR_SANDBOX_GATE' } });
    expect('reached' in globalThis).toBe(false);
    await vi.waitFor(
      async () => {
        const notes = (await guard?.ledger.entries())?.flatMap((entry) => (entry.type === 'note' ? entry.note : []));
        expect(notes).toContain('sandbox-terminated');
      },
      { timeout: 10_000 },
    );
    expect(world.signals()).toEqual([]);
  });
});

test('a sandbox of another build fails with ERR_SANDBOX_VERSION', async () => {
  expect(await checkWith(lyingSandbox('', 'f'.repeat(64)))).toMatchObject({
    outcome: 'unscannable',
    reason: 'sandbox',
  });
  expect(guard?.status.sandbox).toMatchObject({ state: 'failed', error: { code: 'ERR_SANDBOX_VERSION' } });
});

test('a true answer of the same sandbox passes, so the lies above are the reason', async () => {
  expect(await checkWith(lyingSandbox(finding('')))).toMatchObject({ outcome: 'match', action: 'block' });
});

test('an exact finding of the listed file passes, so its digest is the reason above', async () => {
  const exact = lyingSandbox(finding("match: 'exact', distance: 0"));
  expect(await checkWith(exact, testPicture())).toMatchObject({ outcome: 'match', action: 'block' });
});
