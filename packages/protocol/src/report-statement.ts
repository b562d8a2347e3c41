/**
 * What only the provider knows, for its yearly report: the service, the risks, the measures and who signs. People write it; the receiver adds its
 * figures. Flow: a JSON file → `lodestone-receiver report` → transparency-report. Spec: docs/provide/report.md
 */
import * as z from 'zod/mini';
import { type DocumentKind, parseDocument } from './document.ts';
import { ruled } from './text.ts';

export const STATEMENT_SCHEMA = 'lodestone/report-statement/v1';
/** Above the longest statement of ordinary length; each part has its own bound. */
export const STATEMENT_BYTES = 524_288;

export const RISK_LEVELS = ['negligible', 'low', 'medium', 'high'] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

export const MEASURE_DECISIONS = ['adopted', 'adapted', 'not-adopted'] as const;
export type MeasureDecision = (typeof MEASURE_DECISIONS)[number];

/** A kind of harm: how likely it is on the service, how much it hurts, and why the provider thinks so. */
export interface HarmAssessment {
  harm: string;
  likelihood: RiskLevel;
  impact: RiskLevel;
  reasons: string;
}

export interface MeasureStatement {
  measure: string;
  decision: MeasureDecision;
  reasons: string;
}

export interface ReportStatement {
  schema: typeof STATEMENT_SCHEMA;
  /** The year that the report is about. */
  year: number;
  provider: { name: string; contact: string; legalRepresentative?: string | undefined };
  service: {
    name: string;
    description: string;
    endToEndEncrypted: boolean;
    /** How many people use it, and how that was counted. */
    users: string;
    /** What the service does that matters for the risks, each with where to check it: a page, or a path of the code. */
    facts: { fact: string; where: string }[];
  };
  assessment: {
    /** Day of the assessment, `2027-01-20`. */
    day: string;
    method: string;
    harms: HarmAssessment[];
    /** What would make a new assessment necessary. */
    triggers: string[];
  };
  measures: MeasureStatement[];
  /** Why the technologies are the least intrusive ones that are effective, and state of the art. */
  technologies: string;
  /** Targets for time and accuracy, and whether they were met. */
  targets: { target: string; result: string }[];
  /** Organisations that received data of the service, and what. Empty if none did. */
  recipients: { organisation: string; received: string }[];
  signOff: { name: string; role: string; day: string };
}

/** How the texts begin that a person has to replace. */
export const TO_DO = 'TODO: ';

/** Text of people. A text of the template is a fault, with what to write as its message. */
const written = (maxChars: number): z.ZodMiniType<string> =>
  ruled((value) => {
    const start = value.trimStart();
    if (start.startsWith(TO_DO.trim())) return `fill it in: ${start.slice(TO_DO.length)}`;
    if (!/[\p{L}\p{N}]/u.test(value)) return 'is empty'; // a space of no width is not text
    if (value.length > maxChars) return `at most ${maxChars} characters`;
    return /\p{Cc}/u.test(value) ? 'contains control characters' : undefined;
  });
const day: z.ZodMiniType<string> = ruled((value) =>
  isDay(value)
    ? undefined
    : `${value === '' ? 'is empty' : JSON.stringify(value.slice(0, 60))}: write a day such as 2027-01-20`,
);

function isDay(value: string): boolean {
  const ms = Date.parse(`${value}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(value) && Number.isFinite(ms) && new Date(ms).toISOString().startsWith(value);
}

const short = written(300);
const long = written(4_000);
const list = <T>(item: z.ZodMiniType<T>, least: number): z.ZodMiniType<T[]> =>
  z.array(item).check(z.minLength(least), z.maxLength(50));

export const ReportStatement: z.ZodMiniType<ReportStatement> = z.strictObject({
  schema: z.literal(STATEMENT_SCHEMA),
  year: z.int().check(z.gte(2000), z.lte(9999)),
  provider: z.strictObject({ name: short, contact: short, legalRepresentative: z.optional(short) }),
  service: z.strictObject({
    name: short,
    description: long,
    endToEndEncrypted: z.boolean(),
    users: short,
    facts: list(z.strictObject({ fact: long, where: short }), 1),
  }),
  assessment: z.strictObject({
    day,
    method: long,
    harms: list(
      z.strictObject({ harm: short, likelihood: z.enum(RISK_LEVELS), impact: z.enum(RISK_LEVELS), reasons: long }),
      1,
    ),
    triggers: list(long, 1),
  }),
  measures: list(z.strictObject({ measure: short, decision: z.enum(MEASURE_DECISIONS), reasons: long }), 1),
  technologies: long,
  targets: list(z.strictObject({ target: long, result: long }), 0),
  recipients: list(z.strictObject({ organisation: short, received: long }), 0),
  signOff: z.strictObject({ name: short, role: short, day }),
});

/** @throws {LodestoneError} `ERR_SIZE`, `ERR_SCHEMA` with each place that has to be filled in */
export function parseStatement(bytes: Uint8Array, what: string): ReportStatement {
  // Without `schema`: a place that is not filled in is no sign of another version, and a wrong `schema` is a fault by itself.
  const kind: DocumentKind = { what, maxBytes: STATEMENT_BYTES };
  return parseDocument(ReportStatement, bytes, kind);
}

const fill = (what: string): string => `${TO_DO}${what}`;
const harm = (name: string): object => ({
  harm: name,
  likelihood: fill(RISK_LEVELS.join(', ')),
  impact: fill(RISK_LEVELS.join(', ')),
  reasons: fill('why, with what shows it'),
});
const measure = (name: string): object => ({
  measure: name,
  decision: fill(MEASURE_DECISIONS.join(', ')),
  reasons: fill('why, and for an adopted measure since when'),
});

/** A statement with everything left to write. Harms and measures are examples: delete and add. */
export function statementTemplate(year: number): object {
  return {
    schema: STATEMENT_SCHEMA,
    year,
    provider: {
      name: fill('the provider’s legal name'),
      contact: fill('an address at which people get an answer'),
      legalRepresentative: fill('who represents the provider in the Union; delete the line if nobody has to'),
    },
    service: {
      name: fill('the name that users know'),
      description: fill('what people do with the service'),
      endToEndEncrypted: fill('true or false, without quotes'),
      users: fill('how many people use it, and how that was counted'),
      facts: [
        { fact: fill('what matters for the risks'), where: fill('where to check it: a page, or a path of the code') },
      ],
    },
    assessment: {
      day: fill('the day of the assessment'),
      method: fill('how the risks were assessed, and by whom'),
      harms: [
        harm('Known child sexual abuse material is shared'),
        harm('New child sexual abuse material is shared'),
        harm('Children are approached'),
        harm('An innocent user is reported'),
        harm('Detection is used for something else'),
      ],
      triggers: [fill('what would make a new assessment necessary')],
    },
    measures: [
      measure('Matching against lists of known material on the device'),
      measure('A classifier on the device'),
      measure('A warning on the device that sends nothing'),
      measure('Reports by users'),
    ],
    technologies: fill('why they are the least intrusive ones that are effective, and state of the art'),
    targets: [
      {
        target: fill('for example: a first decision within 7 days'),
        result: fill('whether it was met, by which figure of the report'),
      },
    ],
    recipients: [
      { organisation: fill('who received data; empty the list if nobody did'), received: fill('what, on which basis') },
    ],
    signOff: {
      name: fill('who answers for this report'),
      role: fill('their role'),
      day: fill('the day on which they signed'),
    },
  };
}
