/**
 * A storm of 429 or 5xx makes no herd: after a refusal, of whatever kind, a device draws a longer gap at random. The time that a
 * `Retry-After` names reaches no code that could follow it: egress returns status and body. Spec: docs/design/outbox.md#delivery
 */
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { digest, keysOf, type ReceiverMode, SimulatedDevice } from './outbox/simulated-device.ts';
import { withStandIns } from './outbox/stand-ins.ts';
import { afterPromises, VirtualTime } from './outbox/virtual-time.ts';
import { anOrder } from './world.ts';

vi.mock('@lodestone/seal', () => ({
  sealSignal: () => Promise.resolve(new Uint8Array(256)),
  restoreSealed: (bytes: Uint8Array) => new Uint8Array(bytes),
  digestOfEndpoint: () => Promise.resolve('5'.repeat(64)),
}));
afterEach(() => vi.unstubAllGlobals());

const START = Date.UTC(2026, 10, 24);
const END_MS = 600_000;

interface Storm {
  seed: number;
  /** The answer from each time on; 204 before the first. */
  answers: readonly { at: number; mode: ReceiverMode }[];
}

/** @returns when requests were made, in ms since the start */
async function timesOf({ seed, answers }: Storm): Promise<number[]> {
  return withStandIns(seed, async () => {
    const time = new VirtualTime(START, afterPromises);
    time.install();
    const base = anOrder(START);
    const receiver = { ...base.receiver, cover: true, slotsPerDay: 4_320 };
    const order = { source: 'orders', orderDigest: digest(1), order: { ...base, receiver } };
    const world = { orders: [order as never], unknown: [], keys: keysOf(START, 60), receiver: '204' as const };
    const device = new SimulatedDevice(time, world, { seed, isPersistent: true });
    device.open(0);
    for (const { at, mode } of answers) {
      await time.advanceTo(at);
      device.world = { ...device.world, receiver: mode };
    }
    await time.advanceTo(END_MS);
    device.kill(0);
    return device.sent.map(({ at }) => at);
  });
}

const storm = (mode: fc.Arbitrary<ReceiverMode>): fc.Arbitrary<Storm> =>
  fc.record({
    seed: fc.integer(),
    answers: fc
      .array(fc.record({ at: fc.integer({ min: 0, max: END_MS }), mode }), { minLength: 1, maxLength: 6 })
      .map((all) => all.toSorted((one, other) => one.at - other.at)),
  });

test('how a receiver refuses makes no difference to the times of requests: 429, 503 or no answer', async () => {
  let requests = 0;
  await fc.assert(
    fc.asyncProperty(storm(fc.constantFrom('204', '429', '503', 'offline')), async ({ seed, answers }) => {
      await setImmediate(); // Vitest talks to its worker between two runs
      const alike = answers.map(({ at, mode }) => ({ at, mode: mode === '204' ? mode : ('503' as const) }));
      const times = await timesOf({ seed, answers });
      expect(times).toEqual(await timesOf({ seed, answers: alike }));
      requests += times.length;
    }),
    { numRuns: 30 },
  );
  expect(requests).toBeGreaterThan(200);
});

test('a hundred devices that a receiver refused for two minutes do not come back together, and come less often meanwhile', async () => {
  const answers = [
    { at: 0, mode: '429' as const },
    { at: 120_000, mode: '204' as const },
  ];
  const [stormy, calm] = [new Map<number, number>(), new Map<number, number>()];
  for (let seed = 1; seed <= 100; seed++)
    for (const [perTenSeconds, storm] of [
      [stormy, answers],
      [calm, []],
    ] as const)
      for (const at of await timesOf({ seed: seed * 7_919, answers: storm })) {
        const slot = Math.floor(at / 10_000);
        perTenSeconds.set(slot, (perTenSeconds.get(slot) ?? 0) + 1);
      }
  const during = (counts: ReadonlyMap<number, number>): number =>
    [...counts].reduce((sum, [slot, count]) => (slot < 12 ? sum + count : sum), 0);
  expect(during(stormy)).toBeLessThan(during(calm) / 2);
  // The busiest ten seconds of the ten minutes are not busier than without the storm.
  expect(Math.max(...stormy.values())).toBeLessThanOrEqual(Math.max(...calm.values()));
});
