/** A receiver whose clock jumps deletes no case, key or waiting signal and says so, until a source or a person confirms the date. */
import { mkdir, readdir } from 'node:fs/promises';
import { toInstant } from '@lodestone/protocol/time';
import { generateReceiverKey } from '@lodestone/seal';
import { pino } from 'pino';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { actAndEnd } from '../../src/cases/act.ts';
import { believeClock, readClock } from '../../src/clock/trusted-time.ts';
import { readConfig, type ReceiverConfig } from '../../src/config.ts';
import { keyFolder, secretsFolder, writeKey } from '../../src/keys/files.ts';
import { type Deleted, purgeAs } from '../../src/retention.ts';
import { reviewOf } from '../support/review.ts';
import { SECRET } from '../support/secret.ts';
import { believe } from '../support/trusted-time.ts';
import { NOON, type World } from '../support/world.ts';

const DAY = 86_400_000;
/** After so many days the case and the old key would go; what the suites share would stay. */
const JUMP = 100;

export function nothingIsDeletedByAClockThatJumped(the: () => World): void {
  const { db, token, newCase, stateOf, addPeople } = reviewOf(the);
  let config: ReceiverConfig;
  beforeAll(async () => {
    config = await readConfig(the().dataDir);
    await addPeople();
  });
  afterEach(async () => {
    the().now = NOON;
    await believe(db(), NOON);
  });

  const purge = (confirmDate?: string): Promise<Deleted> =>
    purgeAs(
      { db: db(), keysFolder: secretsFolder(the().dataDir), config, log: pino({ level: 'silent' }) },
      { token: token('root'), now: the().now, confirmDate },
    );
  const ready = async () => {
    const answer = await fetch(`${the().receiver.url}/readyz`);
    return [answer.status, ((await answer.json()) as { clock: string }).clock];
  };
  /** A key that expired long ago by the wrong clock, and by the right one is kept. */
  const oldKey = async (): Promise<void> => {
    await mkdir(secretsFolder(the().dataDir), { recursive: true });
    const { privateKey } = await generateReceiverKey(98, toInstant(NOON - 20 * DAY), toInstant(NOON - 10 * DAY));
    await writeKey(keyFolder({ dataDir: the().dataDir, secret: SECRET }), privateKey);
  };
  const keys = (): Promise<string[]> => readdir(secretsFolder(the().dataDir));

  test.each([JUMP, -JUMP])('%i days: refused, in readyz, and again after the clock is set right', async (days) => {
    const { caseNo } = await newCase();
    expect(await ready()).toEqual([200, 'ok']);
    the().now = NOON + days * DAY;
    expect(await ready()).toEqual([503, 'doubtful']);
    await expect(purge()).rejects.toMatchObject({ code: 'ERR_RECEIVER', message: /nothing is deleted/ });
    expect(await stateOf(caseNo)).toMatchObject({ state: 'new' });
    the().now = NOON;
    expect(await ready()).toEqual([200, 'ok']);
    await purge();
    expect(await stateOf(caseNo)).toMatchObject({ state: 'new' });
  });

  test('a dismissal by a clock that is not believed deletes nothing; retention does so later', async () => {
    const { caseNo } = await newCase();
    the().now = NOON + JUMP * DAY;
    await actAndEnd(db(), config, token('ada'), { caseNo, action: 'take' }, the().now);
    const dismissal = { caseNo, action: 'dismiss', reason: 'wrong-match', text: 'not it' } as const;
    expect(await actAndEnd(db(), config, token('ada'), dismissal, the().now)).toMatchObject({ state: 'dismissed' });
    expect(await stateOf(caseNo)).toMatchObject({ state: 'dismissed' });
  });

  test('signals wait on, and no manifest is deleted, while the clock is not believed', async () => {
    const world = the();
    await world.send(world.match({ ...(await world.subjectId()), orderDigest: 'cd'.repeat(32) as never }));
    const count = async () => [
      await world.receiver.waiting(),
      (await db().selectFrom('manifests').select('manifestDigest').execute()).length,
    ];
    const before = await count();
    world.now = NOON + JUMP * DAY;
    await world.receiver.refresh();
    expect(await count()).toEqual(before);
    world.now = NOON;
    await world.receiver.refresh(); // orders are in force again
  });

  test('a date of another day is refused; the date of today, in any time zone, deletes and is remembered', async () => {
    const { caseNo } = await newCase();
    await oldKey();
    the().now = NOON + JUMP * DAY; // 2027-03-04
    for (const wrong of ['2026-11-24', '2027-03-02', '2027-03-06', '2027-13-01'])
      await expect(purge(wrong)).rejects.toMatchObject({
        code: 'ERR_RECEIVER',
        message: /set the clock by a time service/,
      });
    expect([await stateOf(caseNo), await keys()]).toEqual([
      expect.objectContaining({ state: 'new' }),
      expect.arrayContaining(['key-98.json']),
    ]);
    const { keys: deleted } = await purge('2027-03-05');
    expect(deleted).toContain(98);
    expect(await stateOf(caseNo)).toBeUndefined();
    expect(await ready()).toEqual([200, 'ok']);
    the().now = NOON; // the confirmed date was wrong: now the right one is doubted, and confirmed again
    expect(await ready()).toEqual([503, 'doubtful']);
    await purge('2026-11-24');
    expect(await ready()).toEqual([200, 'ok']);
  });

  test('only those who may purge confirm a date', async () => {
    the().now = NOON + JUMP * DAY;
    const context = { db: db(), keysFolder: secretsFolder(the().dataDir), config, log: pino({ level: 'silent' }) };
    await expect(
      purgeAs(context, { token: token('ada'), now: the().now, confirmDate: '2027-03-04' }),
    ).rejects.toMatchObject({ code: 'ERR_CASE' });
    expect((await readClock(db(), the().now)).doubt).toContain('the clock says 2027-03-04');
  });

  test('what a source signed near the date confirms it', async () => {
    const now = NOON + 400 * DAY; // when the sources of this world signed
    expect((await believeClock(db(), now)).time).toBe(now);
    expect((await believeClock(db(), now + 7 * DAY)).time).toBe(now + 7 * DAY);
    await db()
      .updateTable('sources')
      .set({ timestamp: new Uint8Array(3) })
      .execute(); // unreadable: no witness
    await believe(db(), NOON);
    expect((await believeClock(db(), now)).time).toBeUndefined();
    await db().updateTable('sources').set({ timestamp: null }).execute();
    await the().receiver.refresh();
  });
}
