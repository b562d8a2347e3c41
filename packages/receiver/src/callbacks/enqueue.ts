/** Writes a message that a receiver with its address sends. Flow: contests/outcome, cases/request → here → deliver. Spec: docs/design/receiver.md#callbacks */
import type { CaseEvent } from '@lodestone/protocol/case-event';
import type { ContestEvent } from '@lodestone/protocol/contest';
import { toDay } from '@lodestone/protocol/time';
import type { Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';
import type { CallbacksTable } from '../db/schema-contests.ts';
import { callbackId } from './sign.ts';

export type Message = Pick<CallbacksTable, 'contestNo'> & { caseNo: number | null } & (
    | { target: 'contests'; event: ContestEvent }
    | { target: 'preserve' | 'takedown'; event: CaseEvent }
  );

export async function enqueueCallback(
  tx: Transaction<Tables>,
  { target, contestNo, caseNo, event }: Message,
  now: number,
): Promise<void> {
  await tx
    .insertInto('callbacks')
    .values({
      callbackId: callbackId(),
      target,
      contestNo,
      caseNo,
      body: JSON.stringify(event),
      state: 'due',
      attempts: 0,
      nextAt: now,
      createdDay: toDay(now),
    })
    .execute();
}
