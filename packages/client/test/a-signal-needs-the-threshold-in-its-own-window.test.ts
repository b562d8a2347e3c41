/**
 * For any sequence of matches, days, reissued and ended orders, missing keys, accounts and killed pages: a signal leaves
 * only if its own window, order, list and account reached the threshold, and each entry leaves once. The real outbox on
 * a virtual clock, against a count of everything that was taken. Spec: docs/design/outbox.md#threshold
 */
import { setImmediate } from 'node:timers/promises';
import { DAY_MS, type Day, type DetectionOrder, type MatchSignal, toDay } from '@lodestone/protocol';
import { windowOf } from '@lodestone/trust';
import fc from 'fast-check';
import { afterEach, expect, inject, test, vi } from 'vitest';
import type { OrderInForce } from '../src/inputs.ts';
import { digest, keysOf, SimulatedDevice } from './outbox/simulated-device.ts';
import { withStandIns } from './outbox/stand-ins.ts';
import { afterPromises, VirtualTime } from './outbox/virtual-time.ts';
import { anOrder, known, sensitive } from './world.ts';

const sealed = vi.hoisted(() => ({ signals: new Map<string, unknown>() }));
vi.mock('@lodestone/seal', () => ({
  async sealSignal(signal: unknown) {
    const body = Buffer.alloc(32);
    body.writeUInt32BE(sealed.signals.size + 1);
    sealed.signals.set(body.toString('hex'), signal);
    return new Uint8Array(body);
  },
  restoreSealed: (bytes: Uint8Array) => new Uint8Array(bytes),
}));
afterEach(() => vi.unstubAllGlobals());

const START = Date.UTC(2026, 10, 24, 12);
const BASE = anOrder(START);
const LINEAGES = ['a', 'b'] as const;
const ACCOUNTS = ['aa', 'bb'] as const;

type Act =
  | { do: 'match'; lineage: 0 | 1; detectIndex: 0 | 1; entry: number }
  | { do: 'days'; days: number }
  | { do: 'reissue' | 'end'; lineage: 0 | 1 }
  | { do: 'window'; lineage: 0 | 1; withinDays: number }
  | { do: 'keys'; endsInDays: number | undefined }
  | { do: 'account'; account: 0 | 1 }
  | { do: 'receiver'; answers: boolean }
  | { do: 'kill' | 'slots' };

const which = fc.constantFrom(0 as const, 1 as const);
const match = fc.record({
  do: fc.constant('match' as const),
  lineage: which,
  detectIndex: fc.constantFrom(0 as const, 0 as const, 1 as const),
  entry: fc.integer({ min: 1, max: 6 }),
});
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 14, arbitrary: match },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('days' as const), days: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reissue' as const), lineage: which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), lineage: which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('window' as const),
      lineage: which,
      withinDays: fc.constantFrom(1, 7, 30, 90),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('keys' as const), endsInDays: fc.constantFrom(undefined, -40, -20, 60) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('account' as const), account: which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('receiver' as const), answers: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'slots' as const) }) },
);
const script = fc.record({
  seed: fc.integer(),
  threshold: fc.integer({ min: 1, max: 4 }),
  withinDays: fc.constantFrom(1, 7, 30, 90),
  acts: fc.array(act, { minLength: 15, maxLength: 50 }),
});

/** A match that was handed to the outbox, and where it may count. */
interface Taken {
  group: string;
  counted: number;
}

/** The order versions of a run. `epoch` rises when everything that was counted before must be forgotten. */
class Orders {
  readonly threshold: number;
  readonly withinDays: number[];
  readonly epochs: number[] = [0, 0];
  readonly #ofDigest = new Map<string, { lineage: number; epoch: number; withinDays: number }>();
  #versions = 0;

  constructor(threshold: number, withinDays: number) {
    this.threshold = threshold;
    this.withinDays = [withinDays, withinDays];
  }

  issue(lineage: 0 | 1): OrderInForce {
    const withinDays = this.withinDays[lineage] ?? 1;
    const orderDigest = digest(++this.#versions);
    this.#ofDigest.set(orderDigest, { lineage, epoch: this.epochs[lineage] ?? 0, withinDays });
    const rule = { surfaces: ['send' as const], threshold: this.threshold, withinDays };
    const order = {
      ...BASE,
      id: LINEAGES[lineage] as DetectionOrder['id'],
      summary: { en: `version ${this.#versions}` },
      detect: [known({ signal: { ...rule, evidence: ['exact'] } }), sensitive({ signal: rule })],
    };
    return { source: 'orders', orderDigest, order };
  }

  /** The group that a match or a signal counts in, and the length of its window. */
  groupOf(orderDigest: string, kind: string, account: string, day: Day): { group: string; withinDays: number } {
    const version = this.#ofDigest.get(orderDigest);
    if (!version) throw new Error('an order that was never issued');
    const { firstDay } = windowOf(version.withinDays, day);
    const { lineage, epoch, withinDays } = version;
    return { group: [lineage, epoch, kind, account, withinDays, firstDay].join(' '), withinDays };
  }
}

const seen = { runs: 0, matches: 0, signals: 0 };

type Script = typeof script extends fc.Arbitrary<infer S> ? S : never;

async function holds(one: Script): Promise<void> {
  await setImmediate(); // Vitest talks to its worker between two runs
  sealed.signals.clear();
  await withStandIns(one.seed, () => run(one));
}

async function run({ seed, threshold, withinDays, acts }: Script): Promise<void> {
  const time = new VirtualTime(START, afterPromises);
  time.install();
  const orders = new Orders(threshold, withinDays);
  const world = { orders: [orders.issue(0), orders.issue(1)], unknown: [], receiver: '204' as const };
  const device = new SimulatedDevice(time, { ...world, keys: keysOf(START, 60) }, { seed, isPersistent: true });
  device.account = ACCOUNTS[0];
  device.open(0);
  const taken: Taken[] = [];
  const sentOn: Day[] = [];
  for (const one of acts) {
    perform(device, orders, taken, one);
    await time.advanceTo(time.elapsed + (one.do === 'slots' ? 20_000 : 1));
    while (sentOn.length < device.sent.length) sentOn.push(toDay(time.wall));
    await checkStorage(device, threshold);
  }
  device.kill(0);
  checkSent(device, orders, taken, sentOn);
  seen.runs++;
  seen.matches += taken.length;
}

function perform(device: SimulatedDevice, orders: Orders, taken: Taken[], act: Act): void {
  const { world, time } = device;
  const without = (lineage: 0 | 1) => world.orders.filter(({ order }) => order.id !== LINEAGES[lineage]);
  switch (act.do) {
    case 'match':
      return takeMatch(device, orders, taken, act);
    case 'days':
      time.offset += act.days * DAY_MS;
      return device.change({});
    case 'reissue':
      return device.change({ orders: [...without(act.lineage), orders.issue(act.lineage)] });
    case 'end':
      orders.epochs[act.lineage] = (orders.epochs[act.lineage] ?? 0) + 1;
      return device.change({ orders: without(act.lineage) });
    case 'window':
      if (orders.withinDays[act.lineage] !== act.withinDays)
        orders.epochs[act.lineage] = (orders.epochs[act.lineage] ?? 0) + 1;
      orders.withinDays[act.lineage] = act.withinDays;
      return device.change({ orders: [...without(act.lineage), orders.issue(act.lineage)] });
    case 'keys':
      return device.change({ keys: act.endsInDays === undefined ? undefined : keysOf(time.wall, act.endsInDays) });
    case 'receiver':
      return device.change({ receiver: act.answers ? '204' : '503' });
    case 'account':
      device.account = ACCOUNTS[act.account];
      device.kill(0);
      return device.open(0);
    case 'kill':
      device.kill(0);
      return device.open(0);
    case 'slots':
      return;
  }
}

function takeMatch(
  device: SimulatedDevice,
  orders: Orders,
  taken: Taken[],
  { lineage, detectIndex, entry }: Extract<Act, { do: 'match' }>,
): void {
  const found = device.world.orders.find(({ order }) => order.id === LINEAGES[lineage]);
  const rule = found?.order.detect[detectIndex]?.signal;
  if (!found || !rule) return;
  const isKnown = detectIndex === 0;
  const day = toDay(device.time.wall);
  const kind = isKnown ? 'match' : 'sensitive';
  taken.push({ ...orders.groupOf(found.orderDigest, kind, device.account, day), counted: isKnown ? entry : day });
  device.take({
    ...(isKnown
      ? { kind: 'match', evidence: { kind: 'exact' }, entry, entriesInList: 1_000_000, level: 0 }
      : { kind: 'sensitive', evidence: { kind: 'classifier' }, entry: 0, entriesInList: 0, level: 9 }),
    ...found,
    detectIndex,
    rule,
    manifestDigest: digest(ACCOUNTS.indexOf(device.account as 'aa')), // tells the test whose match it was
    surface: 'send',
    media: 'image',
  });
}

/** No window is over, nothing belongs to an order that has ended, and a window holds signals exactly while its count is below the threshold. */
async function checkStorage(device: SimulatedDevice, threshold: number): Promise<void> {
  const [windows, signals] = await device.storage.transact(['counting-windows', 'signals'], async (tx) => [
    (await tx.all('counting-windows')).map(([, window]) => window),
    (await tx.all('signals')).map(([, signal]) => signal),
  ]);
  const today = toDay(device.time.wall);
  for (const { key, counted, lastDay } of windows) {
    must(lastDay >= today, `the window ${key} is over`);
    const count = counted.by === 'day' ? counted.days : counted.tags.length;
    const held = signals.filter((signal) => signal.window === key && signal.state === 'held').length;
    must(held === (count < threshold ? count : 0), `${held} signals are held at ${count} of ${threshold}`);
  }
  const lineages = new Set(device.world.orders.map(({ order }) => `orders ${order.id}`));
  for (const { item } of [...windows, ...signals]) must(lineages.has(item.lineage), `${item.lineage} has ended`);
  const keys = new Set(windows.map(({ key }) => key));
  for (const { state, window, lastDay } of signals) {
    if (state === 'held') must(keys.has(window), `a held signal has no window ${window}`);
    must(lastDay >= today, `a signal of the window ${window} has expired`);
  }
}

/** `expect` takes most of the time of a run. */
function must(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

function checkSent(device: SimulatedDevice, orders: Orders, taken: readonly Taken[], sentOn: readonly Day[]): void {
  const once = new Set<string>();
  const bodies = new Set<string>();
  for (const [i, { body, world }] of device.sent.entries()) {
    if (bodies.has(body)) continue; // a repeat
    bodies.add(body);
    const signal = sealed.signals.get(body) as MatchSignal;
    const account = ACCOUNTS[Number.parseInt(signal.manifestDigest, 16)] ?? '';
    const { group, withinDays } = orders.groupOf(signal.orderDigest, signal.kind, account, signal.day);
    const counted = signal.kind === 'match' ? signal.entry : signal.day;
    const inGroup = new Set(taken.filter((one) => one.group === group).map((one) => one.counted));
    must(inGroup.size >= orders.threshold, `${group} sent a signal at ${inGroup.size} of ${orders.threshold}`);
    must(inGroup.has(counted), `${counted} was not taken in ${group}`);
    must(!once.has(`${group} ${counted}`), `${counted} was sent twice in ${group}`);
    once.add(`${group} ${counted}`);
    must((sentOn[i] ?? Infinity) <= signal.day + withinDays + 14, `a signal of ${signal.day} was sent on ${sentOn[i]}`);
    must(world.keys !== undefined, 'a signal was sent without keys');
    const lineage = LINEAGES[Number(group[0])];
    must(
      world.orders.some(({ order }) => order.id === lineage),
      `a signal was sent when order ${lineage} had ended`,
    );
    seen.signals++;
  }
}

async function everyRunHolds(numRuns: number): Promise<void> {
  Object.assign(seen, { runs: 0, matches: 0, signals: 0 });
  await fc.assert(fc.asyncProperty(script, holds), { numRuns });
  console.log(`threshold: ${JSON.stringify(seen)}`);
  expect(seen.signals).toBeGreaterThan(numRuns / 2);
}

const { runs, timeout } = {
  usual: { runs: 400, timeout: 120_000 },
  all: { runs: 2_000, timeout: 600_000 },
  long: { runs: 10_000, timeout: 1_800_000 },
}[inject('extent')];
test(
  `in ${runs} scripts, a signal needs the threshold in its own window, order, list and account, and leaves once`,
  { timeout },
  () => everyRunHolds(runs),
);
