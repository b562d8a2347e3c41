/**
 * The record as a file: a header, then one line for each entry. Flow: database → here → cli → `lodestone-audit record`.
 * Promise: entries that are appended meanwhile are left out, so the header is true. Spec: docs/design/receiver.md#record
 */
import { NO_ENTRY, parseRecordLine, printRecordHeader } from '@lodestone/protocol/case-record';
import type { Database } from '../db/schema.ts';

const PAGE = 1_000;

/** Yields lines without their line break. */
export async function* exportRecord(db: Database): AsyncGenerator<string> {
  const last = await db
    .selectFrom('recordEntries')
    .select(['seq', 'line'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const end = last?.seq ?? -1;
  yield printRecordHeader(end + 1, last ? parseRecordLine(last.line).digest : NO_ENTRY);
  for (let from = 0; from <= end; from += PAGE) {
    const rows = await db
      .selectFrom('recordEntries')
      .select('line')
      .where('seq', '>=', from)
      .where('seq', '<', Math.min(from + PAGE, end + 1))
      .orderBy('seq')
      .execute();
    for (const { line } of rows) yield line;
  }
}
