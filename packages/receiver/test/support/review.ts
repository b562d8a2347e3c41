/** People who review cases of the world, for suites. */
import type { CaseAction, CaseReason } from '@lodestone/protocol/case-review';
import type { Receipt } from '@lodestone/protocol/contest';
import type { Name } from '@lodestone/protocol/name';
import { PEOPLE, type Person } from '@lodestone/testkit/people';
import { receiptOf } from '@lodestone/trust';
import { expect } from 'vitest';
import { actOnCase } from '../../src/cases/act.ts';
import type { Database } from '../../src/db/schema.ts';
import { addUser, type User } from '../../src/users/users.ts';
import { NOON, type Subject, type World } from './world.ts';

export type { Person };
export const as = (name: Person): User => ({ name: name as string as Name, role: PEOPLE[name] });

/** One token for each person of a world, whichever suite runs first. */
const tokens = new WeakMap<World, Map<Person, string>>();

/** @param the the world, which exists once tests run */
export function reviewOf(the: () => World) {
  const db = (): Database => the().database.db;
  const token = (name: Person): string => tokens.get(the())?.get(name) ?? '';
  const caseNoOf = async ({ pseudonym }: Subject): Promise<number> => {
    const rows = await db()
      .selectFrom('cases')
      .select('caseNo')
      .where('pseudonym', '=', pseudonym)
      .orderBy('caseNo')
      .execute();
    return rows.at(-1)?.caseNo ?? 0;
  };
  return {
    db,
    token,
    caseNoOf,
    async addPeople(): Promise<void> {
      if (tokens.has(the())) return;
      const added = new Map<Person, string>();
      tokens.set(the(), added);
      for (const name of Object.keys(PEOPLE) as Person[])
        added.set(name, await addUser(db(), added.get('root'), as(name), NOON));
    },
    act: (
      name: Person,
      action: CaseAction,
      caseNo: number,
      more: { reason?: CaseReason; text?: string; answer?: string } = {},
      on = db(),
    ) => actOnCase(on, token(name), { caseNo, action, ...more }, the().now),
    isRefused: (why: string) => ({ code: 'ERR_CASE', message: expect.stringContaining(why) }),
    /** A case of a new subject, with the receipts of its signals. */
    async newCase(
      entries: readonly number[] = [1, 2],
    ): Promise<{ subject: Subject; caseNo: number; receipts: [Receipt, Receipt, ...Receipt[]] }> {
      const world = the();
      const subject = await world.subject();
      const receipts: Receipt[] = [];
      for (const entry of entries) {
        const id = subject.id();
        receipts.push(receiptOf(id.signalId) as Receipt);
        await world.send(world.match({ ...id, entry }));
      }
      return { subject, caseNo: await caseNoOf(subject), receipts: receipts as [Receipt, Receipt] };
    },
    stateOf: async (caseNo: number) =>
      (
        await db()
          .selectFrom('cases')
          .select(['state', 'holder', 'isDecided', 'dueDay'])
          .where('caseNo', '=', caseNo)
          .execute()
      )[0],
  };
}
