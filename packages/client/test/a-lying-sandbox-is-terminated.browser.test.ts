/** A host page with sandbox documents that lie: served by `sandboxUrl` as data: URLs, with the right build digest. Spec: docs/design/message-gate.md#plausibility */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createGuard, type Guard } from '../src/index.ts';
import { SANDBOX_BUILD } from '../src/content/sandbox-build.generated.ts';
import { testPicture } from '../src/testing/index.ts';
import { World } from './world.ts';

let world: World;
const guards = new Map<Guard, string>();

beforeAll(async () => {
  world = await World.create(Date.now());
  vi.stubGlobal('fetch', world.fetch);
});
afterAll(() => {
  for (const [guard, name] of guards) {
    guard.dispose();
    indexedDB.deleteDatabase(name);
  }
  vi.unstubAllGlobals();
});

async function guardWith(sandboxUrl: string): Promise<Guard> {
  const storageName = `lies ${crypto.randomUUID()}`;
  const guard = createGuard(world.options({ storageName, sandboxUrl }));
  guards.set(guard, storageName);
  await vi.waitFor(() => expect(guard.status.lists[0]?.release).toBeDefined(), { timeout: 10_000 });
  return guard;
}

/** Accepts lists as the real sandbox does. Answers the scan of content number n with the messages of answer n. */
function lyingSandbox(answers: readonly string[], build: string = SANDBOX_BUILD): string {
  const script = `const answers = [${answers.map((answer) => `(id, calls, events) => {${answer}}`).join()}];
  addEventListener('message', ({ ports: [calls, events] }) => {
    events.postMessage({ type: 'ready', build: '${build}', needsBitmap: false });
    calls.onmessage = ({ data: { id, path, argumentList } }) => {
      if (path[0] !== 'scan') return calls.postMessage({ id, type: 'RAW', value: { ok: true } });
      answers[argumentList[0].value.sizeBytes - ${testPicture().length}](id, calls, events);
    };
  });`;
  return `data:text/html,${encodeURIComponent(`<script>${script}</script>`)}`;
}
/** Looks like the listed test picture. Only number 0 is the listed file. */
function content(number: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...testPicture(), ...new Uint8Array(number)]);
}
const finding = (change: string): string =>
  `calls.postMessage({ id, type: 'RAW', value: { media: 'image', complete: true, findings: [{ kind: 'known', list: 0, entry: 7, match: 'near', distance: 3, ${change} }] } });`;

const LIES: readonly [what: string, lie: string][] = [
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
];
/** Content 0 gets the exact finding, content 1 the near one, and the contents after them get lies. */
const TRUTHS = [finding("match: 'exact', distance: 0"), finding('')];

describe('a sandbox', () => {
  let guard: Guard;
  beforeAll(async () => {
    guard = await guardWith(lyingSandbox([...TRUTHS, ...LIES.map(([, lie]) => lie)]));
  });

  async function terminations(): Promise<number> {
    const entries = await guard.ledger.entries();
    return entries.filter((entry) => entry.type === 'note' && entry.note === 'sandbox-terminated').length;
  }

  test.each(LIES.map(([what], i) => [what, i] as const))(
    'is terminated, the check is unscannable/sandbox, and the ledger has a note, after %s',
    async (_, i) => {
      const before = await terminations();
      const check = await guard.check(content(TRUTHS.length + i), { surface: 'send' });
      expect(check).toMatchObject({ outcome: 'unscannable', action: 'warn', reason: 'sandbox', retry: true });
      expect(guard.status.sandbox).toMatchObject({ state: 'failed', error: { code: 'ERR_SANDBOX_GATE' } });
      expect('reached' in globalThis).toBe(false);
      await vi.waitFor(async () => expect(await terminations()).toBe(before + 1), { timeout: 10_000 });
      expect(world.signals()).toEqual([]);
    },
  );

  test('with a true answer passes, so the lies above are the reason', async () => {
    expect(await guard.check(content(1), { surface: 'send' })).toMatchObject({ outcome: 'match', action: 'block' });
  });

  test('with an exact finding of the listed file passes, so its digest is the reason above', async () => {
    expect(await guard.check(content(0), { surface: 'send' })).toMatchObject({ outcome: 'match', action: 'block' });
    expect(guard.status.sandbox.state).toBe('ready');
  });
});

test('a sandbox of another build fails with ERR_SANDBOX_VERSION', async () => {
  const guard = await guardWith(lyingSandbox([], 'f'.repeat(64)));
  expect(await guard.check(content(1), { surface: 'send' })).toMatchObject({
    outcome: 'unscannable',
    reason: 'sandbox',
  });
  expect(guard.status.sandbox).toMatchObject({ state: 'failed', error: { code: 'ERR_SANDBOX_VERSION' } });
});
