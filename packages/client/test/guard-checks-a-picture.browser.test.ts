/** The whole client in a browser, with the built sandbox, IndexedDB and signed inputs; only the network is replaced. Spec: docs/design/client.md#check */
import { discs, pngOf } from '@lodestone/model-shapes';
import { fromHex, type ManifestDigest, modelManifestPath } from '@lodestone/protocol';
import { runtime } from '@lodestone/sandbox/testing/built-classifier';
import { sha256Hex } from '@lodestone/trust';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGuard, type Guard, type GuardOptions } from '../src/index.ts';
import { openStorage } from '../src/network/storage/storage.ts';
import { testPictureRecords } from '../src/testing/authority.ts';
import { testPicture } from '../src/testing/index.ts';
import { MovedClock } from './send-slots.ts';
import {
  anOrder,
  keyTargets,
  known,
  MODEL,
  modelTargets,
  orderTargets,
  publishedModel,
  sensitive,
  World,
} from './world.ts';

let world: World;
let clock: MovedClock;
let guards: Guard[] = [];
let name = '';

beforeEach(async () => {
  clock = new MovedClock();
  world = await World.create(Date.now());
  vi.stubGlobal('fetch', world.fetch);
  name = `test ${crypto.randomUUID()}`;
});
afterEach(async () => {
  for (const guard of guards) guard.dispose();
  guards = [];
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  indexedDB.deleteDatabase(name);
});

function aGuard(change: Partial<GuardOptions> = {}): Guard {
  const guard = createGuard(world.options({ storageName: name, ...change }));
  guards.push(guard);
  return guard;
}
/** A guard that is ready, with its order and its list in force. */
async function started(change: Partial<GuardOptions> = {}): Promise<Guard> {
  const guard = aGuard(change);
  await until(
    guard,
    ({ lists, sandbox }) => sandbox.state === 'ready' && lists.length > 0 && lists.every(({ release }) => release),
  );
  return guard;
}
function until(guard: Guard, holds: (status: Guard['status']) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`timeout with status ${JSON.stringify(guard.status, null, 1)}`)),
      20_000,
    );
    const stop = guard.subscribe(look);
    function look(): void {
      if (!holds(guard.status)) return;
      clearTimeout(timer);
      stop?.();
      resolve();
    }
    look();
  });
}
/** Signals in storage that were not sent. */
async function heldSignals(): Promise<number> {
  const storage = await openStorage(name, () => expect.unreachable('storage fell back to memory'));
  const signals = await storage.transact(['signals'], (tx) => tx.keys('signals'));
  storage.close();
  return signals.length;
}
const frame = (): Element | null => document.querySelector('iframe[title="Lodestone sandbox"]');
const png = (): Blob => new Blob([testPicture()]);
async function innocent(seed = 1): Promise<Blob> {
  const canvas = new OffscreenCanvas(320, 240);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  for (let i = 0; i < 60; i++) {
    context.fillStyle = `hsl(${(i * 47 + seed * 13) % 360} 70% ${20 + ((i * 31) % 60)}%)`;
    context.fillRect((i * 97 * seed) % 320, (i * 61) % 240, 30 + ((i * 17) % 90), 20 + ((i * 29) % 70));
  }
  return canvas.convertToBlob({ type: 'image/png' });
}

describe('a picture', () => {
  test('on the list is a match and causes one signal of 256 bytes; the same picture again causes none', async () => {
    const guard = await started();
    const progress: number[] = [];
    const check = await guard.check(png(), { surface: 'send', onProgress: (percent) => progress.push(percent) });
    expect(check).toEqual({
      outcome: 'match',
      action: 'block',
      orders: guard.status.orders.map((order) => order.orderDigest),
    });
    expect(progress.at(-1)).toBe(100);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    await clock.untilSent(guard, () => expect(world.signals()).toHaveLength(1));
    expect(world.signals()[0]).toMatchObject({ url: 'http://localhost:9/v1/signals' });
    expect(world.signals()[0]?.body.length).toBe(256);
    expect(await guard.check(png(), { surface: 'send' })).toEqual(check);
    await clock.passSlots(guard, name);
    expect(world.signals()).toHaveLength(1);
    expect(guard.status.notices).toHaveLength(1);
    await guard.acknowledgeNotice(guard.status.notices[0]?.id ?? '');
    expect(guard.status.notices).toEqual([]);
  });

  test('that is not listed is clear and causes no request', async () => {
    const guard = await started();
    const before = world.requests.length;
    expect(await guard.check(await innocent(), { surface: 'send' })).toEqual({
      outcome: 'clear',
      action: 'allow',
      orders: [],
    });
    expect(world.requests.length).toBe(before);
  });

  test('that is received is a match and is not signalled', { tags: '@one-engine' }, async () => {
    const guard = await started();
    expect(await guard.check(png(), { surface: 'receive' })).toMatchObject({ outcome: 'match' });
    await clock.passSlots(guard, name);
    expect(world.signals()).toEqual([]);
  });

  test('below the threshold causes no request', { tags: '@one-engine' }, async () => {
    await world.publish(
      'orders',
      orderTargets(
        anOrder(Date.now(), {
          detect: [known({ signal: { surfaces: ['send'], evidence: ['exact'], threshold: 2, withinDays: 30 } })],
        }),
      ),
    );
    const guard = await started();
    const before = world.requests.length;
    await guard.check(png(), { surface: 'send' });
    await vi.waitFor(async () => expect(await heldSignals()).toBe(1), { timeout: 15_000 });
    await clock.passSlots(guard, name);
    expect(world.requests.length).toBe(before);
    expect(guard.status.notices).toEqual([]);
  });

  test(
    'need not be checked before a model of an order is loaded, which fails here',
    { tags: '@one-engine' },
    async () => {
      const now = Date.now();
      await world.publish('orders', orderTargets(anOrder(now, { detect: [known(), sensitive()] })));
      await world.publish('provider', new Map([...keyTargets(now), ...modelTargets(publishedModel(now))]));
      const guard = await started();
      await until(guard, ({ models }) => models[0]?.error?.code === 'ERR_MODEL');
      expect(guard.status.models[0]?.error?.message).toContain('does not accept its runtime');
    },
  );

  test('may be given as bytes, and content of another type is an ERR_CONTENT', { tags: '@one-engine' }, async () => {
    const guard = await started();
    expect(await guard.check(testPicture(), { surface: 'send' })).toMatchObject({ outcome: 'match' });
    await expect(guard.check('text' as unknown as Blob, { surface: 'send' })).rejects.toMatchObject({
      code: 'ERR_CONTENT',
    });
  });
});

describe('content that cannot be scanned', () => {
  test('is unscannable, and the next check succeeds', async () => {
    const guard = await started();
    for (const [what, content] of [
      ['an empty file', new Uint8Array(0)],
      ['ciphertext', crypto.getRandomValues(new Uint8Array(50_000))],
      ['a truncated picture', testPicture().slice(0, 1_500)],
    ] as const) {
      const unscannable = { outcome: 'unscannable', action: 'warn', retry: false };
      expect(await guard.check(content, { surface: 'send' }), what).toMatchObject(unscannable);
      expect(await guard.check(png(), { surface: 'receive' }), what).toMatchObject({ outcome: 'match' });
    }
  });

  test('without an order no byte is read and no sandbox is created', async () => {
    await world.publish('orders', new Map());
    const guard = aGuard();
    await until(guard, ({ sources }) => sources.every(({ refreshed }) => refreshed));
    expect(await guard.check(png(), { surface: 'send' })).toEqual({
      outcome: 'skipped',
      action: 'allow',
      orders: [],
      reason: 'no-order',
      retry: false,
    });
    expect(guard.appliesTo({ surface: 'send' })).toBe(false);
    guard.prepare({ surface: 'send' });
    expect(guard.status.sandbox).toEqual({ state: 'none' });
    expect(frame()).toBeNull();
  });

  test(
    'an aborted check rejects with the signal’s reason, and a disposed guard with ERR_DISPOSED',
    { tags: '@one-engine' },
    async () => {
      const guard = await started();
      const reason = new Error('cancelled by the user');
      await expect(guard.check(png(), { surface: 'send', signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      guard.dispose();
      await expect(guard.check(png(), { surface: 'send' })).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
      expect(frame()).toBeNull();
    },
  );
});

test(
  'prepare starts a sandbox that has ended, only for a surface of an order in force',
  { tags: '@one-engine' },
  async () => {
    const guard = await started();
    frame()?.remove();
    guard.prepare({ surface: 'profile' });
    await new Promise((resolve) => setTimeout(resolve));
    expect(frame()).toBeNull();
    guard.prepare({ surface: 'send' });
    await vi.waitFor(() => expect(frame()).not.toBeNull());
    await until(guard, ({ sandbox }) => sandbox.state === 'ready');
  },
);

describe('on a new installation', () => {
  test('the first check of a sent picture waits for the order and its list', { tags: '@one-engine' }, async () => {
    expect(await aGuard().check(png(), { surface: 'send' })).toMatchObject({ outcome: 'match', action: 'block' });
  });

  test('without an answer of the authority the host decides what happens, and the status says why', async () => {
    world.failing.add('/orders/');
    const guard = aGuard({ whileUnknown: 'warn', waitMs: 0 });
    const answer = { outcome: 'skipped', action: 'warn', orders: [], reason: 'orders-unknown', retry: true };
    expect(await guard.check(png(), { surface: 'send' })).toEqual(answer);
    await guard.firstRefresh;
    expect(await guard.check(png(), { surface: 'send' })).toEqual(answer);
    expect(guard.appliesTo({ surface: 'send' })).toBe(true);
    expect(guard.status.problems).toMatchObject([{ code: 'ERR_NETWORK', of: 'orders' }]);
  });
});

describe('the network', () => {
  test('every request is in the ledger, and the chain is valid', async () => {
    const guard = await started();
    await guard.check(png(), { surface: 'send' });
    await clock.untilSent(guard, () => expect(world.signals()).toHaveLength(1));
    await vi.waitFor(
      async () =>
        expect((await guard.ledger.entries()).filter((entry) => entry.type === 'request')).toHaveLength(
          world.requests.length,
        ),
      { timeout: 15_000 },
    );
    const entries = await guard.ledger.entries();
    const { verifyLedger } = await import('@lodestone/trust');
    expect(() => verifyLedger(entries)).not.toThrow();
    const notes = entries.flatMap((entry) => (entry.type === 'note' ? entry.note : []));
    expect(notes).toEqual(expect.arrayContaining(['order-in-force', 'release-in-force', 'sandbox-started']));
    const { parseLedger } = await import('@lodestone/protocol');
    expect(parseLedger(await (await guard.ledger.export()).text())).toEqual(entries);
  });

  test('offline: checks use the stored inputs, and signals wait and are sent later', async () => {
    const first = await started();
    first.dispose();
    world.isOffline = true;
    const guard = await started();
    expect(await guard.check(png(), { surface: 'send' })).toMatchObject({ outcome: 'match' });
    await clock.untilSent(guard, () => expect(guard.status.outbox.error?.code).toBe('ERR_NETWORK'));
    world.isOffline = false;
    await clock.untilSent(guard, () =>
      expect(guard.status.notices).toMatchObject([{ kind: 'signal', delivery: 'sent' }]),
    );
    const bodies = new Set(world.signals().map(({ body }) => body.join()));
    expect(bodies.size).toBe(1);
  }, 60_000);
});

describe('under an order that signals near matches which a model confirms', () => {
  /** The model finds it sensitive. */
  const marked = pngOf(discs({ seed: 5 }));
  const MARKED_PDQ = 'a6996736ccb653964c63c919b16c0e5959dbb263a724cc6618b3f486a49c3b79';

  async function publishConfirmingOrder(): Promise<void> {
    const now = Date.now();
    const model = publishedModel(now, {}, { runtime: new Uint8Array(runtime) });
    const targets = modelTargets(model);
    const manifest = targets.get(modelManifestPath(model.manifest.model)) ?? new Uint8Array();
    const confirm = { model: MODEL, manifestDigest: sha256Hex<ManifestDigest>(manifest), minBucket: 8 };
    const signal = { surfaces: ['send' as const], evidence: ['confirmed' as const], threshold: 3, withinDays: 30 };
    await world.publish('provider', new Map([...keyTargets(now), ...targets]));
    await world.publish('orders', orderTargets(anOrder(now, { detect: [known({ signal: { ...signal, confirm } })] })));
    await world.publishList([...testPictureRecords(7), { type: 'pdq', entry: 8, payload: fromHex(MARKED_PDQ) }], 2);
  }
  /** A new device that checks one picture. */
  async function session(picture: Blob): Promise<{ outcome: string; held: number; requests: string[] }> {
    name = `test ${crypto.randomUUID()}`;
    const first = world.requests.length;
    const guard = await started();
    await until(guard, ({ models }) => models[0]?.release);
    await vi.waitFor(() =>
      expect(
        world.requests
          .slice(first)
          .map(({ url }) => url)
          .join(),
      ).toContain('receiver.json'),
    );
    const ready = world.requests.length;
    const { outcome } = await guard.check(picture, { surface: 'send' });
    await clock.passSlots(guard, name);
    expect(guard.status.models[0]?.error).toBeUndefined();
    expect(world.requests.slice(ready)).toEqual([]);
    const held = await heldSignals();
    guard.dispose();
    indexedDB.deleteDatabase(name);
    const requests = world.requests.slice(first).map(({ method, url }) => `${method} ${url}`);
    return { outcome, held, requests: requests.sort() };
  }

  test(
    'an innocent picture, a near match and a confirmed one cause no request, and the requests before are the same',
    { tags: ['@all', '@one-engine'] },
    async () => {
      await publishConfirmingOrder();
      const clear = await session(await innocent());
      const near = await session(new Blob([testPicture(), new Uint8Array(1)])); // not the listed file, but the same picture
      const confirmed = await session(new Blob([marked]));
      expect(clear).toMatchObject({ outcome: 'clear', held: 0 });
      expect(near).toMatchObject({ outcome: 'match', held: 0 });
      expect(confirmed).toMatchObject({ outcome: 'match', held: 1 });
      for (const part of ['.onnx', '.wasm', '.lode'])
        expect(clear.requests.filter((request) => request.endsWith(part))).toHaveLength(1);
      expect(near.requests).toEqual(clear.requests);
      expect(confirmed.requests).toEqual(clear.requests);
    },
  );
});

test('a guard disposed before it is ready leaves nothing behind', async () => {
  for (let i = 0; i < 5; i++) aGuard().dispose();
  await Promise.all(guards.map(({ ready }) => ready));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(frame()).toBeNull();
  expect(world.requests).toEqual([]);
  await new Promise<void>((resolve, reject) => {
    const deletion = indexedDB.deleteDatabase(name);
    deletion.addEventListener('success', () => resolve());
    deletion.addEventListener('blocked', () => reject(new Error('a connection is still open')));
  });
});
