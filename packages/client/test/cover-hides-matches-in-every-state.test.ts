/**
 * With cover traffic, a device with matches and one without make the same requests, of signals and of subject ids: in number, size, time, and in
 * which bytes they repeat. Both run the real outbox on a virtual clock, under one random script of orders, keys, receiver
 * states, pages, faults and clock changes. Spec: docs/design/outbox.md#cover-traffic
 */
import { setImmediate } from 'node:timers/promises';
import { DAY_MS, type DetectionOrder, type Signal } from '@lodestone/protocol';
import fc from 'fast-check';
import { afterEach, expect, inject, test, vi } from 'vitest';
import type { OrderInForce } from '../src/inputs.ts';
import type { Match } from '../src/match.ts';
import { digest, keysOf, type Public, RECEIVER_MODES, SimulatedDevice } from './outbox/simulated-device.ts';
import { withStandIns } from './outbox/stand-ins.ts';
import { afterPromises, VirtualTime } from './outbox/virtual-time.ts';
import { anOrder, known, sensitive } from './world.ts';

const sealed = vi.hoisted(() => ({ signals: new Map<string, unknown>() }));
/** Bodies are numbers, so that a run takes milliseconds; the test of `seal` shows that real ones look random. */
vi.mock('@lodestone/seal', () => ({
  async sealSignal(signal: unknown) {
    const body = Buffer.alloc(32);
    body.writeUInt32BE(sealed.signals.size + 1);
    sealed.signals.set(body.toString('hex'), signal);
    return new Uint8Array(body);
  },
  restoreSealed: (bytes: Uint8Array) => new Uint8Array(bytes),
  digestOfEndpoint: async () => '5'.repeat(64),
}));
afterEach(() => vi.unstubAllGlobals());

const START = Date.UTC(2026, 10, 24, 23, 59);
const END_MS = 180_000;
const BASE = anOrder(START);
const LINEAGES = ['a', 'b'] as const;
type Lineage = (typeof LINEAGES)[number];

/** Changes of an order's version. Each keeps cover traffic on. */
const CHANGES = ['none', 'surfaces', 'threshold', 'window', 'slots', 'models', 'subject'] as const;

interface Version {
  number: number;
  changes: readonly (typeof CHANGES)[number][];
}

function orderOf(lineage: Lineage, { number, changes }: Version): OrderInForce {
  const has = (change: (typeof CHANGES)[number]): boolean => changes.includes(change);
  const rule = {
    surfaces: has('surfaces') ? ['upload' as const] : ['send' as const, 'upload' as const],
    threshold: has('threshold') ? 2 : 1,
    withinDays: has('window') ? 7 : 30,
  };
  const receiver = {
    ...BASE.receiver,
    // Lineage b requires a pseudonym, so that its ids belong to the account that is signed in.
    subject: (lineage === 'b') !== has('subject') ? ('pseudonym' as const) : ('none' as const),
    cover: true,
    slotsPerDay: has('slots') ? 8_640 : 43_200,
  };
  return {
    source: 'orders',
    orderDigest: digest(1_000 * (1 + LINEAGES.indexOf(lineage)) + number),
    order: {
      ...BASE,
      id: lineage as DetectionOrder['id'],
      summary: { en: `version ${number}` },
      detect: [
        known({ signal: { ...rule, evidence: ['exact'] } }),
        ...(has('models') ? [] : [sensitive({ signal: { ...rule, threshold: 3 } })]),
      ],
      receiver: receiver as NonNullable<DetectionOrder['receiver']>,
    },
  };
}

type Act =
  | { do: 'reissue'; lineage: Lineage; changes: Version['changes'] }
  | { do: 'end' | 'unknown'; lineage: Lineage }
  | { do: 'keys'; keys: 'none' | 'valid' | 'ended' | 'rotated' }
  | { do: 'receiver'; mode: Public['receiver'] }
  | { do: 'open' | 'kill' | 'freeze' | 'thaw'; page: 0 | 1 }
  | { do: 'fault'; page: 0 | 1; kind: 'dies' | 'fails'; after: number }
  | { do: 'clock'; byMs: number }
  | { do: 'account'; account: string }
  | { do: 'match'; entry: number; lineage: Lineage; detectIndex: 0 | 1; surface: 'send' | 'upload' };

const lineage = fc.constantFrom(...LINEAGES);
const page = fc.constantFrom(0 as const, 1 as const);
const publicAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant('reissue' as const), lineage, changes: fc.subarray([...CHANGES], { maxLength: 2 }) }),
  fc.record({ do: fc.constantFrom('end' as const, 'unknown' as const), lineage }),
  fc.record({ do: fc.constant('keys' as const), keys: fc.constantFrom('none', 'valid', 'ended', 'rotated') }),
  fc.record({ do: fc.constant('receiver' as const), mode: fc.constantFrom(...RECEIVER_MODES) }),
  fc.record({ do: fc.constantFrom('open' as const, 'kill' as const, 'freeze' as const, 'thaw' as const), page }),
  fc.record({ do: fc.constant('fault' as const), page, kind: fc.constantFrom('dies', 'fails'), after: fc.nat(5) }),
  fc.record({
    do: fc.constant('clock' as const),
    byMs: fc.oneof(
      fc.integer({ min: -90_000, max: 90_000 }),
      fc.integer({ min: -3, max: 45 }).map((d) => d * DAY_MS),
    ),
  }),
  fc.record({ do: fc.constant('account' as const), account: fc.constantFrom('', 'aa', 'bb') }),
);
const match: fc.Arbitrary<Act> = fc.record({
  do: fc.constant('match' as const),
  entry: fc.integer({ min: 1, max: 60 }),
  lineage,
  detectIndex: fc.constantFrom(0 as const, 1 as const),
  surface: fc.constantFrom('send' as const, 'upload' as const),
});
const at = fc.integer({ min: 0, max: END_MS });
const script = fc.record({
  seed: fc.integer(),
  isPersistent: fc.boolean(),
  tabs: fc.constantFrom(1, 2),
  orders: fc.constantFrom(1, 2),
  account: fc.constantFrom('', 'aa', 'bb'),
  receiver: fc.constantFrom(...RECEIVER_MODES),
  acts: fc.array(fc.record({ at, act: publicAct }), { maxLength: 14 }),
  matches: fc.array(fc.record({ at, act: match }), { minLength: 5, maxLength: 40 }),
});
type Script = typeof script extends fc.Arbitrary<infer S> ? S : never;

/** Runs the script on a device; `withMatches` decides whether its content matched. */
async function run(
  { seed, isPersistent, tabs, orders, account, receiver, acts, matches }: Script,
  withMatches: boolean,
): Promise<SimulatedDevice> {
  const time = new VirtualTime(START, afterPromises);
  time.install();
  const versions = new Map<Lineage, number>(LINEAGES.map((each) => [each, 1]));
  const inForce = LINEAGES.slice(0, orders).map((each) => orderOf(each, { number: 1, changes: [] }));
  const device = new SimulatedDevice(
    time,
    { orders: inForce, unknown: [], keys: keysOf(START, 60), receiver },
    { seed, isPersistent },
  );
  device.account = account;
  for (let i = 0; i < tabs; i++) device.open(i);
  const all = [...acts, ...(withMatches ? matches : [])].sort((a, b) => a.at - b.at);
  for (const { at: when, act } of all) {
    await time.advanceTo(when);
    perform(device, versions, act);
  }
  await time.advanceTo(END_MS);
  for (const slot of [0, 1]) device.kill(slot);
  return device;
}

function perform(device: SimulatedDevice, versions: Map<Lineage, number>, act: Act): void {
  const { world, time } = device;
  const idOf = ({ order }: OrderInForce): string => order.id;
  switch (act.do) {
    case 'reissue': {
      const number = (versions.get(act.lineage) ?? 0) + 1;
      versions.set(act.lineage, number);
      const others = (orders: readonly OrderInForce[]) => orders.filter((one) => idOf(one) !== act.lineage);
      const version = orderOf(act.lineage, { number, changes: act.changes });
      return device.change({ orders: [...others(world.orders), version], unknown: others(world.unknown) });
    }
    case 'end':
      return device.change({
        orders: world.orders.filter((one) => idOf(one) !== act.lineage),
        unknown: world.unknown.filter((one) => idOf(one) !== act.lineage),
      });
    case 'unknown':
      return device.change({
        orders: world.orders.filter((one) => idOf(one) !== act.lineage),
        unknown: [...world.unknown, ...world.orders.filter((one) => idOf(one) === act.lineage)],
      });
    case 'keys': {
      const ends = { none: [], valid: [60], ended: [-10], rotated: [-1, 80] }[act.keys];
      return device.change({ keys: ends.length > 0 ? keysOf(time.wall, ...ends) : undefined });
    }
    case 'receiver':
      return device.change({ receiver: act.mode });
    case 'open':
      return device.open(act.page);
    case 'kill':
      return device.kill(act.page);
    case 'freeze':
      return device.pages[act.page]?.freeze();
    case 'thaw':
      return device.pages[act.page]?.thaw();
    case 'fault': {
      const one = device.pages[act.page];
      if (one) one.fault = { kind: act.kind, after: act.after };
      return;
    }
    case 'clock':
      time.offset += act.byMs;
      return;
    case 'account':
      device.account = act.account;
      for (const slot of [0, 1] as const) {
        if (!device.pages[slot]) continue;
        device.kill(slot);
        device.open(slot);
      }
      return;
    case 'match':
      return takeMatch(device, act);
  }
}

function takeMatch(
  device: SimulatedDevice,
  { lineage: of, detectIndex, entry, surface }: Extract<Act, { do: 'match' }>,
): void {
  const found = device.world.orders.find(({ order }) => order.id === of);
  const detect = found?.order.detect[detectIndex];
  if (!found || !detect?.signal?.surfaces.includes(surface)) return;
  const what =
    detect.kind === 'known'
      ? ({ kind: 'match', evidence: { kind: 'exact' }, entry, entriesInList: 1_000_000, level: 0 } as const)
      : ({ kind: 'sensitive', evidence: { kind: 'classifier' }, entry: 0, entriesInList: 0, level: 9 } as const);
  const one: Match = {
    ...what,
    ...found,
    detectIndex,
    rule: detect.signal,
    manifestDigest: digest(7),
    surface,
    media: 'image',
  };
  device.take(one);
}

const seen = { runs: 0, requests: 0, signals: 0, pseudonyms: 0, repeated: 0 };

function signalOf(body: string | undefined): Signal {
  return sealed.signals.get(body ?? '') as Signal;
}

async function holds(one: Script): Promise<void> {
  await setImmediate(); // Vitest talks to its worker between two runs
  sealed.signals.clear();
  // Other random bytes, because nothing that is observed may follow from them.
  const matching = await withStandIns(one.seed, () => run(one, true));
  const innocent = await withStandIns(~one.seed, () => run(one, false));
  expect(matching.observed).toEqual(innocent.observed);
  expect(matching.batches).toEqual(innocent.batches);
  for (const { world, body } of matching.sent) {
    // `expect` takes most of the time of a run.
    if (world.orders.length === 0 || !world.keys)
      throw new Error('a request without an order in force, or without keys');
    const signal = signalOf(body);
    if (signal.kind === 'cover') continue;
    seen.signals++;
    if (signal.pseudonym.some((byte) => byte !== 0)) seen.pseudonyms++;
    // The order under which it matched is in force, in this or a later version.
    const lineageNo = Math.floor(Number.parseInt(signal.orderDigest, 16) / 1_000);
    expect(world.orders.map(({ order }) => order.id)).toContain(LINEAGES[lineageNo - 1]);
  }
  const signals = matching.sent.filter(({ body }) => signalOf(body).kind !== 'cover').map(({ body }) => body);
  seen.runs++;
  seen.requests += matching.sent.length;
  seen.repeated += signals.length - new Set(signals).size;
}

/** Each run counts what it saw, so that a script that never sends a signal shows. */
async function everyRunHolds(numRuns: number): Promise<void> {
  Object.assign(seen, { runs: 0, requests: 0, signals: 0, pseudonyms: 0, repeated: 0 });
  await fc.assert(fc.asyncProperty(script, holds), { numRuns });
  console.log(`cover: ${JSON.stringify(seen)}`);
  expect(seen.signals).toBeGreaterThan(numRuns / 2);
  expect(seen.pseudonyms).toBeGreaterThan(0);
  expect(seen.repeated).toBeGreaterThan(numRuns / 10);
}

const { runs, timeout } = {
  usual: { runs: 300, timeout: 120_000 },
  all: { runs: 2_000, timeout: 600_000 },
  long: { runs: 10_000, timeout: 1_800_000 },
}[inject('extent')];
test(
  `in every state of ${runs} scripts, a device with matches makes the same requests as one without`,
  { timeout },
  () => everyRunHolds(runs),
);
