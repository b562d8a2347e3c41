/**
 * A page that is killed 300 times between a match and its delivery, at random moments and in the middle of writes: the signal is delivered
 * once in effect. All its requests have the same bytes, and the next page goes on. Spec: docs/design/outbox.md#delivery
 */
import type { Signal } from '@lodestone/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import type { OrderInForce } from '../src/inputs.ts';
import { digest, keysOf, SimulatedDevice } from './outbox/simulated-device.ts';
import { withStandIns } from './outbox/stand-ins.ts';
import { afterPromises, VirtualTime } from './outbox/virtual-time.ts';
import { anOrder, known } from './world.ts';

const sealed = vi.hoisted(() => ({ signals: new Map<string, unknown>() }));
/** Bodies are numbers, so that a run takes milliseconds. */
vi.mock('@lodestone/seal', () => ({
  sealSignal(signal: unknown) {
    const body = Buffer.alloc(32);
    body.writeUInt32BE(sealed.signals.size + 1);
    sealed.signals.set(body.toString('hex'), signal);
    return Promise.resolve(new Uint8Array(body));
  },
  restoreSealed: (bytes: Uint8Array) => new Uint8Array(bytes),
  digestOfEndpoint: () => Promise.resolve('5'.repeat(64)),
}));
afterEach(() => vi.unstubAllGlobals());

const START = Date.UTC(2026, 10, 24);
const KILLS = 300;
const MATCH_MS = 1_000;
const END_MS = 180_000;

function orderOf(cover: boolean): OrderInForce {
  const base = anOrder(START);
  const signal = { surfaces: ['send' as const], evidence: ['exact' as const], threshold: 1, withinDays: 30 };
  const receiver = { ...base.receiver, subject: 'none' as const, cover, slotsPerDay: 17_280 };
  return {
    source: 'orders',
    orderDigest: digest(1),
    order: { ...base, detect: [known({ signal })], receiver: receiver as never },
  };
}

/** @returns the requests that carried the signal, by their bytes, and when the page was killed */
async function killedOnce(seed: number): Promise<{ bodies: string[]; killedAt: number; sentBefore: boolean }> {
  sealed.signals.clear();
  return withStandIns(seed, async () => {
    const time = new VirtualTime(START, afterPromises);
    time.install();
    const found = orderOf(seed % 2 === 0);
    const world = { orders: [found], unknown: [], keys: keysOf(START, 60), receiver: '204' as const };
    const device = new SimulatedDevice(time, world, { seed, isPersistent: true });
    device.open(0);
    await time.advanceTo(MATCH_MS);
    device.take({
      ...found,
      kind: 'match',
      evidence: { kind: 'exact' },
      entry: 7,
      entriesInList: 1_000_000,
      level: 0,
      detectIndex: 0,
      rule: found.order.detect[0]?.signal as never,
      manifestDigest: digest(7),
      surface: 'send',
      media: 'image',
    });
    const page = device.pages[0];
    // A third dies in the middle of a write of the slot, the others at a random moment, also while a request is under way.
    if (page && seed % 3 === 0) page.fault = { kind: 'dies', after: seed % 5 };
    const killedAt = MATCH_MS + 1 + ((seed * 2_654_435_761) % 12_000);
    await time.advanceTo(killedAt);
    const isSignal = (body: string): boolean => (sealed.signals.get(body) as Signal).kind !== 'cover';
    const sentBefore = device.sent.some(({ body }) => isSignal(body));
    device.kill(0);
    await time.advanceTo(killedAt + 500);
    device.open(0);
    await time.advanceTo(END_MS);
    device.kill(0);
    return { bodies: device.sent.map(({ body }) => body).filter(isSignal), killedAt, sentBefore };
  });
}

test(`killed ${KILLS} times between a match and its delivery, with and without cover: the signal is delivered once in effect`, async () => {
  let before = 0;
  for (let seed = 1; seed <= KILLS; seed++) {
    const { bodies, killedAt, sentBefore } = await killedOnce(seed);
    expect([seed, killedAt, new Set(bodies).size]).toEqual([seed, killedAt, 1]);
    if (!sentBefore) before++;
  }
  expect(before).toBeGreaterThan(KILLS / 4); // not only after the first request
});
