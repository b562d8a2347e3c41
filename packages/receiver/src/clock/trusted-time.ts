/**
 * The time by which data may be deleted: the clock's, once it is believed. Flow: receiver, retention, cases/act, cli → here → judge.
 * Promise: what deletes by age takes a `TrustedTime`, and only this module makes one. Spec: docs/design/receiver.md#clock
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { type Day, fromInstant, toDay } from '@lodestone/protocol/time';
import { versionsOf } from '@lodestone/trust';
import type { Database } from '../db/schema.ts';
import { believedDay, clockDoubt, type ClockWitnesses, dayText } from './judge.ts';

declare const trusted: unique symbol;
/** Milliseconds since 1970, of a clock that is believed. */
export type TrustedTime = number & { readonly [trusted]: true };

/** Either the time, or a sentence that says what is wrong with the clock and what to do. */
export type JudgedClock = { time: TrustedTime; doubt?: undefined } | { time?: undefined; doubt: string };

export async function readClock(db: Database, now: number): Promise<JudgedClock> {
  return (await judge(db, now)).clock;
}

/** The same, and remembers the day if the clock is believed. Call it before data is deleted. */
export async function believeClock(db: Database, now: number): Promise<JudgedClock> {
  const { clock, lastDay, day } = await judge(db, now);
  if (day !== undefined && day !== lastDay) await remember(db, day);
  return clock;
}

async function judge(db: Database, now: number): Promise<{ clock: JudgedClock; lastDay?: Day | undefined; day?: Day }> {
  const today = toDay(now);
  const witnesses = await readWitnesses(db);
  const day = believedDay(today, witnesses);
  if (day === undefined) return { clock: { doubt: clockDoubt(today, witnesses) } };
  return { clock: { time: now as TrustedTime }, lastDay: witnesses.lastDay, day };
}

/**
 * Believes the clock because a person says that it is right.
 * @param date `YYYY-MM-DD` as the person knows it, in any time zone
 * @throws {LodestoneError} `ERR_RECEIVER` if it is not the day of the clock
 */
export async function confirmClock(db: Database, date: string, now: number): Promise<void> {
  const today = toDay(now);
  const named = toDay(Date.parse(`${date}T00:00:00Z`));
  if (!(Math.abs(named - today) <= 1))
    throw new LodestoneError(
      'ERR_RECEIVER',
      `--confirm-date says ${date}, but the clock of this machine says ${dayText(today)}; set the clock by a time service`,
    );
  await remember(db, today);
}

/** What there is to compare the clock with. */
export async function readWitnesses(db: Database): Promise<ClockWitnesses> {
  const last = await db.selectFrom('clock').select('lastDay').executeTakeFirst();
  const sources = await db.selectFrom('sources').select(['root', 'timestamp']).execute();
  return { lastDay: last?.lastDay, signedDays: sources.flatMap(signedDay) };
}

function signedDay({ root, timestamp }: { root: Uint8Array; timestamp: Uint8Array | null }): Day[] {
  if (!timestamp) return [];
  try {
    const { timestamp: read } = versionsOf({ root, timestamp });
    return read ? [toDay(fromInstant(read.issued))] : [];
  } catch {
    return []; // of an earlier release: it is no witness
  }
}

async function remember(db: Database, lastDay: Day): Promise<void> {
  await db
    .insertInto('clock')
    .values({ isOnly: true, lastDay })
    .onConflict((conflict) => conflict.column('isOnly').doUpdateSet({ lastDay }))
    .execute();
}
