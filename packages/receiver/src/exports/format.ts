/** What every export format gets. Flow: cli → formats → here ← formats/*. Spec: docs/design/receiver.md#exports */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import type { DetectionOrder } from '@lodestone/protocol/order';
import { text } from '@lodestone/protocol/text';
import * as z from 'zod/mini';
import type { CaseEntry } from '../cases/cases.ts';
import type { CaseSummary } from '../cases/list-cases.ts';
import type { Incident } from './formats/ncmec-elements.ts';
import { INCIDENTS } from './formats/ncmec-elements.ts';

/** Who reports, as the file of `--reporter` has it. */
export interface Reporter {
  /** Name of the messaging service. */
  service: string;
  reportingPerson: { firstName: string; lastName: string; email: string };
  termsOfService?: string | undefined;
  legalURL?: string | undefined;
  /** Who represents the provider in the Union. For the format eu-centre. */
  legalRepresentative?: string | undefined;
  /** Where it happened, if not in a chat: one of NCMEC's kinds, with its text elements. For the format ncmec. */
  incident?: { [kind in Incident]?: Record<string, string> | undefined } | undefined;
}

const short = text(300);
const Fields: z.ZodMiniType<Record<string, string>> = z.record(z.string(), text(3_000));
export const Reporter: z.ZodMiniType<Reporter> = z.strictObject({
  service: short,
  reportingPerson: z.strictObject({ firstName: short, lastName: short, email: short }),
  termsOfService: z.optional(text(3_000)),
  legalURL: z.optional(text(3_000)),
  legalRepresentative: z.optional(short),
  incident: z.optional(z.partialRecord(z.enum(INCIDENTS), Fields)),
});

export interface ExportedCase {
  case: CaseSummary;
  evidence: { entries: readonly CaseEntry[]; more: number };
  /** What was done, from the record. */
  actions: readonly RecordEntry[];
  /** The newest version of the order; undefined if it is not stored. */
  order: DetectionOrder | undefined;
  reporter: Reporter;
  /** The account as the provider's own systems name it, found under its own procedure. */
  account?: string | undefined;
  /** False: the export is marked as a test. */
  isReal: boolean;
}

export interface ExportFormat {
  /** For the help of `--format`. */
  readonly what: string;
  readonly print: (exported: ExportedCase, now: number) => string;
}

/** Of the entries that count: those that are not withdrawn. */
export function standingEntries({ evidence }: Pick<ExportedCase, 'evidence'>): CaseEntry[] {
  return evidence.entries.filter(({ isSuppressed }) => !isSuppressed);
}

/** Why there is no content. It says that the provider has none only if the order says that the service is end-to-end encrypted. */
export function whyNoContent(order: DetectionOrder | undefined): string {
  const matched = 'The user’s own device matched files against a signed list';
  return order?.service.endToEndEncrypted
    ? `The service is end-to-end encrypted. ${matched}; the provider has no file and has viewed none.`
    : `${matched}. This report is made from the device’s signals, which contain no file.`;
}

export const TEST = 'TEST: this is not a real report. ';
