/** A new storage, a wrong root, a dark authority, an old browser: the check says that orders are not known. Spec: docs/design/client.md#first-start */
import { DAY_MS, type Name } from '@lodestone/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createChecker } from '../src/check.ts';
import { createQueue } from '../src/content/queue.ts';
import { FirstStart } from '../src/first-start.ts';
import { type Inputs, NO_INPUTS } from '../src/inputs.ts';
import { skipped } from '../src/answer.ts';
import { appliesTo, isAwaited, planScan } from '../src/scan-plan.ts';
import { aDevice } from './a-device.ts';
import { anOrder, keyTargets, LIST, orderTargets, World } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const device = aDevice(START);
const reasonOf = (inputs: Inputs): unknown => {
  const request = planScan(inputs, 'send');
  return 'skipped' in request ? request.skipped : 'scanned';
};

describe('a check says orders-unknown', () => {
  test('before storage is read', () => {
    expect(reasonOf(NO_INPUTS)).toBe('orders-unknown');
    expect(appliesTo(NO_INPUTS, { surface: 'send' })).toBe(true);
  });

  test('on a new storage before the first refresh, and afterwards if a source of orders did not answer', async () => {
    device.world.failing.add('/orders/');
    const updater = await device.opened();
    expect(reasonOf(updater.inputs())).toBe('orders-unknown');
    await updater.refresh();
    expect(reasonOf(updater.inputs())).toBe('orders-unknown');
  });

  test('with the root of another authority', async () => {
    device.world.pin('orders', device.world.pinned('provider'));
    expect(reasonOf((await device.refreshed()).inputs())).toBe('orders-unknown');
  });

  test('with a newer root of another authority, on a storage that has had orders', async () => {
    await device.refreshed();
    const other = await World.create(START);
    await other.rotate('orders');
    device.world.pin('orders', await other.rotate('orders'));
    expect(reasonOf((await device.opened()).inputs())).toBe('orders-unknown');
  });
});

describe('a check says no-order', () => {
  test('when every source of orders has answered, whether or not one of lists has', async () => {
    await device.world.publish('orders', new Map());
    device.world.failing.add('/lists/');
    const updater = await device.refreshed();
    expect(reasonOf(updater.inputs())).toBe('no-order');
    expect(appliesTo(updater.inputs(), { surface: 'send' })).toBe(false);
  });

  test('offline, on a storage that has had an answer', async () => {
    await device.world.publish('orders', new Map());
    await device.refreshed();
    device.world.isOffline = true;
    expect(reasonOf((await device.refreshed()).inputs())).toBe('no-order');
  });
});

describe('an order that waits for its list', () => {
  test('is coming; one whose period has not begun is not', async () => {
    const later = new Date(START + DAY_MS).toISOString().replace('.000', '') as never;
    const policy = anOrder(START, { id: 'policy' as Name, basis: 'provider-policy', notBefore: later });
    await device.world.publish('provider', new Map([...keyTargets(START), ...orderTargets(policy)]));
    device.world.failing.add('.lode');
    const { coming } = (await device.refreshed()).inputs();
    expect(coming.map(({ order }) => order.id)).toEqual([anOrder(START).id]);
  });

  test.for([
    ['its file does not arrive', () => device.world.failing.add('.lode')],
    ['the app has the root of another authority', () => device.world.pin('lists', device.world.pinned('provider'))],
  ] as const)('makes the check say inputs-missing where it applies: %s', async ([, mistake]) => {
    mistake();
    const updater = await device.refreshed();
    expect(reasonOf(updater.inputs())).toBe('inputs-missing');
    expect(planScan(updater.inputs(), 'profile')).toEqual({ skipped: 'not-covered' });
    expect(appliesTo(updater.inputs(), { surface: 'send' })).toBe(false);
    expect(updater.status().orders.map(({ state, missing }) => ({ state, missing }))).toEqual([
      { state: 'not-yet', missing: [LIST] },
    ]);
  });
});

test.each([
  ['new storage, before the first refresh', { isUnheard: true }, { isRefreshed: false, isSupplied: false }, true],
  ['no answer, after the first refresh', { isUnheard: true }, { isRefreshed: true, isSupplied: false }, false],
  ['known orders', { isUnheard: false }, { isRefreshed: false, isSupplied: false }, false],
])('whether a check waits: %s', (_, change, progress, expected) => {
  expect(isAwaited({ ...NO_INPUTS, ...change }, 'send', progress)).toBe(expected);
});

describe('the wait for the first refresh', () => {
  const none = new AbortController();
  function aStart(inputs: () => Inputs, signal = none.signal) {
    const refreshing = Promise.withResolvers<void>();
    const changed = new Set<() => void>();
    const start = new FirstStart({
      refreshed: refreshing.promise,
      supplied: new Promise(() => undefined),
      inputs,
      subscribe: (look) => (changed.add(look), () => changed.delete(look)),
      stop: signal,
    });
    return { start, refreshing, changed };
  }
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('ends with it, and not before', async () => {
    const { start, refreshing } = aStart(() => NO_INPUTS);
    const ended = vi.fn<() => void>();
    void start.awaitOrders('send', 5_000, undefined).then(ended);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(ended).not.toHaveBeenCalled();
    refreshing.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toHaveBeenCalledOnce();
  });

  test('ends as soon as an order applies', async () => {
    let inputs = NO_INPUTS;
    const { start, changed } = aStart(() => inputs);
    const waiting = start.awaitOrders('send', 5_000, undefined);
    inputs = { ...NO_INPUTS, orders: [{ source: 'orders', orderDigest: 'a' as never, order: anOrder(START) }] };
    for (const look of changed) look();
    await waiting;
    expect(changed.size).toBe(0);
  });

  test('ends after waitMs, when the caller aborts, and when the guard is disposed', async () => {
    const stopping = new AbortController();
    const { start } = aStart(() => NO_INPUTS, stopping.signal);
    const late = start.awaitOrders('send', 5_000, undefined);
    await vi.advanceTimersByTimeAsync(5_000);
    await late;
    const caller = new AbortController();
    const aborted = start.awaitOrders('send', 5_000, caller.signal);
    caller.abort();
    await aborted;
    const disposed = start.awaitOrders('send', 5_000, undefined);
    stopping.abort();
    await Promise.all([disposed, start.refreshed]);
  });

  test('does not exist for content that is received', async () => {
    await aStart(() => NO_INPUTS).start.awaitOrders('receive', 5_000, undefined);
  });

  test('firstRefresh resolves after 30 s if nothing answers, and when the network cannot be opened', async () => {
    const { start } = aStart(() => NO_INPUTS);
    const ended = vi.fn<() => void>();
    void start.refreshed.then(ended);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledOnce();
    const failing = aStart(() => NO_INPUTS);
    failing.refreshing.reject(new Error('refused'));
    await failing.start.refreshed;
  });
});

describe('the host chooses', () => {
  test('the action for content of which nobody knows whether an order applies', async () => {
    const check = createChecker({
      inputs: () => NO_INPUTS,
      queue: createQueue(() => 0),
      sandbox: {} as never,
      take: () => undefined,
      whileUnknown: 'warn',
    });
    expect(await check(new Blob(['x']), { surface: 'send' })).toEqual({
      outcome: 'skipped',
      reason: 'orders-unknown',
      action: 'warn',
      orders: [],
      retry: true,
    });
  });

  test('it for a browser that is too old as well, and for nothing else', () => {
    expect(skipped('unsupported', 'block')).toMatchObject({ action: 'block', retry: false });
    expect(skipped('no-order', 'block')).toMatchObject({ action: 'allow', retry: false });
    expect(skipped('not-covered', 'block')).toMatchObject({ action: 'allow', retry: false });
    expect(skipped('inputs-missing', 'block')).toMatchObject({ action: 'allow', retry: true });
    expect(skipped('orders-unknown')).toMatchObject({ action: 'allow', retry: true });
  });
});
