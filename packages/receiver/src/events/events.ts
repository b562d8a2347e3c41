/**
 * Decisions as signed lines for the provider's other systems, such as a review or rules engine. Flow: record, cases → here → cli.
 * Promise: one line for each decision, in the order of the record; the number of the last line is where the next call begins.
 * Spec: docs/design/receiver.md#events
 */
import { toHex } from '@lodestone/protocol/bytes';
import { type CaseEvent, type DecisionEvent, parseCaseEvent } from '@lodestone/protocol/case-event';
import { type CaseRecord, parseRecordLine, type RecordEntry } from '@lodestone/protocol/case-record';
import type { CaseAction } from '@lodestone/protocol/case-review';
import { LodestoneError } from '@lodestone/protocol/error';
import { fromInstant, toDay } from '@lodestone/protocol/time';
import type { Transaction } from 'kysely';
import { type CallbackHeaders, signCallback, verifyCallback } from '../callbacks/sign.ts';
import type { Database, Tables } from '../db/schema.ts';
import { lockRecord, recordAction } from '../record/append.ts';
import { addCounts } from '../report/counts.ts';
import { userFor } from '../users/users.ts';

/** A line. The signature is that of a callback: over id, timestamp and body. */
export interface EventLine extends CallbackHeaders {
  /** Number of the decision in the record. */
  seq: number;
  /** A `CaseEvent` as JSON. */
  body: string;
}

const EVENTS: Readonly<Partial<Record<CaseAction, DecisionEvent>>> = {
  dismiss: 'case.dismissed',
  report: 'case.reported',
  uphold: 'case.upheld',
  overturn: 'case.overturned',
};
const PAGE = 1_000;

/**
 * @param since number of the last decision that was read; -1 for all
 * @returns the lines, without line breaks
 * @throws {LodestoneError} `ERR_CASE` for another role than lead
 */
export async function exportEvents(
  db: Database,
  token: string,
  { since, secret }: { since: number; secret: string },
  now: number,
): Promise<string[]> {
  return db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    const user = await userFor(tx, token, 'export');
    const decisions = await decisionsSince(tx, since);
    if (decisions.length === 0) return [];
    const lines: string[] = [];
    for (const { type, entry } of decisions) lines.push(JSON.stringify(await lineOf(tx, type, entry, secret)));
    const cases = new Set(decisions.map(({ entry }) => entry.case)).size;
    await recordAction(tx, { type: 'data', action: 'export', cases }, user, now);
    await addCounts(tx, toDay(now), [{ measure: 'exports', dimension: 'format', key: 'event', count: lines.length }]);
    return lines;
  });
}

type Decided = RecordEntry & CaseRecord;

async function decisionsSince(
  tx: Transaction<Tables>,
  since: number,
): Promise<{ type: DecisionEvent; entry: Decided }[]> {
  const found: { type: DecisionEvent; entry: Decided }[] = [];
  for (let after = since; ;) {
    const rows = await tx
      .selectFrom('recordEntries')
      .select(['seq', 'line'])
      .where('seq', '>', after)
      .where('caseNo', 'is not', null)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    for (const { line } of rows) {
      const entry = parseRecordLine(line);
      const type = entry.type === 'case' ? decisionOf(entry) : undefined;
      if (entry.type === 'case' && type !== undefined) found.push({ type, entry });
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return found;
    after = last.seq;
  }
}

function decisionOf({ action, after }: CaseRecord): DecisionEvent | undefined {
  return action === 'confirm' && after === 'confirmed' ? 'case.confirmed' : EVENTS[action];
}

async function lineOf(
  tx: Transaction<Tables>,
  type: DecisionEvent,
  entry: Decided,
  secret: string,
): Promise<EventLine> {
  const row = await tx
    .selectFrom('cases')
    .select(['pseudonym', 'source', 'orderId'])
    .where('caseNo', '=', entry.case)
    .executeTakeFirst();
  const event: CaseEvent = {
    type,
    timestamp: entry.time,
    data: {
      case: entry.case,
      pseudonym: row ? toHex(row.pseudonym) : null,
      order: row ? { source: row.source, orderId: row.orderId } : null,
      ...('reason' in entry && { reason: entry.reason }),
    },
  };
  const body = JSON.stringify(event);
  return { seq: entry.seq, ...signCallback(secret, `evt_${entry.seq}`, body, fromInstant(entry.time)), body };
}

/** Verifies a line and reads it. @throws {LodestoneError} `ERR_RECEIVER` for a wrong signature, `ERR_SCHEMA` */
export function readEventLine(secret: string, line: string): CaseEvent {
  const { body = '', ...headers } = JSON.parse(line) as Partial<EventLine>;
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
  const signed = new Headers(names.map((name) => [name, headers[name] ?? '']));
  // A line may be read at any time: its own timestamp is in the signature.
  if (!verifyCallback(secret, signed, body, Number(signed.get('webhook-timestamp')) * 1_000))
    throw new LodestoneError('ERR_RECEIVER', 'the signature of the event is not that of the secret');
  return parseCaseEvent(new TextEncoder().encode(body));
}
