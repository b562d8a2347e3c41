/** The orders that were in force in a year, with their legal basis. Flow: database → here → build. Spec: docs/provide/report.md#figures */
import { type DetectionOrder, parseOrder } from '@lodestone/protocol/order';
import type { Name } from '@lodestone/protocol/name';
import { fromInstant, toInstant } from '@lodestone/protocol/time';
import { REPORT_ORDERS, type ReportedOrder } from '@lodestone/protocol/transparency-report';
import type { Transaction } from 'kysely';
import type { Tables } from '../db/schema.ts';

/** Each once, in its newest version. */
export async function ordersOfYear(tx: Transaction<Tables>, year: number): Promise<ReportedOrder[]> {
  const rows = await tx
    .selectFrom('orders as o')
    .leftJoin('lineages as l', (join) => join.onRef('l.source', '=', 'o.source').onRef('l.orderId', '=', 'o.orderId'))
    .distinctOn(['o.source', 'o.orderId'])
    .select(['o.source', 'o.orderId', 'o.document', 'l.endsAt'])
    .orderBy('o.source')
    .orderBy('o.orderId')
    .orderBy('o.orderNo', 'desc')
    .execute();
  return rows
    .map(({ source, orderId, document, endsAt }) => toReported({ source, orderId, endsAt }, parseOrder(document)))
    .filter((order) => touches(order, year))
    .slice(0, REPORT_ORDERS);
}

function touches({ notBefore, endsAt }: ReportedOrder, year: number): boolean {
  return fromInstant(notBefore) < Date.UTC(year + 1, 0) && fromInstant(endsAt) > Date.UTC(year, 0);
}

function toReported(
  { source, orderId, endsAt }: { source: Name; orderId: Name; endsAt: number | null },
  { basis, legal, issuer, service, surfaces, detect, receiver, notBefore, notAfter }: DetectionOrder,
): ReportedOrder {
  return {
    source,
    orderId,
    basis,
    instrument: legal.instrument,
    jurisdiction: legal.jurisdiction,
    authority: issuer.authority,
    ...(issuer.court !== undefined && { court: issuer.court }),
    reference: issuer.reference,
    endToEndEncrypted: service.endToEndEncrypted,
    surfaces,
    detects: detect.map((item) => (item.kind === 'known' ? item.list : item.model)),
    signals: receiver !== undefined,
    notBefore,
    endsAt: toInstant(Math.min(fromInstant(notAfter), endsAt ?? Infinity)),
  };
}
