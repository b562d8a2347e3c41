/**
 * A provider's report about one year, as JSON: what people stated, and the receiver's figures with those of the year before. No case and no subject is in
 * it, and small counts are hidden. Flow: receiver/report → a file, which the provider publishes. Spec: docs/provide/report.md
 */
import * as z from 'zod/mini';
import { Digest } from './digest.ts';
import { type DocumentKind, parseDocument, printDocument } from './document.ts';
import { Name } from './name.ts';
import { BASES, type Basis } from './order.ts';
import { ReportStatement } from './report-statement.ts';
import { Surface } from './surface.ts';
import { text } from './text.ts';
import { Instant } from './time.ts';

export const REPORT_SCHEMA = 'lodestone/transparency-report/v1';
export const REPORT_BYTES = 8_388_608;

/** Counts from 1 to below this are hidden. Others are shown as the nearest multiple of it, so that no hidden one can be computed. */
export const SMALL_COUNT = 10;

/** On what a case rests: exact matches, near matches that a classifier confirmed, a classifier alone, or several of them. */
export const CASE_TECHNOLOGIES = ['exact', 'confirmed', 'classifier', 'several', 'unknown'] as const;
export type CaseTechnology = (typeof CASE_TECHNOLOGIES)[number];
/** A case whose signals are of several technologies, lists or surfaces counts here. */
export const SEVERAL = 'several';
/** A case whose signals were deleted before the decision. */
export const UNKNOWN = 'unknown';

/** A multiple of `SMALL_COUNT`. Null: hidden, because it is small, or because it would tell too much about a small one. */
export type Count = number | null;

/** Each counts something by a key. */
export const BREAKDOWNS = [
  'totals',
  'signalsByMonth',
  'signalsByOrder',
  'signalsByList',
  'signalsBySurface',
  'signalsByMedia',
  'signalsByEvidence',
  'otherRequests', // bodies that were no new signal
  'confirmedByTechnology',
  'dismissedByTechnology',
  'overturnedByTechnology',
  'confirmedByList',
  'dismissedByList',
  'overturnedByList',
  'confirmedBySurface',
  'dismissedBySurface',
  'overturnedBySurface',
  'confirmedByOrder',
  'dismissedByOrder',
  'overturnedByOrder',
  'dismissedByReason',
  'overturnedByReason',
  'complaints', // contests by receipt, and what the users were told
  'contests', // of cases, by whom, and how they ended
  'exports',
  'callbacks',
  'requests', // to other systems of the provider
  'lookups',
  'floods',
  'withdrawnByCause',
  'withdrawnByList',
  'deletions',
] as const;
export type BreakdownName = (typeof BREAKDOWNS)[number];

export interface ReportRow {
  key: string;
  year: Count;
  before: Count;
}

/** Confirmed cases of all that were confirmed or dismissed, with a 95 % Wilson interval that also covers the rounding. */
export interface Precision {
  value: number;
  low: number;
  high: number;
}

export const PRECISION_KINDS = ['technology', 'list', 'surface', 'order'] as const;
export type PrecisionKind = (typeof PRECISION_KINDS)[number];

/** Null where a count that it needs is hidden, or nothing was decided. */
export interface PrecisionRow {
  key: string;
  year: Precision | null;
  before: Precision | null;
}

export const MEDIANS = ['daysToReview', 'daysToDecision', 'daysToOutcome'] as const;
export type MedianName = (typeof MEDIANS)[number];

/** An order that was in force in the year, in its newest version. */
export interface ReportedOrder {
  source: Name;
  orderId: Name;
  basis: Basis;
  instrument: string;
  jurisdiction: string;
  authority: string;
  court?: string | undefined;
  reference: string;
  endToEndEncrypted: boolean;
  surfaces: Surface[];
  /** Lists and models. */
  detects: string[];
  /** Whether it lets devices signal. */
  signals: boolean;
  notBefore: Instant;
  /** When it ends, or ended before its own end. */
  endsAt: Instant;
}

export interface TransparencyReport {
  schema: typeof REPORT_SCHEMA;
  year: number;
  /** False while the year lasts or signals of it wait: such a report is a draft, because later figures minus its own show small counts. */
  isFinal: boolean;
  writtenAt: Instant;
  /** Of the receiver. */
  release: string;
  smallCount: number;
  /** The day on which the receiver began to count by list, surface, evidence and decision, if it was in use before; else null. */
  countedSince: string | null;
  /** Digest of the last entry of the record; `lodestone-audit record` prints that of an export. */
  recordHead: Digest;
  statement: ReportStatement;
  orders: ReportedOrder[];
  breakdowns: Record<BreakdownName, ReportRow[]>;
  precision: Record<PrecisionKind, PrecisionRow[]>;
  /** In days. Null for fewer than `smallCount` of them. */
  medians: Record<MedianName, { year: number | null; before: number | null }>;
  /** Days for which the receiver keeps what, as it is configured now. */
  retention: Record<string, number>;
  /** What the figures cannot show. */
  notKnown: string[];
}

/** Of a breakdown. Others are counted together. */
export const REPORT_ROWS = 500;
export const REPORT_ORDERS = 500;

const day = z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/));
const key = z.string().check(z.minLength(1), z.maxLength(400));
const count = z.nullable(z.int().check(z.gte(0), z.multipleOf(SMALL_COUNT)));
const share = z.number().check(z.gte(0), z.lte(1));
const median = z.nullable(z.number().check(z.gte(0)));
const rows = <T>(row: z.ZodMiniType<T>): z.ZodMiniType<T[]> => z.array(row).check(z.maxLength(REPORT_ROWS + 1));
const precision = z.nullable(z.strictObject({ value: share, low: share, high: share }));

const ReportRow: z.ZodMiniType<ReportRow> = z.strictObject({ key, year: count, before: count });
const PrecisionRow: z.ZodMiniType<PrecisionRow> = z.strictObject({ key, year: precision, before: precision });
const ReportedOrder: z.ZodMiniType<ReportedOrder> = z.strictObject({
  source: Name,
  orderId: Name,
  basis: z.enum(BASES),
  instrument: text(300),
  jurisdiction: text(100),
  authority: text(300),
  court: z.optional(text(300)),
  reference: text(200),
  endToEndEncrypted: z.boolean(),
  surfaces: z.array(Surface).check(z.maxLength(8)),
  detects: z.array(key).check(z.maxLength(100)),
  signals: z.boolean(),
  notBefore: Instant,
  endsAt: Instant,
});

/** Each key is required, and no other is allowed. */
function each<K extends string, T>(keys: readonly K[], value: z.ZodMiniType<T>): z.ZodMiniType<Record<K, T>> {
  return z.record(z.enum(keys), value) as z.ZodMiniType as z.ZodMiniType<Record<K, T>>;
}

export const TransparencyReport: z.ZodMiniType<TransparencyReport> = z.strictObject({
  schema: z.literal(REPORT_SCHEMA),
  year: z.int().check(z.gte(2000), z.lte(9999)),
  isFinal: z.boolean(),
  writtenAt: Instant,
  release: text(100),
  smallCount: z.literal(SMALL_COUNT),
  countedSince: z.nullable(day),
  recordHead: Digest,
  statement: ReportStatement,
  orders: z.array(ReportedOrder).check(z.maxLength(REPORT_ORDERS)),
  breakdowns: each(BREAKDOWNS, rows(ReportRow)),
  precision: each(PRECISION_KINDS, rows(PrecisionRow)),
  medians: each(MEDIANS, z.strictObject({ year: median, before: median })),
  retention: z.record(key, z.int().check(z.gte(0))),
  notKnown: z.array(text(1_000)).check(z.maxLength(20)),
});

const KIND: DocumentKind = { what: 'report', maxBytes: REPORT_BYTES, schema: REPORT_SCHEMA };

/** @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` */
export function parseReport(bytes: Uint8Array): TransparencyReport {
  return parseDocument(TransparencyReport, bytes, KIND);
}
export function printReport(report: TransparencyReport): Uint8Array<ArrayBuffer> {
  return printDocument(TransparencyReport, report, KIND);
}
