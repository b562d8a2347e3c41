/**
 * A case as a report to NCMEC's CyberTipline, without files: the receiver never has any. Flow: cli → here → ordered-xml → a
 * file. Promise: nothing is sent; it says TEST unless the reporter asks for a real one; what only the provider knows (the
 * account) is an argument. Spec: docs/design/receiver.md#exports
 */
import { text } from '@lodestone/protocol/text';
import { toInstant } from '@lodestone/protocol/time';
import * as z from 'zod/mini';
import type { CaseEntry } from '../cases/cases.ts';
import type { CaseSummary } from '../cases/list-cases.ts';
import { NCMEC_REPORT } from './ncmec-elements.ts';
import { printXml } from './ordered-xml.ts';

/** Who reports, as the file of `--reporter` has it. */
export interface Reporter {
  /** Name of the messaging service. */
  service: string;
  reportingPerson: { firstName: string; lastName: string; email: string };
  termsOfService?: string | undefined;
  legalURL?: string | undefined;
}

const short = text(300);
export const Reporter: z.ZodMiniType<Reporter> = z.strictObject({
  service: short,
  reportingPerson: z.strictObject({ firstName: short, lastName: short, email: short }),
  termsOfService: z.optional(text(3_000)),
  legalURL: z.optional(text(3_000)),
});

export interface ReportOptions {
  case: CaseSummary;
  evidence: { entries: readonly CaseEntry[]; more: number };
  reporter: Reporter;
  /** The account as the provider's own systems name it, found under its own procedure. */
  account?: string | undefined;
  /** False: the report is marked as a test. */
  isReal: boolean;
}

/** One of the eight that NCMEC accepts. */
const INCIDENT_TYPE = 'Child Pornography (possession, manufacture, and distribution)';
const TEST = 'TEST: this is not a real report. ';
/** Of the entries that fit into NCMEC's longest text. */
const SHOWN_ENTRIES = 10;

export function ncmecReport({ case: shown, evidence, reporter, account, isReal }: ReportOptions, now: number): string {
  const { service, reportingPerson, termsOfService, legalURL } = reporter;
  const entries = evidence.entries.filter(({ isSuppressed }) => !isSuppressed);
  const lastDay = entries.map((each) => each.lastDay).reduce((a, b) => (a > b ? a : b), shown.openedDay);
  const mark = isReal ? '' : TEST;
  return printXml(NCMEC_REPORT, {
    incidentSummary: {
      incidentType: INCIDENT_TYPE,
      // A time in the future is refused, and a device's clock may be a day ahead.
      incidentDateTime: toInstant(Math.min(Date.parse(lastDay), now - 1_000)),
      incidentDateTimeDescription: 'UTC day of the last match, or of the case. No finer time is known.',
    },
    internetDetails: [{ chatImIncident: { chatClient: service, additionalInfo: `${mark}${CLAIM}` } }],
    reporter: { reportingPerson, termsOfService, legalURL },
    personOrUserReported: account === undefined ? undefined : { espIdentifier: account, espService: service },
    additionalInfo: `${mark}Case ${shown.caseNo}, confirmed by two people.\n${evidenceText(entries, evidence.more)}`,
  });
}

const CLAIM =
  'The service is end-to-end encrypted. The user’s own device matched files against a signed list; the provider has no file and has viewed none.';

function evidenceText(entries: readonly CaseEntry[], more: number): string {
  const lines = entries
    .slice(0, SHOWN_ENTRIES)
    .map(({ reference, version, kind, entry, level, signals, firstDay, lastDay }) => {
      const match = kind === 'match' ? `entry ${entry}, ${level} of 256 bits differ` : `bucket ${level} of 10`;
      return `${reference} version ${version ?? '-'}: ${match}, ${signals} times, ${firstDay} to ${lastDay}`;
    });
  const left = entries.length - lines.length + more;
  return [...lines, ...(left > 0 ? [`and ${left} more entries`] : [])].join('\n');
}
