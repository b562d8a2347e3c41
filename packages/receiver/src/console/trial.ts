/**
 * Signing in without a passphrase, for receivers that are tried out: `serve --trial`, the demo. Flow: console → here → users.
 * Promise: refused on a receiver that has users of its own. Spec: docs/design/receiver.md#trial
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Name } from '@lodestone/protocol/name';
import type { Database } from '../db/schema.ts';
import { issueLink } from '../users/links.ts';
import { addUserIn, listUsers } from '../users/users.ts';

const ADMINISTRATOR = 'trial-administrator' as Name;
const LEAD = 'trial-lead' as Name;

/** @returns the token of a link that signs in as a lead, who is added first. @throws {LodestoneError} `ERR_RECEIVER` if there are other users */
export async function trialLink(db: Database, now: number): Promise<string> {
  const users = await listUsers(db);
  if (users.some(({ name }) => name !== ADMINISTRATOR && name !== LEAD))
    throw new LodestoneError(
      'ERR_RECEIVER',
      'a trial is for a receiver without users; this one has some, who sign in. Start it without --trial',
    );
  if (users.length === 0)
    await db.transaction().execute(async (tx) => {
      const token = await addUserIn(tx, undefined, { name: ADMINISTRATOR, role: 'administrator' }, now);
      await addUserIn(tx, token, { name: LEAD, role: 'lead' }, now);
    });
  return issueLink(db, LEAD, 'trial', now);
}
