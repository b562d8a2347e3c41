/**
 * A case as a report to NCMEC's CyberTipline, without files: the receiver never has any. Flow: formats → here → ordered-xml → a
 * file. Promise: nothing is sent; it says TEST unless the reporter asks for a real one; what only the provider knows (the
 * account) is an argument. Spec: docs/design/receiver.md#exports
 */
import { toInstant } from '@lodestone/protocol/time';
import type { CaseEntry } from '../../cases/cases.ts';
import { printXml, type XmlValues } from '../ordered-xml.ts';
import { type ExportedCase, type Reporter, standingEntries, TEST, whyNoContent } from '../format.ts';
import { INCIDENTS, NCMEC_REPORT } from './ncmec-elements.ts';

/** One of the eight that NCMEC accepts. */
const INCIDENT_TYPE = 'Child Pornography (possession, manufacture, and distribution)';
/** Of the entries that fit into NCMEC's longest text. */
const SHOWN_ENTRIES = 10;

export function ncmecReport(exported: ExportedCase, now: number): string {
  const { case: shown, evidence, order, reporter, account, isReal } = exported;
  const { service, reportingPerson, termsOfService, legalURL } = reporter;
  const entries = standingEntries(exported);
  const lastDay = entries.map((each) => each.lastDay).reduce((a, b) => (a > b ? a : b), shown.openedDay);
  const mark = isReal ? '' : TEST;
  return printXml(NCMEC_REPORT, {
    incidentSummary: {
      incidentType: INCIDENT_TYPE,
      // A time in the future is refused, and a device's clock may be a day ahead.
      incidentDateTime: toInstant(Math.min(Date.parse(lastDay), now - 1_000)),
      incidentDateTimeDescription: 'UTC day of the last match, or of the case. No finer time is known.',
    },
    internetDetails: incidents(reporter).map(([kind, fields]) => ({
      [kind]: { ...fields, additionalInfo: `${mark}${whyNoContent(order)}` },
    })),
    reporter: { reportingPerson, termsOfService, legalURL },
    personOrUserReported: account === undefined ? undefined : { espIdentifier: account, espService: service },
    additionalInfo: `${mark}Case ${shown.caseNo}, confirmed by two people.\n${evidenceText(entries, evidence.more)}`,
  });
}

/** One in a chat, unless the reporter names others. */
function incidents({ service, incident }: Reporter): (readonly [string, XmlValues])[] {
  const named = INCIDENTS.flatMap((kind) => (incident?.[kind] ? [[kind, incident[kind]] as const] : []));
  return named.length > 0 ? named : [['chatImIncident', { chatClient: service }]];
}

function evidenceText(entries: readonly CaseEntry[], more: number): string {
  const lines = entries
    .slice(0, SHOWN_ENTRIES)
    .map(({ reference, version, kind, entry, level, signals, firstDay, lastDay }) => {
      const match = kind === 'match' ? `entry ${entry}, ${level} of 256 bits differ` : `bucket ${level} of 10`;
      return `${reference} version ${version ?? '-'}: ${match}, ${signals} ${signals === 1 ? 'signal' : 'signals'}, ${firstDay} to ${lastDay}`;
    });
  const left = entries.length - lines.length + more;
  return [...lines, ...(left > 0 ? [`and ${left} more entries`] : [])].join('\n');
}
