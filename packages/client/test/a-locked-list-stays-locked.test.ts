/**
 * A locked list on a device: its form never changes under its name, and it stays in force in a second tab, without a network, with the
 * clock set back, and while its newer file does not arrive.
 */
import {
  DAY_MS,
  type ListRecord,
  listManifestPath,
  type Name,
  type TargetPath,
  targetReference,
  utf8,
} from '@lodestone/protocol';
import { lockedRowBytes, type LockedParameters } from '@lodestone/protocol/locked-rows';
import { describe, expect, test } from 'vitest';
import type { Updater } from '../src/network/updater/updater.ts';
import { planScan } from '../src/scan-plan.ts';
import { listTargets } from '../src/testing/authority.ts';
import { aDevice } from './a-device.ts';
import { anOrder, known, LIST, orderTargets } from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const device = aDevice(START);
const PARAMETERS: LockedParameters = {
  bits: 96,
  subsets: 16,
  slots: 2,
  tries: 4_096,
  memoryKiB: 256,
  salt: new Uint8Array(32).fill(7),
  tablesDigest: new Uint8Array(32),
};
type Form = 'plain' | 'locked';

const targetsOf = (form: Form, version: number, list = 'demo'): ReturnType<typeof listTargets> => {
  const payload = new Uint8Array(form === 'locked' ? lockedRowBytes(2) : 32).fill(version);
  const record: ListRecord = { type: form === 'locked' ? 'locked' : 'pdq', entry: version, payload };
  const options = { now: START, version, ...(form === 'locked' && { locked: PARAMETERS }) };
  return listTargets(list as Name, [record], options);
};
const publish = (form: Form, version: number): Promise<void> =>
  device.world.publish('lists', targetsOf(form, version), { version });
const listOf = (updater: Updater) => updater.status().lists[0];
const planned = (updater: Updater): unknown => {
  const request = planScan(updater.inputs(), 'send');
  return 'plan' in request ? request.plan.lists.map(({ form = 'plain' }) => form) : request;
};

/** A new device, whose first version of the list is 2, in this form; every world has a plain one before. */
async function deviceWith(form: Form): Promise<Updater> {
  await publish(form, 2);
  const updater = await device.refreshed();
  expect(listOf(updater)?.release).toMatchObject({ form, version: 2 });
  return updater;
}

describe('under its name, a list keeps its form', () => {
  test.each([
    ['locked', 'plain'],
    ['plain', 'locked'],
  ] as const)(
    '%s, not %s; the device keeps what it has, until a version has the first form again',
    async (form, other) => {
      const updater = await deviceWith(form);
      const before = updater.inputs();
      await publish(other, 3);
      await device.refreshed(updater);
      expect(listOf(updater)?.error).toMatchObject({
        code: 'ERR_TRUST_PURPOSE',
        message: `${LIST}: it was "verified, ${form}" and is now "verified, ${other}"; that needs another list name`,
      });
      expect(updater.inputs()).toBe(before);
      expect(planned(updater)).toEqual([form]);
      expect(device.world.requests.some(({ url }) => url.endsWith('3.lode'))).toBe(false);

      await publish(form, 4);
      await device.refreshed(updater);
      expect(listOf(updater)?.error).toBeUndefined();
      expect(listOf(updater)?.release).toMatchObject({ form, version: 4 });
    },
  );

  test('a plain one in its place has another name, so its order is wider, and announced', async () => {
    const updater = await deviceWith('locked');
    for (const { orderDigest } of updater.status().orders) await updater.acknowledgeOrder(orderDigest);
    const list = targetReference('lists' as Name, listManifestPath('readable' as Name));
    const order = anOrder(START, { detect: [known({ list })] });
    await device.world.publish('lists', new Map([...targetsOf('locked', 2), ...targetsOf('plain', 1, 'readable')]), {
      version: 3,
    });
    await device.world.publish('orders', orderTargets(order), { version: 2 });
    await device.refreshed(updater);
    expect(updater.status().orders).toMatchObject([
      { state: 'in-force' },
      { state: 'announced', wider: expect.arrayContaining(['detect[0].list']) },
    ]);
    expect(planned(updater)).toEqual(['locked']);
    device.time += 8 * DAY_MS;
    await device.refreshed(updater);
    expect(planned(updater)).toEqual(['plain']);
  });
});

describe('it stays in force', () => {
  test('in a second tab, without a network, and with the clock set back', async () => {
    await deviceWith('locked');
    device.world.isOffline = true;
    device.time -= 400 * DAY_MS;
    const second = await device.refreshed();
    expect(planned(second)).toEqual(['locked']);
    expect(second.status().orders).toMatchObject([{ state: 'in-force' }]);
    const { fileDigest } = second.inputs().lists[0]!;
    expect((await second.listFile(fileDigest))?.file.byteLength).toBe(32 + 80 + 4 + lockedRowBytes(2));
    expect(second.entriesOf(fileDigest)).toMatchObject({ near: Uint32Array.of(2), exact: new Uint32Array() });
  });

  test('while its newer file stalls: a suppression counts at once, a second tab has the same, and a plain one in its place is refused', async () => {
    const updater = await deviceWith('locked');
    const before = updater.inputs().lists[0]!.fileDigest;
    const { arrived, release } = device.world.holdNext('3.lode');
    const targets = targetsOf('locked', 3);
    const suppression = { schema: 'lodestone/suppression/v1', list: 'demo', entries: [2] };
    targets.set('v1/lists/demo/suppression.json' as TargetPath, utf8(JSON.stringify(suppression)));
    await device.world.publish('lists', targets, { version: 3 });
    const round = updater.refresh();
    await arrived;
    const second = await device.opened();
    for (const tab of [updater, second]) {
      expect(tab.inputs().lists.map(({ fileDigest }) => fileDigest)).toEqual([before]);
      expect((await tab.listFile(before))?.suppressed).toEqual(Uint32Array.of(2));
      expect(planned(tab)).toEqual(['locked']);
    }
    await publish('plain', 4);
    const next = updater.refresh();
    release();
    await Promise.all([round, next]);
    expect(planned(updater)).toEqual(['locked']);
    expect(listOf(updater)?.release?.form).toBe('locked');
    await device.refreshed(updater);
    expect(listOf(updater)?.error?.code).toBe('ERR_TRUST_PURPOSE');
  });

  test('while its newer file does not arrive, or arrives cut off', async () => {
    const updater = await deviceWith('locked');
    await publish('locked', 3);
    device.world.failing.add('3.lode');
    await device.refreshed(updater);
    expect(listOf(updater)).toMatchObject({ release: { version: 2 }, error: { code: 'ERR_NETWORK' } });
    expect(planned(updater)).toEqual(['locked']);

    device.world.failing.clear();
    const [file] = [...device.world.files.keys()].filter((path) => path.endsWith('3.lode')) as [string];
    const whole = device.world.files.get(file)!;
    device.world.files.set(file, whole.slice(0, 100)); // within the header of the locked rows
    device.time += 3_600_000;
    await device.refreshed(updater);
    expect(listOf(updater)).toMatchObject({ release: { version: 2 }, error: { code: expect.stringMatching(/^ERR_/) } });
    expect(planned(updater)).toEqual(['locked']);

    device.world.files.set(file, whole);
    device.time += DAY_MS;
    await device.refreshed(updater);
    expect(listOf(updater)).toMatchObject({ release: { version: 3, form: 'locked' } });
    expect(listOf(updater)?.error).toBeUndefined();
  });
});
