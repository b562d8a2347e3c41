/**
 * A list that grows by more than a quarter, in however many releases, and a replaced model are notices. Each says what it is
 * about, stays until it is acknowledged, and is acknowledged by itself. Spec: docs/design/signed-inputs.md#notices-of-releases
 */
import { DAY_MS, type ListRecord, type ModelManifest, toInstant } from '@lodestone/protocol';
import { beforeEach, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { anUpdater } from './an-updater.ts';
import {
  anOrder,
  keyTargets,
  known,
  LIST,
  MODEL,
  modelTargets,
  orderTargets,
  publishedModel,
  sensitive,
  World,
} from './world.ts';

const START = Date.UTC(2026, 10, 24);
const OTHER = { buckets: [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] };

let world: World;
let storage: Storage;
let updater: Updater;
let stop: AbortController;
let time: number;
beforeEach(async () => {
  time = START;
  world = await World.create(START);
  vi.stubGlobal('fetch', world.fetch);
  storage = memoryStorage();
  stop = new AbortController();
  updater = await opened();
  return () => {
    stop.abort();
    vi.unstubAllGlobals();
  };
});

const opened = (): Promise<Updater> => anUpdater(world, { storage, now: () => time, stop: stop.signal });
const rows = (count: number): ListRecord[] =>
  Array.from({ length: count }, (_, i) => ({ type: 'pdq', entry: i + 1, payload: new Uint8Array(32).fill(i + 1) }));

async function publishList(count: number, version: number): Promise<void> {
  await world.publishList(rows(count), version);
  await updater.refresh();
}

async function publishModel(change: Partial<ModelManifest>, version: number): Promise<void> {
  const targets = new Map([...keyTargets(START), ...modelTargets(publishedModel(START, { version, ...change }))]);
  await world.publish('provider', targets, { version: version + 1 }); // version 1 has the keys alone
  await updater.refresh();
}

const acknowledgeOnly = async (): Promise<void> => {
  const [notice, ...more] = updater.notices();
  expect(more).toEqual([]);
  expect(await updater.acknowledgeNotice(notice?.id ?? '')).toBe(true);
};
const ofList = (from: [number, number], to: [number, number]): object => ({
  kind: 'list-grew',
  reference: LIST,
  from: { version: from[0], records: from[1] },
  to: { version: to[0], records: to[1] },
});

test('growth is counted from the last notice, and is shown until it is acknowledged', async () => {
  const kinds: (string | undefined)[] = [];
  for (const [i, count] of [100, 110, 120, 126, 130].entries()) {
    await publishList(count, i + 1);
    kinds.push(updater.notices()[0]?.kind);
  }
  expect(kinds).toEqual([undefined, undefined, undefined, 'list-grew', 'list-grew']);
  expect(updater.notices()).toMatchObject([ofList([1, 100], [4, 126])]);
  await acknowledgeOnly();
  expect(updater.notices()).toEqual([]);

  await publishList(157, 6);
  expect(updater.notices(), '126 and a quarter').toEqual([]);
  await publishList(158, 7);
  expect(updater.notices()).toMatchObject([ofList([4, 126], [7, 158])]);
});

test('a replaced model is a notice, and a renewed one is not', async () => {
  await world.publish(
    'orders',
    orderTargets(anOrder(START, { detect: [sensitive({ signal: undefined })], receiver: undefined })),
  );
  await publishModel({}, 1);
  await publishModel({}, 2);
  expect(updater.notices()).toEqual([]);
  await publishModel(OTHER, 3);
  expect(updater.notices()).toMatchObject([{ kind: 'model-replaced', reference: MODEL, from: 2, to: 3 }]);
  await acknowledgeOnly();
  expect(updater.notices()).toEqual([]);
});

test('a model that returns to what it found before names the version between, which found something else', async () => {
  await world.publish(
    'orders',
    orderTargets(anOrder(START, { detect: [sensitive({ signal: undefined })], receiver: undefined })),
  );
  const versions = (): unknown[] => {
    const [notice] = updater.notices();
    return notice?.kind === 'model-replaced' ? [notice.from, notice.through, notice.to] : [];
  };
  const seen: unknown[] = [];
  for (const [i, model] of [{}, OTHER, {}, OTHER, {}].entries()) {
    await publishModel(model, i + 1);
    seen.push(versions());
  }
  expect(seen).toEqual([[], [1, undefined, 2], [1, 2, 3], [1, undefined, 4], [1, 4, 5]]);
  await acknowledgeOnly();
  await publishModel(OTHER, 6);
  expect(versions()).toEqual([5, undefined, 6]);
});

test('a list and a model of one order are two notices, and each is acknowledged by itself, also after a restart', async () => {
  await world.publish('orders', orderTargets(anOrder(START, { detect: [known(), sensitive()] })));
  await publishList(10, 1);
  await publishModel({}, 1);
  await publishList(20, 2);
  await publishModel(OTHER, 2);
  const orders = updater.status().orders.map(({ orderDigest }) => orderDigest);
  expect(orders).toHaveLength(1);
  expect(updater.notices()).toMatchObject([
    { kind: 'list-grew', reference: LIST, orders },
    { kind: 'model-replaced', reference: MODEL, orders },
  ]);
  expect(new Set(updater.notices().map(({ id }) => id)).size).toBe(2);

  await updater.acknowledgeNotice(updater.notices()[0]?.id ?? '');
  expect(updater.notices()).toMatchObject([{ kind: 'model-replaced' }]);
  expect(updater.status().orders, 'the order itself is still to be shown').toMatchObject([{ acknowledged: false }]);
  updater = await opened();
  expect(updater.notices()).toMatchObject([{ kind: 'model-replaced' }]);
  await acknowledgeOnly();
  expect(updater.notices()).toEqual([]);
});

test('a second change before the first was acknowledged is one notice of both, which the first id does not acknowledge', async () => {
  await publishList(10, 1);
  await publishList(20, 2);
  const [first] = updater.notices();
  await publishList(40, 3);
  expect(await updater.acknowledgeNotice(first?.id ?? '')).toBe(false);
  expect(updater.notices()).toMatchObject([ofList([1, 10], [3, 40])]);
  await acknowledgeOnly();
});

test('a notice names the orders that are not over, and ends with the last of them', async () => {
  const [short, long] = [1, 2].map((days) =>
    anOrder(START, { id: `days-${days}` as never, notAfter: toInstant(START + days * DAY_MS) }),
  );
  if (!short || !long) throw new Error('two orders');
  await world.publish('orders', orderTargets(short, long));
  await publishList(10, 1);
  await publishList(20, 2);
  const named = (): number | undefined => updater.notices()[0]?.orders.length;
  expect(named()).toBe(2);
  time += DAY_MS;
  expect(named()).toBe(1);
  time += DAY_MS;
  expect(updater.notices()).toEqual([]);
});
