/**
 * The device counts, and holds: below the threshold nothing is queued, at the threshold everything that its window holds.
 * The real outbox on a virtual clock. Spec: docs/design/outbox.md#threshold
 */
import { DAY_MS, type DetectionOrder, fromInstant, type KnownSignalRule, LIMITS, toDay } from '@lodestone/protocol';
import { receiptOf } from '@lodestone/trust';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OrderInForce } from '../src/inputs.ts';
import type { Match } from '../src/match.ts';
import type { StoredSignal } from '../src/network/storage/records.ts';
import { digest, keysOf, SimulatedDevice } from './outbox/simulated-device.ts';
import { VirtualTime } from './outbox/virtual-time.ts';
import { anOrder, known, sensitive } from './world.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
let time: VirtualTime;
let device: SimulatedDevice;

interface Terms extends Partial<KnownSignalRule> {
  version?: number;
  detect?: DetectionOrder['detect'];
  subject?: 'none' | 'pseudonym';
}

/** Detect item 0 is a list, item 1 a model. Slots come every second. */
function anOrderInForce({ version = 1, subject = 'none', detect, ...rule }: Terms = {}): OrderInForce {
  const signal: KnownSignalRule = {
    surfaces: ['send'],
    threshold: 2,
    withinDays: 30,
    evidence: ['exact'],
    ...rule,
  };
  const { evidence: _, ...ofModel } = signal;
  const base = anOrder(NOW, { detect: detect ?? [known({ signal }), sensitive({ signal: ofModel })] });
  const { receiver } = base;
  if (!receiver) throw new Error('no receiver');
  return { source: 'orders', orderDigest: digest(version), order: { ...base, receiver: { ...receiver, subject } } };
}
function aMatch(entry: number, order = anOrderInForce(), change: Partial<Match> = {}): Match {
  const rule = order.order.detect[0]?.signal;
  if (!rule) throw new Error('no rule');
  const what = { kind: 'match', evidence: { kind: 'exact' }, entry, level: 0, detectIndex: 0 } as const;
  const list = { manifestDigest: digest(7), entriesInList: 1_000_000 };
  return { ...what, ...order, rule, ...list, surface: 'send', media: 'image', ...change };
}
const found = (order = anOrderInForce()): Match =>
  aMatch(0, order, { kind: 'sensitive', evidence: { kind: 'classifier' }, level: 9, detectIndex: 1 });

const stored = async (state?: StoredSignal['state']): Promise<StoredSignal[]> => {
  const all = await device.storage.transact(['signals'], (tx) => tx.all('signals'));
  return all.map(([, signal]) => signal).filter((signal) => state === undefined || signal.state === state);
};
const windows = () =>
  device.storage.transact(['counting-windows'], async (tx) => (await tx.all('counting-windows')).map(([, one]) => one));
/** Sets the random tag key of the only window. */
const giveTagKey = (byte: number): Promise<void> =>
  device.storage.transact(['counting-windows'], async (tx) => {
    for (const [key, window] of await tx.all('counting-windows')) {
      if (window.counted.by !== 'entry') throw new Error('a window of a model has no tags');
      const counted = { ...window.counted, tagKey: new Uint8Array(32).fill(byte) };
      await tx.put('counting-windows', key, { ...window, counted });
    }
  });
/** From now on; of random keys, one in some hundreds gives two of five entries the same tag, and they count as one. */
function windowsGetTagKey(byte: number): void {
  const { getRandomValues } = crypto;
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) =>
    array instanceof Uint8Array && array.length === 32 ? array.fill(byte) : getRandomValues.call(crypto, array),
  );
}
const notices = () =>
  device.storage.transact(['notices'], async (tx) => (await tx.all('notices')).map(([, one]) => one));
const receipts = async () => new Set((await notices()).map(({ receipt }) => receipt));
const unusedIds = (): Promise<Uint8Array[]> =>
  device.storage.transact(['subject-ids'], async (tx) =>
    (await tx.all('subject-ids')).flatMap(([, { unused }]) => unused.map(({ signalId }) => signalId)),
  );
const page = () => {
  const [first] = device.pages;
  if (!first) throw new Error('no page');
  return first.outbox;
};
/** Encryption takes real time, which the virtual clock does not wait for. */
const take = async (...matches: Match[]): Promise<void> => page().take(matches);
const later = async (days: number): Promise<void> => {
  time.offset += days * DAY_MS;
  page().wake();
  await time.advanceTo(time.elapsed + 1);
};
/** Every slot of a minute. */
async function sent(): Promise<number> {
  await time.advanceTo(time.elapsed + 60_000);
  return device.sent.length;
}

beforeEach(() => {
  time = new VirtualTime(NOW);
  time.install();
  start();
});
afterEach(() => {
  vi.restoreAllMocks();
  device.kill(0);
  vi.unstubAllGlobals();
});
function start(order = anOrderInForce()): void {
  device = new SimulatedDevice(
    time,
    { orders: [order], unknown: [], keys: keysOf(NOW, 60), receiver: '204' },
    { seed: 1, isPersistent: true },
  );
  device.open(0);
}

describe('for thresholds from 1 to 32 and any sequence of matches', () => {
  test('fewer distinct entries queue nothing; at the threshold each entry is queued exactly once', async () => {
    const sequence = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 32 }), sequence, async (threshold, entries) => {
        const order = anOrderInForce({ threshold });
        start(order);
        await take(...entries.map((entry) => aMatch(entry, order)));
        const [window] = await windows();
        const counted = window?.counted.by === 'entry' ? window.counted.tags.length : 0;
        expect(counted).toBeLessThanOrEqual(new Set(entries).size);
        expect(await stored('queued')).toHaveLength(counted >= threshold ? counted : 0);
        expect(await stored()).toHaveLength(counted);
        expect(await notices()).toEqual([]);
        device.kill(0);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a list', () => {
  test('counts one picture 500 times once', async () => {
    await take(...Array.from({ length: 500 }, () => aMatch(1)));
    expect(await stored()).toHaveLength(1);
    expect(await sent()).toBe(0);
  });
  test('counts an entry once in a window, and again in the next', async () => {
    const order = anOrderInForce({ threshold: 1, withinDays: 7 });
    start(order);
    for (const days of [0, 1, 7]) {
      await later(days);
      await take(aMatch(1, order));
    }
    expect(await sent()).toBe(2);
  });
});

test('each signal waits for its own threshold, of two detect items on one model or two versions of an order', async () => {
  const [high, low] = [anOrderInForce({ threshold: 3 }), anOrderInForce({ threshold: 1, version: 2 })];
  const counts = async () => [(await stored('held')).length, await sent()];
  start(high);
  await take(found(high));
  device.world = { ...device.world, orders: [low] };
  await later(1);
  await take(found(low));
  expect(await counts()).toEqual([1, 1]);
  await later(1);
  await take(found(low));
  expect(await counts()).toEqual([0, 3]);
});

test('a threshold that is raised holds no signal whose own threshold the count reaches', async () => {
  const [low, high] = [anOrderInForce({ threshold: 3 }), anOrderInForce({ threshold: 5, version: 2 })];
  const counts = async () => [(await stored('held')).length, await sent()];
  start(low);
  windowsGetTagKey(2);
  await take(aMatch(1, low), aMatch(2, low));
  expect(await counts()).toEqual([2, 0]);
  device.world = { ...device.world, orders: [high] };
  await take(aMatch(3, high));
  expect(await counts()).toEqual([1, 2]);
  await take(aMatch(4, high));
  expect(await counts()).toEqual([2, 2]);
  await take(aMatch(5, high));
  expect(await counts()).toEqual([0, 5]);
});

describe('a model', () => {
  const order = (threshold: number): OrderInForce => anOrderInForce({ threshold, withinDays: 7 });

  test('counts once a day for any number of pictures, buckets and versions', async () => {
    start(order(1));
    for (let i = 0; i < 5; i++) await take({ ...found(order(1)), level: 5 + i, manifestDigest: digest(i) });
    expect(await sent()).toBe(1);
    await later(1);
    for (let i = 0; i < 5; i++) await take(found(order(1)));
    expect(await sent()).toBe(2);
  });
  test('of which a finding on one day is held, and a second on the next day releases both', async () => {
    start(order(2));
    for (let i = 0; i < 10; i++) await take(found(order(2)));
    expect(await sent()).toBe(0);
    expect(await stored('held')).toHaveLength(1);
    await later(1);
    await take(found(order(2)));
    expect(await sent()).toBe(2);
    expect(await stored()).toEqual([]);
  });
  test('does not count on a day before the last one that counted', async () => {
    start(order(2));
    await take(found(order(2)));
    await later(-1);
    await take(found(order(2)));
    expect(await stored('held')).toHaveLength(1);
  });
  test('and a list are counted separately', async () => {
    start(order(2));
    await take(found(order(2)), aMatch(7, order(2)));
    expect(await sent()).toBe(0);
    expect(await stored('held')).toHaveLength(2);
    await later(1);
    await take(found(order(2)), aMatch(7, order(2)));
    expect(await sent()).toBe(2);
    expect(await stored('held')).toHaveLength(1);
  });
});

describe('counting windows', () => {
  test('end with what they hold, by a timer, without a slot and without a wake-up', async () => {
    await take(aMatch(1));
    const [window] = await windows();
    device.world = { ...device.world, keys: undefined }; // so that no slot sends or deletes anything
    const midnight = ((window?.lastDay ?? 0) + 1) * DAY_MS;
    time.offset += midnight - time.wall - 60_000;
    await time.advanceTo(time.elapsed + 3_600_000);
    expect(await windows()).toEqual([]);
    expect(await stored()).toEqual([]);
  });
  test('that ended while the app was closed are deleted at its start', async () => {
    await take(aMatch(1));
    device.kill(0);
    time.offset += 40 * DAY_MS;
    device.world = { ...device.world, keys: undefined };
    device.open(0);
    await time.advanceTo(time.elapsed + 1);
    expect([await windows(), await stored()]).toEqual([[], []]);
  });
  test('of the future are deleted: they were opened while the clock was ahead', async () => {
    await take(aMatch(1));
    await later(-60);
    expect(await windows()).toEqual([]);
  });
  test('do not add up: a match is counted in the window of its own day', async () => {
    const order = anOrderInForce({ withinDays: 7 });
    start(order);
    await take(aMatch(1, order));
    await later(7);
    await take(aMatch(2, order));
    expect(await sent()).toBe(0);
  });
});

describe('an order', () => {
  test.each([40, 1_000, 1_000_000])(
    'that is reissued with the highest threshold can reach it in the same window, on a list of %i entries',
    async (entriesInList) => {
      const first = anOrderInForce({ threshold: 1 });
      start(first);
      await take(aMatch(1, first, { entriesInList }));
      await giveTagKey(2); // two entries may share a tag and then count as one; under this key few of 40 do
      const reissued = anOrderInForce({ version: 2, threshold: LIMITS.threshold });
      device.change({ orders: [reissued] });
      const entries = Array.from({ length: 40 }, (_, i) => i + 1);
      await take(...entries.map((entry) => aMatch(entry, reissued, { entriesInList })));
      expect((await stored('queued')).length).toBeGreaterThanOrEqual(LIMITS.threshold);
    },
  );
  /** Each match: its day, counted from the first day of a window, its entry, and how many signals have left by then. */
  test.each<[withinDays: number, matches: [day: number, entry: number, sentByThen: number][]]>([
    [
      30,
      [
        [5, 1, 0],
        [15, 2, 0],
        [20, 2, 0],
        [25, 3, 3],
        [35, 1, 3], // the second window
        [45, 1, 3],
        [50, 2, 3],
        [65, 3, 3], // the third
        [75, 4, 3],
        [80, 5, 6],
      ],
    ],
    [
      90,
      [
        [5, 1, 0],
        [15, 2, 0],
        [45, 1, 0],
        [75, 3, 3],
        [80, 3, 3],
        [85, 4, 4],
        [95, 1, 4], // the second window
        [105, 2, 4],
        [115, 1, 4],
      ],
    ],
  ])(
    'that is renewed every 30 days, inside windows of %i days, neither restarts nor repeats counts',
    async (withinDays, matches) => {
      const renewals = [10, 40, 70, 100];
      const terms: Terms = { threshold: 3, withinDays };
      let order = anOrderInForce({ ...terms, version: 1 });
      start(order);
      await later(Math.ceil(toDay(NOW) / withinDays) * withinDays - toDay(NOW));
      device.change({ keys: keysOf(time.wall, 60) });
      const firstDay = toDay(time.wall);
      const dayOfWindow = (): number => toDay(time.wall) - firstDay;
      for (const [day, entry, sentByThen] of matches) {
        for (const renewal of renewals.filter((one) => one > dayOfWindow() && one <= day)) {
          await later(renewal - dayOfWindow());
          order = anOrderInForce({ ...terms, version: 2 + renewals.indexOf(renewal) });
          device.change({ orders: [order], keys: keysOf(time.wall, 60) });
        }
        await later(day - dayOfWindow());
        await take(aMatch(entry, order));
        expect([day, await sent()]).toEqual([day, sentByThen]);
      }
      expect(new Set(device.sent.map(({ body }) => body)).size).toBe(device.sent.length);
    },
  );
  test('that has ended takes its counts, what it holds, and what is queued with it', async () => {
    const order = anOrderInForce({ threshold: 1 });
    start(order);
    await take(aMatch(1, order), aMatch(2, order));
    device.change({ orders: [] });
    await time.advanceTo(time.elapsed + 1);
    expect([await windows(), await stored()]).toEqual([[], []]);
    device.change({ orders: [order] });
    expect(await sent()).toBe(0);
  });
  test('whose state is unknown keeps everything and sends nothing', async () => {
    const order = anOrderInForce({ threshold: 1 });
    start(order);
    await take(aMatch(1, order));
    device.change({ orders: [], unknown: [order] });
    expect(await sent()).toBe(0);
    expect(await stored('queued')).toHaveLength(1);
    device.change({ orders: [order], unknown: [] });
    expect(await sent()).toBe(1);
  });
  test.each<[string, Terms]>([
    ['the list', { detect: [known({ list: 'lists:v1/lists/other/manifest.json' as never }), sensitive()] }],
    ['a surface', { surfaces: ['upload'] }],
    ['the evidence', { evidence: ['confirmed'] }],
    ['the length of the window', { withinDays: 7 }],
    ['distances', { detect: [known({ maxDistance: 1 }), sensitive()] }],
  ])('that drops %s deletes what it held for it', async (_, terms) => {
    await take(aMatch(1));
    device.change({ orders: [anOrderInForce({ version: 2, ...terms })] });
    await time.advanceTo(time.elapsed + 1);
    expect([await windows(), await stored()]).toEqual([[], []]);
  });
  test('with another source is another order', async () => {
    const [one, other] = [anOrderInForce(), { ...anOrderInForce({ version: 2 }), source: 'others' }];
    device.change({ orders: [one, other] });
    await take(aMatch(1, one), aMatch(2, other));
    expect(await windows()).toHaveLength(2);
    expect(await sent()).toBe(0);
  });
});

describe('a match', () => {
  test('under an order whose keys never came is not counted, and leaves nothing in storage', async () => {
    device.world = { ...device.world, keys: undefined };
    await take(aMatch(1), aMatch(2));
    expect([await windows(), await stored()]).toEqual([[], []]);
    device.change({ keys: keysOf(NOW, 60) });
    expect(await sent()).toBe(0);
  });
  test('under an order with pseudonyms is not counted without a subject id', async () => {
    const order = anOrderInForce({ subject: 'pseudonym' });
    start(order);
    await take(aMatch(1, order), aMatch(2, order));
    expect([await windows(), await stored()]).toEqual([[], []]);
  });
  test('is sealed to a key that ended 29 days ago, waits for a valid one, and is forgotten after 30 days', async () => {
    const order = anOrderInForce({ threshold: 1 });
    start(order);
    device.world = { ...device.world, keys: keysOf(time.wall, -29) };
    await take(aMatch(1, order));
    expect(await sent()).toBe(0);
    expect(await stored('queued')).toHaveLength(1);
    device.world = { ...device.world, keys: keysOf(time.wall, -31) };
    await take(aMatch(2, order));
    expect(await stored()).toHaveLength(1);
    device.change({ keys: keysOf(time.wall, 60) });
    expect(await sent()).toBe(1);
  });
  test('of one account does not count for another', async () => {
    device.account = 'aa';
    device.kill(0);
    device.open(0);
    await take(aMatch(1));
    device.kill(0);
    device.account = 'bb';
    device.open(0);
    await take(aMatch(2));
    expect(await sent()).toBe(0);
    expect((await windows()).map(({ key }) => key.split(' ')[3])).toEqual(['aa', 'bb']);
  });
  test('that waits in the queue expires 14 days after the length of the window', async () => {
    const order = anOrderInForce({ threshold: 1 });
    start(order);
    device.world = { ...device.world, keys: keysOf(time.wall, -1) };
    await take(aMatch(1, order));
    await later(44);
    expect(await stored('queued')).toHaveLength(1);
    await later(1);
    expect(await stored()).toEqual([]);
  });
  test('is stored without its entry, time, surface or account name', async () => {
    await take(aMatch(123_456_789));
    const everything = await device.storage.transact(['signals', 'counting-windows'], async (tx) => [
      ...(await tx.all('signals')),
      ...(await tx.all('counting-windows')),
    ]);
    const text = JSON.stringify(everything, (_, value: unknown) => (value instanceof Uint8Array ? 'bytes' : value));
    expect(text).not.toContain('123456789');
    expect(text).not.toMatch(/1795\d{9}/); // milliseconds of these months
    expect(fromInstant('2026-11-24T12:00:00Z' as never)).toBe(NOW);
  });
});

describe('a notice', () => {
  const order = anOrderInForce({ threshold: 1 });

  test('is stored with the first request, and says "sent" after a 204', async () => {
    start(order);
    device.world = { ...device.world, receiver: 'silent' };
    await take(aMatch(1, order));
    expect(await notices()).toEqual([]);
    await sent();
    expect(await notices()).toMatchObject([{ due: toDay(NOW), delivery: 'may-have-been-sent' }]);
    device.change({ receiver: '204' });
    await time.advanceTo(time.elapsed + 600_000);
    expect(await notices()).toMatchObject([{ delivery: 'sent' }]);
    expect((await notices())[0]?.receipt).toBeUndefined();
  });
  test('under an order with pseudonyms has the receipt of its signal id, and under another has none', async () => {
    const [ofAccount, ofNobody] = (['pseudonym', 'none'] as const).map((subject) =>
      anOrderInForce({ threshold: 1, subject }),
    ) as [OrderInForce, OrderInForce];
    start(ofAccount);
    device.kill(0);
    device.account = 'aa';
    device.open(0);
    page().wake();
    await vi.waitFor(async () => expect(await unusedIds()).toHaveLength(LIMITS.subjectIds));
    const [signalId] = await unusedIds();
    if (!signalId) throw new Error('no subject id');
    await take(aMatch(1, ofAccount));
    expect(await unusedIds()).toHaveLength(LIMITS.subjectIds - 1);
    expect(await unusedIds()).not.toContainEqual(signalId);
    await sent();
    expect(await receipts()).toEqual(new Set([receiptOf(signalId)]));

    device.change({ orders: [ofNobody] });
    await take(aMatch(2, ofNobody));
    await sent();
    expect(await receipts()).toEqual(new Set([receiptOf(signalId), undefined]));
  });
  test('survives a page that is killed during the request', async () => {
    start(order);
    device.world = { ...device.world, receiver: 'silent' };
    await take(aMatch(1, order));
    while (device.sent.length === 0) await time.advanceTo(time.elapsed + 1_000);
    device.kill(0);
    expect(await notices()).toMatchObject([{ delivery: 'may-have-been-sent' }]);
    device.open(0);
    device.change({ receiver: '204' });
    await time.advanceTo(time.elapsed + 600_000);
    expect(await notices()).toMatchObject([{ delivery: 'sent' }]);
    expect(new Set(device.sent.map(({ body }) => body)).size).toBe(1);
  });
  test('stays "may have been sent" when its order ends before an answer', async () => {
    start(order);
    device.world = { ...device.world, receiver: '503' };
    await take(aMatch(1, order));
    await sent();
    device.change({ orders: [], receiver: '204' });
    await sent();
    expect(await notices()).toMatchObject([{ delivery: 'may-have-been-sent' }]);
  });
});
