/** A signal counts until its day is the order's window plus 60 days old; its id is kept exactly that long. */
import { mkdir, readdir } from 'node:fs/promises';
import { type Day, toDay, toInstant } from '@lodestone/protocol/time';
import { generateReceiverKey } from '@lodestone/seal';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { secretsFolder, writeKey } from '../../src/keys/files.ts';
import { sweep } from '../../src/retention.ts';
import { NOON, type World } from '../support/world.ts';

const DAY = 86_400_000;

export function keptAsLongAsADayCounts(the: () => World): void {
  afterEach(() => {
    the().now = NOON;
  });
  const sweepNow = async (world: World): Promise<void> =>
    sweep(
      {
        db: world.database.db,
        dataDir: world.dataDir,
        config: await readConfig(world.dataDir),
        log: pino({ level: 'silent' }),
      },
      world.now,
    );
  const idsOf = (world: World, id: Uint8Array): Promise<unknown[]> =>
    world.database.db.selectFrom('signalIds').select('id').where('id', '=', id).execute();
  const signalsOf = (world: World, id: Uint8Array): Promise<unknown[]> =>
    world.database.db.selectFrom('signals').select('id').where('id', '=', id).execute();

  test('70 days after its day, with a window of 10, a signal counts; on the 71st it does not', async () => {
    const world = the();
    const day = toDay(NOON);
    world.now = NOON + 70 * DAY;
    const before = await world.receiver.counts();
    await world.send(world.match({ day, subject: await world.subject() }));
    world.now = NOON + 71 * DAY;
    await world.send(world.match({ day, subject: await world.subject() }));
    const after = await world.receiver.counts();
    expect([after.signal - before.signal, after.wrongDay - before.wrongDay]).toEqual([1, 1]);
  });

  test('tomorrow counts: a device may be across the date line of its clock', async () => {
    const world = the();
    const before = await world.receiver.counts();
    await world.send(world.match({ day: (toDay(NOON) + 1) as Day, subject: await world.subject() }));
    expect((await world.receiver.counts()).signal - before.signal).toBe(1);
  });

  test('a sweep on the last day keeps the id, the next day it goes with all else, and a replay is too old then', async () => {
    const world = the();
    const signal = world.match({ subject: await world.subject() });
    await world.send(signal);

    world.now = NOON + 70 * DAY;
    await sweepNow(world);
    expect([(await idsOf(world, signal.signalId)).length, (await signalsOf(world, signal.signalId)).length]).toEqual([
      1, 1,
    ]);
    const before = await world.receiver.counts();
    await world.send(signal);
    expect((await world.receiver.counts()).duplicate - before.duplicate).toBe(1);

    world.now = NOON + 71 * DAY;
    await sweepNow(world);
    expect([(await idsOf(world, signal.signalId)).length, (await signalsOf(world, signal.signalId)).length]).toEqual([
      0, 0,
    ]);
    await world.send(signal);
    const after = await world.receiver.counts();
    expect([after.signal - before.signal, after.wrongDay - before.wrongDay]).toEqual([0, 1]);
  });

  test('a shorter policy deletes the signal, and keeps its id so that it is not counted again', async () => {
    const world = the();
    const signal = world.match({ subject: await world.subject() });
    await world.send(signal);
    world.now = NOON + 8 * DAY;
    const config = await readConfig(world.dataDir);
    const short = { ...config, retention: { signalDays: 7, countDays: 731 } };
    await sweep(
      { db: world.database.db, dataDir: world.dataDir, config: short, log: pino({ level: 'silent' }) },
      world.now,
    );
    expect([(await idsOf(world, signal.signalId)).length, (await signalsOf(world, signal.signalId)).length]).toEqual([
      1, 0,
    ]);
  });

  test('a private key is destroyed when 150 days have passed since it last sealed, not before', async () => {
    const world = the();
    await mkdir(secretsFolder(world.dataDir), { recursive: true });
    const { privateKey } = await generateReceiverKey(99, toInstant(NOON - 20 * DAY), toInstant(NOON - 10 * DAY));
    await writeKey(world.dataDir, privateKey);
    world.now = NOON + 140 * DAY;
    await sweepNow(world);
    expect(await readdir(secretsFolder(world.dataDir))).toContain('key-99.json');
    world.now = NOON + 141 * DAY;
    await sweepNow(world);
    expect(await readdir(secretsFolder(world.dataDir))).toEqual(['key-1.json', 'subject.key']);
  });
}
