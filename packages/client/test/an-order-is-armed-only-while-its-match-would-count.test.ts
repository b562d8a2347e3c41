/**
 * `status.outbox.armed` in every tab names the orders of which a match would be counted: several orders, keys that begin and
 * end while the page runs, a wrong clock, one tab that fetches the subject ids for all, outages, and sign-out and sign-in. Real outboxes on a virtual clock. Spec: docs/design/outbox.md#armed-orders
 */
import { DAY_MS, type Detect, type Media, monthOf, type Name, type OrderDigest, toDay } from '@lodestone/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Inputs, ModelInForce, OrderInForce } from '../src/inputs.ts';
import type { Match } from '../src/match.ts';
import {
  digest,
  keysOf,
  OTHER_KEYS,
  type Public,
  SimulatedDevice,
  type SimulatedPage,
} from './outbox/simulated-device.ts';
import { VirtualTime } from './outbox/virtual-time.ts';
import { withoutIds } from '../src/network/storage/records.ts';
import { decide } from '../src/policy.ts';
import { planScan } from '../src/scan-plan.ts';
import { anOrder, known, LIST, MODEL, sensitive } from './world.ts';

/** Encryption takes real time, which the virtual clock does not wait for. */
vi.mock('@lodestone/seal', () => ({
  sealSignal: async () => crypto.getRandomValues(new Uint8Array(32)),
  restoreSealed: (bytes: Uint8Array) => new Uint8Array(bytes),
  digestOfEndpoint: async () => '5'.repeat(64),
}));

const NOW = Date.parse('2026-11-24T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Keys and orders end years from now, unless a test says so. */
const YEARS = 3_000;

const RECEIVER = { subject: 'none', slotsPerDay: 1 } as const; // no test here is about requests

function orderOf(
  number: number,
  change: Partial<NonNullable<OrderInForce['order']['receiver']>> = {},
  withinDays = 30,
): OrderInForce {
  const detect = [known({ signal: { surfaces: ['send'], evidence: ['exact'], threshold: 1, withinDays } })];
  const order = anOrder(NOW, { id: `order-${number}` as Name, detect });
  if (!order.receiver) throw new Error('no receiver');
  const receiver = { ...order.receiver, ...RECEIVER, ...change };
  return { source: 'orders', orderDigest: digest(number), order: { ...order, receiver } };
}
const PLAIN = [orderOf(1)];
const PSEUDONYM = [orderOf(2, { subject: 'pseudonym' })];
/** Names a key set of its own. */
const OTHER = [orderOf(3, { keys: OTHER_KEYS })];
/** Counts for so long that no key that has ended seals its matches. */
const LONGEST = [orderOf(4, {}, 90)];

let time: VirtualTime;
let device: SimulatedDevice;
function start(change: Partial<Public> = {}): void {
  time = new VirtualTime(NOW);
  time.install();
  const world: Public = { orders: PSEUDONYM, unknown: [], keys: keysOf(NOW, YEARS), receiver: '204', ...change };
  // `keysOf` makes keys of 90 days, which would begin in the future.
  device = new SimulatedDevice(
    time,
    { ...world, keys: world.keys && begunBefore(world.keys) },
    { seed: 3, isPersistent: true },
  );
  device.account = 'aa';
}
function begunBefore(keys: NonNullable<Public['keys']>): NonNullable<Public['keys']> {
  const long = new Date(NOW - YEARS * DAY_MS).toISOString().replace('.000Z', 'Z') as never;
  return { ...keys, keys: keys.keys.map((key) => ({ ...key, notBefore: long })) };
}
const pages = (): SimulatedPage[] => device.pages.flatMap((page) => page ?? []);
const digestsOf = (orders: readonly OrderInForce[]): OrderDigest[] => orders.map(({ orderDigest }) => orderDigest);
const armedOrders = (): (readonly OrderDigest[])[] => pages().map(({ status }) => status.armed);
/** Whether the only order is armed, in each tab. */
const armed = (): boolean[] => armedOrders().map(({ length }) => length === 1);
const wait = (ms: number): Promise<void> => time.advanceTo(time.elapsed + ms);

beforeEach(() => start());
afterEach(() => {
  for (const slot of [0, 1]) device.kill(slot);
  vi.unstubAllGlobals();
});

describe('a key', () => {
  test.each<[string, OrderInForce[], lastMs: number]>([
    ['a window of 30 days: 30 days after its end', PLAIN, 10 * MINUTE + 30 * DAY_MS],
    ['the longest window: at the end of the day on which it ends', LONGEST, 12 * HOUR],
  ])('that ends while the page runs ends armed for %s', async (_, orders, lastMs) => {
    start({ orders, keys: keysOf(NOW, 10 * (MINUTE / DAY_MS)) });
    device.open(0);
    await wait(lastMs - 1);
    expect(armed()).toEqual([true]);
    await wait(2);
    expect(armed()).toEqual([false]);
  });
  test('that begins while the page runs begins armed at that moment', async () => {
    start({ orders: PLAIN, keys: undefined });
    device.open(0);
    await wait(MINUTE);
    device.change({ keys: keysOf(NOW, 90 + 10 * (MINUTE / DAY_MS)) });
    await wait(8 * MINUTE);
    expect(armed()).toEqual([false]);
    await wait(2 * MINUTE);
    expect(armed()).toEqual([true]);
  });
  test('that ends while another is valid changes nothing', async () => {
    start({ orders: PLAIN, keys: keysOf(NOW, 10 * (MINUTE / DAY_MS), 60) });
    device.open(0);
    await wait(HOUR);
    expect(armed()).toEqual([true]);
  });
});

describe('an order of which no match can be evidence is not armed:', () => {
  const rule = { surfaces: ['send' as const], threshold: 3, withinDays: 30 };
  const MODELLED: ModelInForce = { reference: MODEL, manifestDigest: digest(8), maySignal: true };
  const confirm = { model: MODEL, manifestDigest: MODELLED.manifestDigest, minBucket: 8 };
  const confirmed = known({ signal: { ...rule, evidence: ['confirmed'], confirm } });
  const either = known({ signal: { ...rule, evidence: ['exact', 'confirmed'], confirm } });
  const found = sensitive({ signal: rule });
  const WITH: ModelInForce[] = [MODELLED];
  const WITHOUT_FIGURES: ModelInForce[] = [{ ...MODELLED, maySignal: false }];
  test.each<[string, Detect, models: ModelInForce[], media: Media[], isArmed: boolean]>([
    ['a classifier with figures, for pictures', found, WITH, ['image', 'file'], true],
    ['a classifier without figures', found, WITHOUT_FIGURES, ['image'], false],
    ['a classifier that is missing', found, [], ['image'], false],
    ['a classifier, for files and videos', found, WITH, ['video', 'file'], false],
    ['confirmed matches, for pictures', confirmed, WITH, ['image'], true],
    ['confirmed matches by a model without figures', confirmed, WITHOUT_FIGURES, ['image'], false],
    ['confirmed matches by another release', confirmed, [{ ...MODELLED, manifestDigest: digest(9) }], ['image'], false],
    ['confirmed matches, for files', confirmed, WITH, ['file'], false],
    ['exact or confirmed matches, without the model', either, [], ['file'], true],
    ['a list that does not signal', known({ signal: undefined }), WITH, ['image'], false],
  ])('%s', async (_, detect, models, media, isArmed) => {
    const [plain] = PLAIN as [OrderInForce];
    const order = { ...plain, order: { ...plain.order, detect: [detect], media } };
    start({ orders: [order], models });
    device.open(0);
    await wait(MINUTE);
    expect(armed()).toEqual([isArmed]);
    const list = { reference: LIST, purpose: 'verified', manifestDigest: digest(4), fileDigest: digest(5) } as const;
    const lists = [{ ...list, signedBy: ['lists'], entries: 9 }];
    expect(mayMatch(order, { orders: [order], unknown: [], coming: [], isUnheard: false, lists, models })).toBe(
      isArmed,
    );
  });

  /** Whether the policy makes a match of any verdict. */
  function mayMatch({ order: { media } }: OrderInForce, given: Inputs): boolean {
    const request = planScan(given, 'send');
    if ('skipped' in request) throw new Error('skipped');
    const exact = { kind: 'known', list: 0, entry: 7, match: 'exact', distance: 0 } as const;
    const sensitives = request.plan.models.map((_, model) => ({ kind: 'sensitive' as const, model, bucket: 10 }));
    return media.some((medium) => {
      const found = medium === 'image' ? sensitives : [];
      return [exact, { ...exact, match: 'near' as const }].some((finding) => {
        const findings = [...request.plan.lists.map(() => finding), ...found];
        return decide({ media: medium, findings, complete: true }, request).matches.length > 0;
      });
    });
  }
});

describe('a wrong clock', () => {
  test.each<[string, days: number]>([
    ['set back before the key', -YEARS - 1],
    ['set far ahead, long after the key', YEARS + 31],
  ])('%s ends armed within an hour, and the right one begins it again', async (_, days) => {
    device.change({ orders: PLAIN });
    device.open(0);
    await wait(MINUTE);
    expect(armed()).toEqual([true]);
    time.offset += days * DAY_MS;
    await wait(HOUR + 1);
    expect(armed()).toEqual([false]);
    time.offset -= days * DAY_MS;
    await wait(HOUR + 1);
    expect(armed()).toEqual([true]);
  });
  test.each([-40, -300, 40, 300])(
    '%i days off: ids of that month are fetched, and those of the right month after it',
    async (days) => {
      time.offset += days * DAY_MS;
      device.open(0);
      await wait(MINUTE);
      expect(armed()).toEqual([true]);
      time.offset -= days * DAY_MS;
      await wait(HOUR + 1);
      expect(armed()).toEqual([true]);
      expect(device.batches.map(({ month }) => month)).toEqual([monthOf(toDay(NOW + days * DAY_MS)), '2026-11']);
    },
  );
});

describe('two tabs', () => {
  test('are both armed within a minute after one has fetched the ids for both', async () => {
    device.accountServiceMs = 5_000;
    device.open(0);
    device.open(1);
    await wait(5_000);
    expect(new Set(armed())).toEqual(new Set([false, true]));
    await wait(MINUTE);
    expect(armed()).toEqual([true, true]);
    expect(device.batches).toHaveLength(1);
  });
  test('the tab whose request failed is armed, without an error, after the other’s succeeded', async () => {
    device.isAccountServiceDown = true;
    device.open(0);
    await wait(1);
    expect(pages()[0]?.status).toMatchObject({ armed: [], error: { code: 'ERR_SUBJECT' } });
    device.isAccountServiceDown = false;
    device.open(1);
    await wait(2 * MINUTE);
    const both = { armed: digestsOf(PSEUDONYM) };
    expect(pages().map(({ status }) => status)).toEqual([both, both]);
    expect(device.batches).toHaveLength(2);
  });
});

describe('an error', () => {
  test('of the account service is not hidden by an answer of the receiver, nor the other way round', async () => {
    const slots = PSEUDONYM.map((one) => ({
      ...one,
      order: { ...one.order, receiver: { ...one.order.receiver, cover: true, slotsPerDay: 86_400 } },
    }));
    start({ orders: slots as never, receiver: '503' });
    device.open(0);
    await wait(MINUTE);
    expect(pages()[0]?.status).toMatchObject({ armed: digestsOf(PSEUDONYM), error: { code: 'ERR_HTTP' } });
    device.kill(0);

    device.account = 'bb';
    device.isAccountServiceDown = true;
    device.change({ receiver: '204' });
    device.open(0);
    await wait(6 * MINUTE);
    expect(device.sent.at(-1)?.world.receiver).toBe('204');
    expect(pages()[0]?.status).toMatchObject({ armed: [], error: { code: 'ERR_SUBJECT' } });
  });
});

describe('accounts', () => {
  test('another account is armed with its own ids, and the first one again when it signs in', async () => {
    device.open(0);
    await wait(MINUTE);
    device.kill(0);
    device.account = 'bb';
    device.isAccountServiceDown = true;
    device.open(0);
    await wait(MINUTE);
    expect(armed()).toEqual([false]);
    device.isAccountServiceDown = false;
    await wait(3 * MINUTE);
    expect(armed()).toEqual([true]);
    device.kill(0);
    device.account = 'aa';
    device.isAccountServiceDown = true;
    device.open(0);
    await wait(1);
    expect(armed()).toEqual([true]);
  });
  test('without an account, an order that requires a pseudonym is not armed, and another is', async () => {
    device.account = '';
    device.open(0);
    await wait(MINUTE);
    expect(pages()[0]?.status).toMatchObject({ armed: [], error: { code: 'ERR_SUBJECT' } });
    device.change({ orders: PLAIN });
    await wait(1);
    expect(armed()).toEqual([true]);
  });
});

test('ids that a refused storage has made unusable do not count, until the next batch', async () => {
  device.open(0);
  await wait(MINUTE);
  expect(armed()).toEqual([true]);
  await device.storage.transact(['subject-ids'], async (tx) => {
    for (const [key, batch] of await tx.all('subject-ids')) await tx.put('subject-ids', key, withoutIds(batch));
  });
  await wait(HOUR);
  expect(armed()).toEqual([false]);
  await wait(14 * DAY_MS);
  expect(armed()).toEqual([true]);
  expect(device.batches.map(({ month }) => month)).toEqual(['2026-11', '2026-12']);
});

test('an order that ends while the ids are read leaves nothing armed', async () => {
  device.open(0);
  await wait(MINUTE);
  device.change({}); // begins to read the ids
  device.change({ orders: [] });
  await wait(1);
  expect(armed()).toEqual([false]);
  expect(await device.storage.transact(['subject-ids'], (tx) => tx.keys('subject-ids'))).toHaveLength(1);
});

describe('two orders', () => {
  test('without subject ids only the order that needs none is armed', async () => {
    start({ orders: [...PLAIN, ...PSEUDONYM] });
    device.isAccountServiceDown = true;
    device.open(0);
    await wait(MINUTE);
    expect(armedOrders()).toEqual([digestsOf(PLAIN)]);
    device.isAccountServiceDown = false;
    await wait(HOUR);
    expect(armedOrders()).toEqual([digestsOf([...PLAIN, ...PSEUDONYM])]);
  });
  test('with two key sets, the order whose set is missing is not armed', async () => {
    start({ orders: [...PLAIN, ...OTHER] });
    device.open(0);
    await wait(MINUTE);
    expect(armedOrders()).toEqual([digestsOf(PLAIN)]);
    device.change({ keys: undefined, otherKeys: keysOf(NOW, 60) });
    await wait(1);
    expect(armedOrders()).toEqual([digestsOf(OTHER)]);
  });
  test('with one key that has ended, the order with the longer window is not armed', async () => {
    start({ orders: [...PLAIN, ...LONGEST], keys: keysOf(NOW, -2) });
    device.open(0);
    await wait(MINUTE);
    expect(armedOrders()).toEqual([digestsOf(PLAIN)]);
  });
});

type Act =
  | { do: 'orders'; orders: readonly OrderInForce[]; unknown: readonly OrderInForce[] }
  | { do: 'keys' | 'other keys'; endInDays: number | undefined }
  | { do: 'clock'; days: number }
  | { do: 'open' | 'kill'; page: 0 | 1 }
  | { do: 'account'; account: string }
  | { do: 'service'; isDown: boolean }
  | { do: 'wait'; hours: number };

const page = fc.constantFrom(0 as const, 1 as const);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constant('orders' as const),
    orders: fc.subarray([...PLAIN, ...PSEUDONYM, ...OTHER, ...LONGEST]),
    unknown: fc.constantFrom([], PSEUDONYM),
  }),
  fc.record({
    do: fc.constantFrom('keys' as const, 'other keys' as const),
    endInDays: fc.constantFrom(undefined, -40, -2, 0.05, 3, 60),
  }),
  fc.record({ do: fc.constant('clock' as const), days: fc.constantFrom(-365, -40, -1, 1, 40, 365) }),
  fc.record({ do: fc.constantFrom('open' as const, 'kill' as const), page }),
  fc.record({ do: fc.constant('account' as const), account: fc.constantFrom('', 'aa', 'bb') }),
  fc.record({ do: fc.constant('service' as const), isDown: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(1, 30) }),
);

function perform(one: Act): void {
  switch (one.do) {
    case 'orders':
      return device.change({
        orders: one.orders,
        unknown: one.unknown.filter((order) => !one.orders.includes(order)),
      });
    case 'keys':
    case 'other keys': {
      const keys = one.endInDays === undefined ? undefined : keysOf(time.wall, one.endInDays);
      return device.change(one.do === 'keys' ? { keys } : { otherKeys: keys });
    }
    case 'clock':
      time.offset += one.days * DAY_MS;
      return;
    case 'open':
      return device.open(one.page);
    case 'kill':
      return device.kill(one.page);
    case 'account': {
      const open = [0, 1].filter((slot) => device.pages[slot]);
      for (const slot of open) device.kill(slot);
      device.account = one.account;
      for (const slot of open) device.open(slot);
      return;
    }
    case 'service':
      device.isAccountServiceDown = one.isDown;
      return;
    case 'wait':
      return;
  }
}

/** What `armed` promises: takes a match of each order, looks which are counted, and restores the storage. */
async function countedNow(): Promise<OrderDigest[]> {
  const outbox = pages()[0]?.outbox;
  if (!outbox) return [];
  const ids = await device.storage.transact(['subject-ids'], (tx) => tx.all('subject-ids'));
  await outbox.take(device.world.orders.map(matchOf));
  return device.storage.transact(['counting-windows', 'signals', 'subject-ids'], async (tx) => {
    const signals = await tx.all('signals');
    for (const [key] of signals) await tx.delete('signals', key);
    for (const key of await tx.keys('counting-windows')) await tx.delete('counting-windows', key);
    for (const [key, batch] of ids) await tx.put('subject-ids', key, batch);
    return signals.map(([, { notice }]) => notice.orderDigest);
  });
}

function matchOf(one: OrderInForce): Match {
  const rule = one.order.detect[0]?.signal;
  if (!rule) throw new Error('no rule');
  const what = { kind: 'match', evidence: { kind: 'exact' }, entry: 7, level: 0, detectIndex: 0 } as const;
  return {
    ...what,
    ...one,
    rule,
    manifestDigest: digest(9),
    entriesInList: 1_000_000,
    surface: 'send',
    media: 'image',
  };
}

test('in any sequence of these states, an hour after each change every tab says what is true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), async (acts) => {
      start();
      device.open(0);
      device.open(1);
      try {
        for (const one of acts) {
          perform(one);
          await wait(one.do === 'wait' ? one.hours * HOUR : HOUR + MINUTE);
          const expected = await countedNow();
          expect(armedOrders()).toEqual(pages().map(() => expected));
        }
      } finally {
        for (const slot of [0, 1]) device.kill(slot);
      }
    }),
    { numRuns: 60 },
  );
});
