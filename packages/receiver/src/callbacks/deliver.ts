/**
 * Sends callbacks that are due. Each is claimed in the database first, so two receivers send different ones; a claim ends after a
 * minute, so a killed receiver loses none. Promise: at least once, with one id; no redirect is followed; what a target answers
 * is not read. Flow: receiver → here → account service and other systems. Spec: docs/design/receiver.md#callbacks
 */
import { toDay } from '@lodestone/protocol/time';
import type { Logger } from 'pino';
import { type Selectable, sql, type Transaction } from 'kysely';
import { RECEIVER, stepCase } from '../cases/step.ts';
import type { Database, Tables } from '../db/schema.ts';
import { CALLBACK_TARGETS, type CallbacksTable, type CallbackTargetName } from '../db/schema-contests.ts';
import { causeCode } from '../log-safe-error.ts';
import { lockRecord } from '../record/append.ts';
import { addCounts } from '../report/counts.ts';
import { ATTEMPTS, CLAIM_MS, LONGEST_WAIT_MS, nextAttemptAt } from './schedule.ts';
import { signCallback } from './sign.ts';

export interface CallbackTarget {
  url: string;
  secret: string;
  /** Default 10 seconds. */
  timeoutMs?: number | undefined;
}

export interface DeliveryContext {
  db: Database;
  /** Messages to others wait. */
  targets: Partial<Record<CallbackTargetName, CallbackTarget>>;
  now: () => number;
  log: Logger;
  /** Ends attempts that run. */
  stop?: AbortSignal | undefined;
}

const TIMEOUT_MS = 10_000;
/** Sent at the same time, so that one target that hangs does not delay the others beyond its time-out. */
const AT_ONCE = 10;

type Claimed = Pick<Selectable<CallbacksTable>, 'callbackId' | 'target' | 'body' | 'attempts'>;

/** Goes on while the target accepts some. @returns how many were delivered */
export async function deliverCallbacks(context: DeliveryContext): Promise<number> {
  let delivered = 0;
  const names = CALLBACK_TARGETS.filter((name) => context.targets[name] !== undefined);
  for (;;) {
    const claimed = await claim(context.db, names, context.now());
    const results = await Promise.all(claimed.map((callback) => attempt(context, callback)));
    const accepted = results.filter(Boolean).length;
    delivered += accepted;
    if (accepted === 0 || context.stop?.aborted) return delivered;
  }
}

async function claim(db: Database, names: readonly CallbackTargetName[], now: number): Promise<Claimed[]> {
  if (names.length === 0) return [];
  const { rows } = await sql<Claimed>`
    update callbacks set attempts = attempts + 1, next_at = ${now + CLAIM_MS}::bigint
    where callback_id in (
      select callback_id from callbacks
      where state = 'due' and target in (${sql.join(names)}) and (next_at <= ${now}::bigint or next_at > ${now + LONGEST_WAIT_MS}::bigint)
      order by next_at limit ${AT_ONCE} for update skip locked)
    returning callback_id, target, body, attempts`.execute(db);
  return rows;
}

async function attempt({ db, targets, now, log, stop }: DeliveryContext, callback: Claimed): Promise<boolean> {
  const target = targets[callback.target];
  if (!target) return false;
  const answer = await send(target, callback, now(), stop);
  if (answer === 'accepted') {
    await noteDelivered(db, callback.callbackId, now());
    return true;
  }
  const { attempts, callbackId } = callback;
  const nextAt = nextAttemptAt(attempts, now());
  await db
    .updateTable('callbacks')
    .set({ lastAnswer: answer, ...(nextAt === null ? { state: 'dead' } : { nextAt }) })
    .where('callbackId', '=', callbackId)
    .where('state', '=', 'due')
    .execute();
  log.warn(
    { callbackId, attempt: attempts, of: ATTEMPTS, answer },
    nextAt === null ? 'a callback is dead' : 'a callback failed',
  );
  return false;
}

/** @returns `accepted`, or why not */
async function send(
  { url, secret, timeoutMs = TIMEOUT_MS }: CallbackTarget,
  { callbackId, body }: Claimed,
  now: number,
  stop: AbortSignal | undefined,
): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json', ...signCallback(secret, callbackId, body, now) },
      redirect: 'manual',
      signal: stop ? AbortSignal.any([stop, timeout]) : timeout,
    });
    await response.body?.cancel();
    return response.ok ? 'accepted' : `HTTP ${response.status}`;
  } catch (error) {
    return causeCode(error instanceof TypeError ? (error.cause ?? error) : error);
  }
}

/** With the fact in the record. The case may have been erased meanwhile; then the callback is gone as well. */
async function noteDelivered(db: Database, callbackId: string, now: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const told = await tx
      .updateTable('callbacks')
      .set({ state: 'delivered', lastAnswer: null })
      .where('callbackId', '=', callbackId)
      .where('state', '<>', 'delivered')
      .returning(['contestNo', 'caseNo', 'target'])
      .executeTakeFirst();
    if (!told) return;
    await addCounts(tx, toDay(now), [{ measure: 'callbacks', dimension: 'target', key: told.target }]);
    const caseNo = told.caseNo ?? (await caseOfContest(tx, told.contestNo));
    if (caseNo !== null) await stepCase(tx, RECEIVER, { caseNo, action: 'tell' }, now);
  });
}

async function caseOfContest(tx: Transaction<Tables>, contestNo: number | null): Promise<number | null> {
  const contest = await tx
    .selectFrom('contests')
    .select('caseNo')
    .where('contestNo', '=', contestNo)
    .executeTakeFirst();
  return contest?.caseNo ?? null;
}
