/**
 * The outcomes of a request body: the one list, from which types, columns and the console's texts follow.
 * Promise: every outcome gets the same 204, so the sender never learns which one it was.
 * A new outcome needs an entry here, the rule that returns it, and a migration that adds its column to `counts`.
 * Spec: docs/design/receiver.md#outcomes.
 */
export const OUTCOMES = [
  'counted',
  'duplicate',
  'cover',
  'malformed',
  'decryptionFailed',
  'unknownOrder',
  'unknownManifest',
  'endedOrder',
  'dayOutOfRange',
  'invalidSubjectId',
  'noDetectItem',
  'unknownEntry',
  'overLimit',
  'erased',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface OutcomeInfo {
  /** Row title in the console. */
  readonly title: string;
  /** The body was neither a valid signal nor cover traffic. */
  readonly isRejected: boolean;
}

export const OUTCOME_INFO: Readonly<Record<Outcome, OutcomeInfo>> = {
  counted: { title: 'Signals counted', isRejected: false },
  duplicate: { title: 'Signals already counted', isRejected: false },
  cover: { title: 'Cover traffic', isRejected: false },
  malformed: { title: 'Rejected: not in the signal format', isRejected: true },
  decryptionFailed: { title: 'Rejected: no private key decrypts it', isRejected: true },
  unknownOrder: { title: 'Rejected: order still unknown after 7 days', isRejected: true },
  unknownManifest: { title: 'Rejected: list version still unknown after 7 days', isRejected: true },
  endedOrder: { title: 'Rejected: the order ended or was withdrawn more than 24 hours ago', isRejected: true },
  dayOutOfRange: { title: 'Rejected: day too old, in the future, or outside the order’s validity', isRejected: true },
  invalidSubjectId: {
    title: 'Rejected: subject id not issued by the account service, or not for this day and endpoint',
    isRejected: true,
  },
  noDetectItem: { title: 'Rejected: the order requests no such signal', isRejected: true },
  unknownEntry: { title: 'Rejected: the list version has no such entry, or not for this evidence', isRejected: true },
  overLimit: { title: 'Not stored: too many signals of one subject in one counting window', isRejected: true },
  erased: { title: 'Not stored: data of this subject was erased after the match', isRejected: true },
};

/** Number of bodies for each outcome. */
export type OutcomeCounts = Record<Outcome, number>;

export function zeroCounts(): OutcomeCounts {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as OutcomeCounts;
}
