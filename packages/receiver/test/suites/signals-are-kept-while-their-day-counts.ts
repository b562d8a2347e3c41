/** A signal counts until its day is older than the counting window plus the grace days; its id is kept as long as it could return. */
import { mkdir, readdir } from 'node:fs/promises';
import { toHex } from '@lodestone/protocol/bytes';
import { LIMITS } from '@lodestone/protocol/limits';
import { type Day, toDay, toInstant } from '@lodestone/protocol/time';
import { generateReceiverKey } from '@lodestone/seal';
import { lastCountingDay } from '@lodestone/trust';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { keyFolder, secretsFolder, writeKey } from '../../src/keys/files.ts';
import { applyRetention } from '../../src/retention.ts';
import { SECRET } from '../support/secret.ts';
import { NOON, type World } from '../support/world.ts';
import { trusted } from '../support/trusted-time.ts';

const DAY = 86_400_000;

export function signalsAreKeptWhileTheirDayCounts(the: () => World): void {
  afterEach(() => {
    the().now = NOON;
  });
  const applyNow = async (world: World): Promise<unknown> =>
    applyRetention(
      {
        db: world.database.db,
        keysFolder: secretsFolder(world.dataDir),
        config: await readConfig(world.dataDir),
        log: pino({ level: 'silent' }),
      },
      trusted(world.now),
    );
  const idsOf = (world: World, id: Uint8Array): Promise<unknown[]> =>
    world.database.db.selectFrom('signalIds').select('signalId').where('signalId', '=', id).execute();
  const signalsOf = (world: World, id: Uint8Array): Promise<unknown[]> =>
    world.database.db.selectFrom('signals').select('signalId').where('signalId', '=', id).execute();

  test('with a counting window of 10 days, a signal counts on the 24th day after its match and not on the 25th', async () => {
    const world = the();
    const day = toDay(NOON);
    world.now = NOON + 24 * DAY;
    const before = await world.receiver.counts();
    await world.send(world.match({ day, ...(await world.subjectId(day)) }));
    world.now = NOON + 25 * DAY;
    await world.send(world.match({ day, ...(await world.subjectId(day)) }));
    const after = await world.receiver.counts();
    expect([after.counted - before.counted, after.dayOutOfRange - before.dayOutOfRange]).toEqual([1, 1]);
  });

  test('a signal of tomorrow counts, because a device clock may be ahead', async () => {
    const world = the();
    const before = await world.receiver.counts();
    await world.send(world.match({ day: (toDay(NOON) + 1) as Day, ...(await world.subjectId()) }));
    expect((await world.receiver.counts()).counted - before.counted).toBe(1);
  });

  test('an id is kept until no signal with it could count: its last day, the longest window of any order and the grace days', async () => {
    const world = the();
    const signal = world.match(await world.subjectId());
    await world.send(signal);
    // The orders of this world have shorter windows, and one with the longest may be published later.
    const last = lastCountingDay(signal.lastDay, LIMITS.signalWithinDays);

    world.now = last * DAY;
    await applyNow(world);
    expect((await idsOf(world, signal.signalId)).length).toBe(1);
    world.now = (last + 1) * DAY;
    await applyNow(world);
    expect((await idsOf(world, signal.signalId)).length).toBe(0);
    const before = await world.receiver.counts();
    await world.send({ ...signal, day: signal.lastDay }); // the latest day that the id covers
    const after = await world.receiver.counts();
    expect([after.counted - before.counted, after.dayOutOfRange - before.dayOutOfRange]).toEqual([0, 1]);
  });

  test('an id that is used again with a later day does not count', async () => {
    const world = the();
    const signal = world.match(await world.subjectId());
    await world.send(signal);
    world.now = NOON + 36 * DAY; // the first day of the match no longer counts
    await applyNow(world);
    const before = await world.receiver.counts();
    await world.send({ ...signal, day: toDay(world.now) });
    const after = await world.receiver.counts();
    expect([after.counted - before.counted, after.duplicate - before.duplicate]).toEqual([0, 1]);
  });

  test('a case that nobody reviewed is deleted 90 days after it opened', async () => {
    const world = the();
    const subject = await world.subject();
    const ofSubject = async (): Promise<number> =>
      (await world.receiver.cases()).filter(({ pseudonym }) => pseudonym === toHex(subject.pseudonym)).length;
    for (const entry of [1, 2]) await world.send(world.match({ ...subject.id(), entry }));
    world.now = NOON + 90 * DAY;
    await applyNow(world);
    expect(await ofSubject()).toBe(1);
    world.now = NOON + 91 * DAY;
    await applyNow(world);
    expect(await ofSubject()).toBe(0);
  });

  test('shorter retention deletes the signal but keeps its id, so that a replay does not count', async () => {
    const world = the();
    const signal = world.match(await world.subjectId());
    await world.send(signal);
    world.now = NOON + 8 * DAY;
    const config = await readConfig(world.dataDir);
    const short = { ...config, retention: { ...config.retention, signalDays: 7 } };
    await applyRetention(
      {
        db: world.database.db,
        keysFolder: secretsFolder(world.dataDir),
        config: short,
        log: pino({ level: 'silent' }),
      },
      trusted(world.now),
    );
    expect([(await idsOf(world, signal.signalId)).length, (await signalsOf(world, signal.signalId)).length]).toEqual([
      1, 0,
    ]);
  });

  test('a private key is deleted 105 days after it expired, not earlier', async () => {
    const world = the();
    await mkdir(secretsFolder(world.dataDir), { recursive: true });
    const { privateKey } = await generateReceiverKey(99, toInstant(NOON - 20 * DAY), toInstant(NOON - 10 * DAY));
    await writeKey(keyFolder({ dataDir: world.dataDir, secret: SECRET }), privateKey);
    world.now = NOON + 95 * DAY;
    await applyNow(world);
    expect(await readdir(secretsFolder(world.dataDir))).toContain('key-99.json');
    world.now = NOON + 96 * DAY;
    await applyNow(world);
    expect(await readdir(secretsFolder(world.dataDir))).toEqual(['key-1.json']);
  });
}
