import {
  DAY_MS,
  type ListPurpose,
  LodestoneError,
  type Name,
  type TargetPath,
  type TargetReference,
} from '@lodestone/protocol';
import { describe, expect, test, vi } from 'vitest';
import type { Updater } from '../src/network/updater/updater.ts';
import { listTargets } from '../src/testing/authority.ts';
import { aDevice } from './a-device.ts';
import { anOrder, BASE, known, orderTargets, TEST_RECORD, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const device = aDevice(START);
const errorOf = (updater: Updater, name: string): string | undefined =>
  updater.status().sources.find((source) => source.name === name)?.error?.code;
const listOf = (updater: Updater) => updater.status().lists[0];
/** Changes the one file whose path contains `part`. */
function replaceFile(part: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): void {
  const paths = [...device.world.files.keys()].filter((one) => one.includes(part));
  if (paths.length !== 1) throw new Error(`${part}: ${paths.length} files`);
  for (const path of paths) device.world.files.set(path, change(device.world.files.get(path) ?? new Uint8Array()));
}
const flipped = (at: number) => (bytes: Uint8Array<ArrayBuffer>) =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

test('an order, its list and its keys come into force', async () => {
  const updater = await device.refreshed();
  expect(updater.inputs().orders).toHaveLength(1);
  expect(updater.inputs().lists).toMatchObject([{ entries: 1 }]);
  const keys = updater.inputs().orders[0]?.order.receiver?.keys;
  expect(keys && updater.keysOf(keys)).toMatchObject({ keys: [{ id: 1 }] });
  const file = updater.inputs().lists[0]?.fileDigest;
  expect(file && (await updater.listFile(file))?.file.byteLength).toBe(32 + 2 * 36);
  expect(file && updater.entriesOf(file)).toEqual({
    exact: Uint32Array.of(7),
    near: Uint32Array.of(7),
    suppressed: new Uint32Array(),
    count: 1,
  });
  expect(updater.inputs()).toBe(updater.inputs());
});

test('stored inputs are in force without a network', async () => {
  await device.refreshed();
  device.world.isOffline = true;
  const updater = await device.refreshed();
  expect(updater.inputs().orders).toHaveLength(1);
  expect(errorOf(updater, 'orders')).toBe('ERR_NETWORK');
});

describe('refused with a typed error, while the previous inputs stay in force', () => {
  test.each([
    ['a tampered list file', '1.lode', 'ERR_TRUST_DIGEST', 'list'],
    ['a tampered manifest', 'manifest.json', 'ERR_TRUST_DIGEST', 'list'],
    ['tampered targets metadata', 'lists/metadata/2.targets', 'ERR_TRUST_DIGEST', 'lists'],
  ])('%s', async (_, part, code, place) => {
    const updater = await device.refreshed();
    const before = updater.inputs();
    for (const path of [...device.world.files.keys()].filter((one) => /lists\/(metadata\/1|targets)/.test(one)))
      device.world.files.delete(path);
    await device.world.publish(
      'lists',
      listTargets('demo' as Name, [{ ...TEST_RECORD, entry: 8 }], { now: START, version: 2 }),
      { version: 2 },
    );
    replaceFile(part === '1.lode' ? '2.lode' : part, flipped(40));
    await device.refreshed(updater);
    expect(place === 'list' ? listOf(updater)?.error?.code : errorOf(updater, place)).toBe(code);
    expect(listOf(updater)?.release?.version).toBe(1);
    expect(updater.inputs()).toBe(before);
  });

  test('a list with another purpose than before, until a version has the first purpose again', async () => {
    const updater = await device.refreshed();
    const before = updater.inputs();
    const record = { ...TEST_RECORD, entry: 8 };
    const publish = (version: number, purpose: ListPurpose): Promise<void> =>
      device.world.publish('lists', listTargets('demo' as Name, [record], { now: START, version, purpose }), {
        version,
      });
    const isRequested = (file: string): boolean => device.world.requests.some(({ url }) => url.endsWith(file));
    await publish(2, 'other');
    await device.refreshed(updater);
    expect(listOf(updater)?.error?.code).toBe('ERR_TRUST_PURPOSE');
    expect(listOf(updater)?.release?.version).toBe(1);
    expect(updater.inputs()).toBe(before);
    expect(isRequested('2.lode')).toBe(false);

    await publish(3, 'verified');
    await device.refreshed(updater);
    expect(listOf(updater)?.error).toBeUndefined();
    expect(listOf(updater)?.release?.version).toBe(3);
    expect(isRequested('3.lode')).toBe(true);
  });

  test('an expired timestamp', async () => {
    const updater = await device.refreshed();
    await device.world.publish('lists', listTargets('demo' as Name, [TEST_RECORD], { now: START }), {
      version: 2,
      expiresMs: -1_000,
    });
    await device.refreshed(updater);
    expect(errorOf(updater, 'lists')).toBe('ERR_TRUST_EXPIRED');
    expect(updater.inputs().lists).toHaveLength(1);
  });

  test('a repository under another root', async () => {
    const other = await World.create(START);
    for (const [path, bytes] of other.files) if (path.startsWith('lists/')) device.world.files.set(path, bytes);
    const updater = await device.refreshed();
    expect(errorOf(updater, 'lists')).toBe('ERR_TRUST_SIGNATURE');
    expect(updater.inputs().lists).toEqual([]);
    expect(listOf(updater)?.error?.code).toBe('ERR_TRUST_MISSING');
  });

  test('nothing, after the host ships another root: metadata is verified from that root', async () => {
    await device.refreshed();
    device.world = await World.create(START);
    vi.stubGlobal('fetch', device.world.fetch);
    const updater = await device.refreshed();
    for (const { error } of updater.status().sources) expect(error).toBeUndefined();
    expect(updater.inputs().orders).toHaveLength(1);
  });

  test('a timestamp that is older than the accepted one', async () => {
    const old = new Map(device.world.files);
    const updater = await device.refreshed();
    await device.world.publishList([TEST_RECORD], 2);
    await device.refreshed(updater);
    for (const [path, bytes] of old) device.world.files.set(path, bytes);
    await device.refreshed(updater);
    expect(errorOf(updater, 'lists')).toBe('ERR_TRUST_ROLLBACK');
    expect(listOf(updater)?.release?.version).toBe(2);
  });

  test('a list that has ended', async () => {
    const updater = await device.refreshed();
    device.time = START + 31 * DAY_MS;
    expect(updater.inputs().lists).toEqual([]);
  });
});

describe('the option that lists a source decides what it may publish', () => {
  test('a list from a source of orders is refused', async () => {
    await device.world.publish(
      'orders',
      new Map([
        ...orderTargets(
          anOrder(START, { detect: [known({ list: 'orders:v1/lists/demo/manifest.json' as TargetReference })] }),
        ),
        ...listTargets('demo' as Name, [TEST_RECORD], { now: START }),
      ]),
    );
    const updater = await device.refreshed();
    expect(listOf(updater)?.error?.code).toBe('ERR_TRUST_POWER');
    expect(updater.inputs().lists).toEqual([]);
  });
  test('an order of basis "order" from the provider is refused', async () => {
    await device.world.publish('orders', new Map());
    await device.world.publish('provider', orderTargets(anOrder(START)));
    const updater = await device.refreshed();
    expect(errorOf(updater, 'provider')).toBe('ERR_TRUST_POWER');
    expect(updater.inputs().orders).toEqual([]);
  });
  test('an order that names another endpoint than the host is refused', async () => {
    const receiver = anOrder(START).receiver;
    if (!receiver) throw new Error('no receiver');
    await device.world.publish(
      'orders',
      orderTargets(
        anOrder(START, { receiver: { ...receiver, endpoint: `${BASE}elsewhere` as typeof receiver.endpoint } }),
      ),
    );
    const updater = await device.refreshed();
    expect(errorOf(updater, 'orders')).toBe('ERR_TRUST_ENDPOINT');
    expect(updater.inputs().orders).toEqual([]);
  });
  test('a list that not every required source has signed is refused', async () => {
    await device.world.publish(
      'orders',
      orderTargets(anOrder(START, { detect: [known({ alsoBy: ['other' as Name] })] })),
    );
    const updater = await device.refreshed();
    expect(listOf(updater)?.error?.code).toBe('ERR_TRUST_POWER');
    expect(updater.inputs().lists).toEqual([]);
  });
});

describe('orders over time', () => {
  test('an order ends by time, also offline, and a clock that is set back does not make it valid again', async () => {
    const updater = await device.refreshed();
    device.world.isOffline = true;
    device.time = START + 31 * DAY_MS;
    expect(updater.inputs().orders).toEqual([]);
    const later = await device.opened(); // a start records which orders have ended
    device.time = START + DAY_MS;
    expect(later.inputs().orders).toEqual([]);
    expect((await device.opened()).status().orders[0]?.state).toBe('ended');
  });
  test('an order that a wrong clock ended is valid again after a refresh with a newer timestamp', async () => {
    await device.refreshed();
    device.time = START + 400 * DAY_MS;
    await device.opened();
    device.time = START + 60_000;
    await device.world.publish('orders', orderTargets(anOrder(START)), { version: 2 });
    const updater = await device.refreshed();
    expect(updater.inputs().orders).toHaveLength(1);
  });
  test('a wider order is announced, takes effect when acknowledged or after seven days, and the narrower one applies until then', async () => {
    const updater = await device.refreshed();
    await device.world.publish('orders', orderTargets(anOrder(START, { surfaces: ['send', 'receive', 'profile'] })), {
      version: 2,
    });
    await device.refreshed(updater);
    const announced = updater.status().orders.find(({ state }) => state === 'announced');
    expect(announced?.order.surfaces).toContain('profile');
    expect(
      updater
        .status()
        .orders.map(({ wider }) => wider)
        .filter(Boolean),
    ).toEqual([['surfaces']]);
    expect(updater.inputs().orders.map(({ order }) => order.surfaces)).toEqual([['send', 'receive']]);

    device.time = START + 7 * DAY_MS;
    expect(updater.inputs().orders.map(({ order }) => order.surfaces)).toEqual([['send', 'receive', 'profile']]);
    device.time = START + DAY_MS;
    expect(await updater.acknowledgeOrder(announced?.orderDigest ?? '')).toBe(true);
    expect(updater.inputs().orders.map(({ order }) => order.surfaces)).toEqual([['send', 'receive', 'profile']]);
    expect(await updater.acknowledgeOrder('nothing')).toBe(false);
  });
  test('orders in force come before announced ones, whatever their digests', async () => {
    const updater = await device.refreshed();
    for (let version = 2; version < 10; version++) {
      const wide = anOrder(START, { surfaces: ['send', 'receive', 'profile'], summary: { en: `Text ${version}` } });
      await device.world.publish('orders', orderTargets(wide), { version });
      await device.refreshed(updater);
      expect(updater.status().orders.map(({ state }) => state)).toEqual(['in-force', 'announced']);
    }
  });
  test('a correction of an announced order keeps its date, and the version that it replaced never takes effect', async () => {
    const updater = await device.refreshed();
    const wide = anOrder(START, { surfaces: ['send', 'receive', 'profile'] });
    await device.world.publish('orders', orderTargets(wide), { version: 2 });
    await device.refreshed(updater);
    device.time = START + 3 * DAY_MS;
    const corrected = { ...wide, summary: { en: 'A corrected text' } };
    await device.world.publish('orders', orderTargets(corrected), { version: 3 });
    await device.refreshed(updater);
    expect(updater.status().orders.map(({ order, state }) => [order.summary, state])).toEqual(
      expect.arrayContaining([[corrected.summary, 'announced']]),
    );
    expect(updater.status().orders.filter(({ state }) => state === 'announced')).toHaveLength(1);
    device.time = START + 7 * DAY_MS;
    expect(updater.inputs().orders.map(({ order }) => order.summary)).toEqual([corrected.summary]);
  });
  test('a narrower order takes effect immediately, and a withdrawn one no longer applies', async () => {
    const updater = await device.refreshed();
    await device.world.publish('orders', orderTargets(anOrder(START, { surfaces: ['send'] })), { version: 2 });
    await device.refreshed(updater);
    expect(updater.inputs().orders.map(({ order }) => order.surfaces)).toEqual([['send']]);
    await device.world.publish('orders', new Map(), { version: 3 });
    await device.refreshed(updater);
    expect(updater.inputs().orders).toEqual([]);
  });
  test('the first order of a known source that had published none is announced', async () => {
    await device.world.publish('orders', new Map());
    const updater = await device.refreshed();
    await device.world.publish('orders', orderTargets(anOrder(START)), { version: 2 });
    await device.refreshed(updater);
    expect(updater.status().orders).toMatchObject([{ state: 'announced', wider: ['order'] }]);
    expect(updater.inputs().orders).toEqual([]);
  });
});

test('a suppression removes entries', async () => {
  const updater = await device.refreshed();
  const targets = listTargets('demo' as Name, [TEST_RECORD], { now: START });
  targets.set(
    'v1/lists/demo/suppression.json' as TargetPath,
    new TextEncoder().encode(JSON.stringify({ schema: 'lodestone/suppression/v1', list: 'demo', entries: [7] })),
  );
  await device.world.publish('lists', targets, { version: 2 });
  await device.refreshed(updater);
  const file = updater.inputs().lists[0]?.fileDigest;
  expect(file && updater.entriesOf(file)).toMatchObject({ suppressed: Uint32Array.of(7) });
});

test('a round that is requested while one runs is the same round', async () => {
  const updater = await device.opened();
  await Promise.all([updater.refresh(), updater.refresh()]);
  const once = device.world.requests.length;
  await updater.refresh();
  expect(device.world.requests.filter(({ url }) => url.endsWith('timestamp.json'))).toHaveLength(2 * 3);
  expect(once).toBeGreaterThan(9);
});

test('requests carry no cookies, no Referer and no conditional headers', async () => {
  const seen: RequestInit[] = [];
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) => {
    seen.push(init);
    return device.world.fetch(url, init);
  });
  await device.refreshed();
  expect(seen.length).toBeGreaterThan(9);
  for (const init of seen) {
    expect(init).toMatchObject({
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      redirect: 'error',
    });
    expect(init.headers).toBeUndefined();
  }
});

test('errors in status are typed', async () => {
  device.world.isOffline = true;
  const updater = await device.refreshed();
  for (const { error } of updater.status().sources) expect(error).toBeInstanceOf(LodestoneError);
});
