/**
 * Feedback as a file for one authority: a line for each entry of each overturned decision, and for each entry that a
 * lead questioned, on the lists of that authority.
 * Flow: cli → here → `lodestone-authority feedback`. Spec: docs/design/receiver.md#feedback
 */
import { FEEDBACK_LINES, printFeedbackLine } from '@lodestone/protocol/feedback';
import type { Name } from '@lodestone/protocol/name';
import { sql } from 'kysely';
import { toDate } from '../cases/cases.ts';
import { refused } from '../cases/step.ts';
import type { Database } from '../db/schema.ts';
import type { FeedbackTable } from '../db/schema-contests.ts';
import type { User } from '../users/users.ts';

const LIST = /^([^:]+):v1\/lists\/([^/]+)\/manifest\.json$/;

/** @param source name of the authority, as receiver.json has it. @returns lines with their line breaks */
export async function exportFeedback(db: Database, user: User, source: Name): Promise<string[]> {
  if (user.role !== 'lead') throw refused('only a lead exports feedback');
  const rows = await db
    .selectFrom('feedback')
    .selectAll()
    .where(sql<boolean>`split_part(reference, ':', 1) = ${source}`)
    .orderBy('feedbackNo')
    .limit(FEEDBACK_LINES)
    .execute();
  return rows.flatMap(feedbackLine);
}

type FeedbackRow = Pick<FeedbackTable, 'reference' | 'entry' | 'reason' | 'evidence' | 'day'>;

/** @returns nothing for what is of no list */
export function feedbackLine({ reference, entry, reason, evidence, day }: FeedbackRow): string[] {
  const [, , list] = LIST.exec(reference) ?? [];
  if (list === undefined || evidence === 'classifier') return [];
  return [printFeedbackLine({ list: list as Name, entry, reason, evidence, day: toDate(day) })];
}
