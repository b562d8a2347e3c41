/**
 * A case as JSON with the parts that a report to the EU Centre has in the Commission's proposal (COM(2022) 209, Article 13 and
 * Annex III). The regulation is not adopted, so the form is ours. Flow: formats → here.
 * Promise: what the receiver does not know is null, and never guessed. Spec: docs/design/receiver.md#exports
 */
import { toInstant } from '@lodestone/protocol/time';
import { type ExportedCase, standingEntries, whyNoContent } from '../format.ts';

const EU_REPORT_SCHEMA = 'lodestone/eu-report/v1';

export function euCentreReport(exported: ExportedCase, now: number): string {
  const { case: shown, evidence, actions, order, reporter, account = null, isReal } = exported;
  const report = {
    schema: EU_REPORT_SCHEMA,
    isTest: !isReal,
    made: toInstant(now),
    case: shown.caseNo,
    provider: {
      service: reporter.service,
      legalRepresentative: reporter.legalRepresentative ?? null,
      contact: reporter.reportingPerson,
    },
    contentData: [],
    whyNoContentData: whyNoContent(order),
    kind: 'known',
    matches: standingEntries(exported)
      .filter(({ kind }) => kind === 'match')
      .map(({ reference, version, entry, level, signals, exactSignals, firstDay, lastDay }) => ({
        list: reference,
        version,
        entry,
        differentBits: level,
        signals,
        exactSignals,
        firstDay,
        lastDay,
      })),
    moreMatches: evidence.more,
    user: { account },
    location: null,
    alsoReportedTo: null,
    accessRemoved: null,
    isUrgent: null,
    decisions: actions.filter(({ type }) => type === 'case').map(({ time, action, role }) => ({ time, action, role })),
    legalBasis: {
      source: shown.order.source,
      order: shown.order.orderId,
      basis: order?.basis ?? null,
      instrument: order?.legal.instrument ?? null,
      jurisdiction: order?.legal.jurisdiction ?? null,
    },
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
