/** Of two pages one sends. If it is frozen, the other takes over; the frozen page then finds that it was replaced. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { anOrder } from './world.ts';
import { digest, keysOf, SimulatedDevice } from './outbox/simulated-device.ts';
import { VirtualTime } from './outbox/virtual-time.ts';

/** Encryption takes real time, which the virtual clock does not wait for. */
vi.mock('@lodestone/seal', () => ({
  sealSignal: async () => crypto.getRandomValues(new Uint8Array(32)),
  restoreSealed: (bytes: Uint8Array) => new Uint8Array(bytes),
}));

const NOW = Date.UTC(2026, 10, 24, 12);
const MINUTE_MS = 60_000;
let time: VirtualTime;
let device: SimulatedDevice;

beforeEach(() => {
  time = new VirtualTime(NOW);
  time.install();
  const order = anOrder(NOW);
  if (!order.receiver) throw new Error('no receiver');
  const receiver = { ...order.receiver, cover: true, slotsPerDay: 1_440 };
  device = new SimulatedDevice(
    time,
    {
      orders: [{ source: 'orders', orderDigest: digest(1), order: { ...order, receiver } }],
      unknown: [],
      keys: keysOf(NOW, 60),
      receiver: '204',
    },
    { seed: 3, isPersistent: true },
  );
  device.open(0);
  device.open(1);
});
afterEach(() => {
  for (const page of [0, 1]) device.kill(page);
  vi.unstubAllGlobals();
});

const pagesOf = (from: number): number[] => device.sent.filter(({ at }) => at >= from).map(({ page }) => page);
/** About one request a minute. */
const minutes = (n: number): Promise<void> => time.advanceTo(time.elapsed + n * MINUTE_MS);

test('one page sends, at the density of one', async () => {
  await minutes(200);
  expect(new Set(pagesOf(0))).toEqual(new Set([1]));
  expect(device.sent.length).toBeGreaterThan(140);
  expect(device.sent.length).toBeLessThan(260);
});

test('the other page sends when the first is closed', async () => {
  await minutes(10);
  device.kill(0);
  const closed = time.elapsed;
  await minutes(20);
  expect(new Set(pagesOf(closed))).toEqual(new Set([2]));
});

test('the other page takes over from a frozen one, which sends nothing more when it continues', async () => {
  await minutes(10);
  device.pages[0]?.freeze();
  const frozen = time.elapsed;
  await minutes(15);
  expect(pagesOf(frozen + 1_000)).toEqual([]);
  await minutes(45);
  expect(new Set(pagesOf(frozen + 1_000))).toEqual(new Set([2]));
  device.pages[0]?.thaw();
  const thawed = time.elapsed;
  await minutes(200);
  expect(new Set(pagesOf(thawed + 1_000))).toEqual(new Set([2]));
  expect(pagesOf(thawed).length).toBeLessThan(260);
});

test('without a valid key no page is replaced, and nothing is sent', async () => {
  device.change({ keys: undefined });
  await minutes(120);
  expect(device.sent).toEqual([]);
  device.change({ keys: keysOf(NOW, 60) });
  await minutes(20);
  expect(new Set(pagesOf(0))).toEqual(new Set([1]));
});
