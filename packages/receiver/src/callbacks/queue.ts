/** Callbacks as people see them: which wait, which failed for good, and another try. Flow: cli, console → here. Spec: docs/design/receiver.md#callbacks */
import { toInstant } from '@lodestone/protocol/time';
import { refused } from '../cases/step.ts';
import type { Database } from '../db/schema.ts';
import type { CallbackState } from '../db/schema-contests.ts';
import type { User } from '../users/users.ts';

export interface ListedCallback {
  callbackId: string;
  state: CallbackState;
  attempts: number;
  /** The next attempt; null if there is none. */
  nextAt: string | null;
  lastAnswer: string | null;
}

export const CALLBACKS_PAGE = 200;

/** The first to come, at most 200. What they say, and about whom, is not shown. */
export async function listCallbacks(db: Database, user: User, state: CallbackState): Promise<ListedCallback[]> {
  if (user.role === 'reviewer')
    throw refused('a reviewer sees no callbacks; a lead, an auditor or an administrator does');
  const rows = await db
    .selectFrom('callbacks')
    .select(['callbackId', 'state', 'attempts', 'nextAt', 'lastAnswer'])
    .where('state', '=', state)
    .orderBy('nextAt')
    .limit(CALLBACKS_PAGE)
    .execute();
  return rows.map((row) => ({ ...row, nextAt: row.state === 'due' ? toInstant(row.nextAt) : null }));
}

/** Begins the attempts of a dead callback again. It keeps its id. */
export async function retryCallback(db: Database, user: User, callbackId: string, now: number): Promise<void> {
  if (user.role !== 'lead' && user.role !== 'administrator')
    throw refused('only a lead or an administrator tries a callback again');
  const { numUpdatedRows } = await db
    .updateTable('callbacks')
    .set({ state: 'due', attempts: 0, nextAt: now })
    .where('callbackId', '=', callbackId)
    .where('state', '=', 'dead')
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw refused(`there is no dead callback ${callbackId}; callbacks list shows all`);
}
