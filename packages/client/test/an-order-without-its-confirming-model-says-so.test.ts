/**
 * An order that signals near matches which a model confirms waits for that model like for a list. Where it is in force
 * without it, its status names what is missing, and the model's status says why. Spec: docs/design/signed-inputs.md#orders-in-force
 */
import { DAY_MS, type ManifestDigest, type ModelManifest, printModelManifest, toInstant } from '@lodestone/protocol';
import { sha256Hex } from '@lodestone/trust';
import { beforeEach, expect, test, vi } from 'vitest';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import type { Updater } from '../src/network/updater/updater.ts';
import { aDevice } from './a-device.ts';
import { anOrder, keyTargets, known, MODEL, modelTargets, orderTargets, publishedModel } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const device = aDevice(START);
beforeEach(() => void vi.stubGlobal('reportError', () => undefined));

/** Publishes the model, and an order that pins it, or `pinned`. */
async function publish(change: Partial<ModelManifest> = {}, pinned?: ManifestDigest): Promise<void> {
  const model = publishedModel(START, change);
  const manifestDigest = pinned ?? sha256Hex<ManifestDigest>(printModelManifest(model.manifest));
  await device.world.publish('provider', new Map([...keyTargets(START), ...modelTargets(model)]), { version: 2 });
  await publishOrder(manifestDigest);
}
async function publishOrder(manifestDigest: ManifestDigest): Promise<void> {
  const confirm = { model: MODEL, manifestDigest, minBucket: 8 };
  const signal = { surfaces: ['send' as const], evidence: ['confirmed' as const], threshold: 3, withinDays: 30 };
  await device.world.publish(
    'orders',
    orderTargets(anOrder(START, { detect: [known({ signal: { ...signal, confirm } })] })),
  );
}
const said = (updater: Updater): object => {
  const { orders, models } = updater.status();
  return {
    orders: orders.map(({ state, missing }) => ({ state, missing })),
    models: models.map(({ release, error }) => ({ version: release?.version, code: error?.code })),
  };
};
const whileWaiting = (code: string | undefined, version?: number): object => ({
  orders: [{ state: 'not-yet', missing: [MODEL] }],
  models: [{ version, code }],
});

test('with its model on the device, it is in force and nothing is missing', async () => {
  await publish();
  expect(said(await device.refreshed())).toEqual({
    orders: [{ state: 'in-force', missing: [] }],
    models: [{ version: 1, code: undefined }],
  });
});

test('while the model is fetched, the order waits, and the model has neither a release nor an error', async () => {
  await publish();
  const held = device.world.holdNext('.onnx');
  const updater = await device.opened();
  const round = updater.refresh();
  await held.arrived;
  await vi.waitFor(() => expect(said(updater)).toEqual(whileWaiting(undefined)));
  expect(updater.inputs().orders).toEqual([]);
  held.release();
  await round;
  expect(said(updater)).toMatchObject({ orders: [{ state: 'in-force', missing: [] }] });
});

/** A database that refuses a model's files, for another reason than its quota. */
function refusingFiles(): Storage {
  const inner = memoryStorage();
  let refused = 0;
  return {
    ...inner,
    transact: (stores, work) =>
      inner.transact(stores, (tx) =>
        work({
          ...tx,
          put: (store, key, value) => {
            // The list's file comes first, the model's files follow.
            if (store === 'file-parts' && refused++ > 0) throw new DOMException('refused', 'UnknownError');
            return tx.put(store, key, value);
          },
        }),
      ),
  };
}

test.each<[string, code: string, version: number | undefined, set: () => Promise<void> | void]>([
  [
    'is not published',
    'ERR_TRUST_MISSING',
    undefined,
    () => device.world.publish('provider', keyTargets(START), { version: 3 }),
  ],
  ['cannot be fetched', 'ERR_NETWORK', undefined, () => void device.world.failing.add('.onnx')],
  ['is refused by storage', 'ERR_STORAGE', undefined, () => void (device.storage = refusingFiles())],
  ['has ended', 'ERR_TRUST_EXPIRED', undefined, () => publish({ notAfter: toInstant(START) })],
  ['is another release', 'ERR_MODEL', 1, () => publish({}, 'e'.repeat(64) as ManifestDigest)],
])(
  'if the model %s, the order waits for a day; then it is in force, and says what is missing',
  async (_, code, version, set) => {
    await publish();
    await set();
    const updater = await device.refreshed();
    expect(said(updater)).toEqual(whileWaiting(code, version));
    device.time += DAY_MS;
    expect(said(updater)).toEqual({
      orders: [{ state: 'in-force', missing: [MODEL] }],
      models: [{ version, code }],
    });
  },
);

test('a model without figures by group is there, confirms nothing, and says so', async () => {
  await publish({ figures: [] });
  expect(said(await device.refreshed())).toEqual({
    orders: [{ state: 'in-force', missing: [MODEL] }],
    models: [{ version: 1, code: 'ERR_MODEL' }],
  });
});

test('a model that ends while the order is in force is missing from that moment, with the reason', async () => {
  await publish({ notAfter: toInstant(START + 2 * DAY_MS) });
  const updater = await device.refreshed();
  expect(said(updater)).toMatchObject({ orders: [{ state: 'in-force', missing: [] }] });
  device.time += 2 * DAY_MS;
  expect(said(updater)).toEqual({
    orders: [{ state: 'in-force', missing: [MODEL] }],
    models: [{ version: undefined, code: 'ERR_TRUST_EXPIRED' }],
  });
});

test('an order whose model no source in the options may publish does not wait', async () => {
  const model = 'elsewhere:v1/models/shapes/manifest.json' as typeof MODEL;
  const confirm = { model, manifestDigest: 'e'.repeat(64) as ManifestDigest, minBucket: 8 };
  const signal = { surfaces: ['send' as const], evidence: ['confirmed' as const], threshold: 3, withinDays: 30 };
  await device.world.publish(
    'orders',
    orderTargets(anOrder(START, { detect: [known({ signal: { ...signal, confirm } })] })),
  );
  expect(said(await device.refreshed())).toEqual({
    orders: [{ state: 'in-force', missing: [model] }],
    models: [{ version: undefined, code: 'ERR_TRUST_POWER' }],
  });
});
