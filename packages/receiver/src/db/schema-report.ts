/** The table of totals by month, which outlast what they count. Flow: ../report/counts → here. Spec: docs/design/receiver.md#yearly-report */
import type { Month } from '@lodestone/protocol/subject-ids';

/** What is counted. `began`: the day on which a database that was in use before began to count. */
export const MEASURES = [
  'began',
  'actions', // of the record
  'signals',
  'requests', // bodies by outcome, once their days are no longer kept
  'cases', // that reached their threshold
  'confirmed', // by two people
  'dismissed',
  'overturned', // confirmations
  'overturnedDismissals',
  'daysToReview', // from the opening of a case
  'daysToDecision', // from the opening of a case
  'daysToOutcome', // from a contest
  'complaints', // contests by receipt
  'exports', // files and lines of cases
  'callbacks',
  'floods',
  'withdrawnEntries',
] as const;
export type Measure = (typeof MEASURES)[number];

/** By what a measure is divided. Each division of a measure counts everything once. */
export type Dimension =
  | 'day'
  | 'action'
  | 'order'
  | 'list'
  | 'surface'
  | 'media'
  | 'evidence'
  | 'technology'
  | 'reason'
  | 'days'
  | 'outcome'
  | 'event'
  | 'format'
  | 'target'
  | 'cause';

/** Nothing here leads to a case or a subject. A trigger refuses a smaller count and a deletion. */
export interface MonthlyCountsTable {
  /** By the receiver's clock, in UTC. */
  month: Month;
  measure: Measure;
  dimension: Dimension;
  key: string;
  count: number;
}
