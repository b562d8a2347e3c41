/** Totals for the overview: no case, and no subject. Flow: database → here → overview. Spec: docs/design/receiver.md#console */
import { DAY_MS, type Day, toDay } from '@lodestone/protocol/time';
import { sql } from 'kysely';
import { toDate } from '../cases/cases.ts';
import type { Database } from '../db/schema.ts';

const FIGURE_DAYS = 30;

export interface Bar {
  label: string;
  count: number;
}

/** Signals counted, of all orders, by day of arrival: the last 30 days, also those without any. */
export async function signalsByDay(db: Database, now: number): Promise<Bar[]> {
  const first = (toDay(now) - FIGURE_DAYS + 1) as Day;
  const rows = await db
    .selectFrom('orderCounts')
    .select(({ fn }) => ['day', fn.sum<number | string>('signals').as('count')])
    .where('day', '>=', first)
    .groupBy('day')
    .execute();
  const counts = new Map(rows.map(({ day, count }) => [day, Number(count)]));
  return Array.from({ length: FIGURE_DAYS }, (_, i) => {
    const day = (first + i) as Day;
    return { label: toDate(day), count: counts.get(day) ?? 0 };
  });
}

export interface SignalFigures {
  lists: Bar[];
  surfaces: Bar[];
  evidence: Bar[];
}

/** Signals of orders with subjects that arrived in the last 30 days and are still stored. */
export async function signalFigures(db: Database, now: number): Promise<SignalFigures> {
  const first = (toDay(now) - FIGURE_DAYS + 1) as Day;
  const rows = await db
    .selectFrom('signals as s')
    .innerJoin('countingWindows as w', 'w.windowNo', 's.windowNo')
    .select(({ fn }) => ['w.reference', 's.surface', 's.evidence', fn.countAll<number>().as('count')])
    .where('s.arrivalDay', '>=', first)
    .groupBy(['w.reference', 's.surface', 's.evidence'])
    .execute();
  const by = (key: 'reference' | 'surface' | 'evidence'): Bar[] => {
    const sums = new Map<string, number>();
    for (const row of rows) sums.set(row[key], (sums.get(row[key]) ?? 0) + row.count);
    return [...sums].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count);
  };
  return { lists: by('reference'), surfaces: by('surface'), evidence: by('evidence') };
}

/** Upper bounds in days. */
const AGES = [1, 3, 7, 14, 30, 90] as const;

/** Cases that are not decided, or contested, by the days since they opened. */
export async function openCasesByAge(db: Database, now: number): Promise<Bar[]> {
  const today = toDay(now);
  const age = sql<number>`width_bucket(${today}::integer - opened_day, array[2, 4, 8, 15, 31])`;
  const rows = await db
    .selectFrom('cases')
    .select(({ fn }) => [age.as('bucket'), fn.countAll<number>().as('count')])
    .where(sql<boolean>`(not is_decided and state <> 'proposed' or state = 'contested')`)
    .groupBy('bucket')
    .execute();
  const counts = new Map(rows.map(({ bucket, count }) => [bucket, count]));
  return AGES.map((last, i) => {
    const from = i === 0 ? 0 : (AGES[i - 1] ?? 0) + 1;
    return {
      label: i === AGES.length - 1 ? `${from} days or more` : `${from} to ${last} days`,
      count: counts.get(i) ?? 0,
    };
  });
}

/** Figures of a minute ago are as good: one query of all signals takes a second and more when there are many. */
export class Remembered<T> {
  #value: Promise<T> | undefined;
  #at = -Infinity;

  get(now: number, read: () => Promise<T>): Promise<T> {
    if (this.#value === undefined || Math.abs(now - this.#at) > MINUTE_MS) {
      this.#at = now;
      this.#value = read();
      this.#value.catch(() => (this.#value = undefined));
    }
    return this.#value;
  }
}
const MINUTE_MS = DAY_MS / 1_440;
