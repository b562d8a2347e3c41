/** What the keys of the report are called on its page. Spec: docs/provide/report.md#figures */
import { OUTCOME_INFO } from '../../ingest/outcome.ts';
import type { BreakdownName, MedianName } from '@lodestone/protocol/transparency-report';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

const OF_CASES = {
  several: 'Several of them',
  unknown: 'Not known: signals were deleted before the decision',
};
const TECHNOLOGIES = {
  exact: 'Exact match: the file’s SHA-256 is listed',
  confirmed: 'Near match that a classifier confirmed',
  classifier: 'Classifier alone',
  ...OF_CASES,
};
const SURFACES = { send: 'Sent', upload: 'Uploaded', profile: 'Profile', ...OF_CASES };
const REASONS = {
  'entry-withdrawn': 'The list’s authority withdrew the entry',
  'wrong-match': 'Not the listed content',
  'account-misused': 'Somebody else used the account',
  'lawful-purpose': 'Lawful purpose',
  'technical-error': 'Test, defect or forged signal',
  'not-enough': 'Not enough evidence',
};

/** A key that is missing, such as the name of a list, is shown as it is. */
const LABELS: Readonly<Partial<Record<BreakdownName, Readonly<Record<string, string>>>>> = {
  totals: {
    signals: 'Signals counted',
    opened: 'Cases opened by an exact match',
    proposed: 'Cases proposed without one',
    openedByLead: 'Proposed cases that a lead opened',
    openedAgain: 'Dismissed cases opened again',
    confirmed: 'Cases confirmed by two people',
    dismissed: 'Cases dismissed',
    reported: 'Cases reported',
    overturned: 'Confirmations overturned',
    marked: 'Withdrawn entries found in decided cases',
    complaints: 'Complaints by users',
  },
  signalsByMonth: Object.fromEntries(MONTHS.map((name, i) => [String(i + 1).padStart(2, '0'), name])),
  signalsBySurface: SURFACES,
  signalsByMedia: { image: 'Pictures', video: 'Videos', file: 'Other files' },
  signalsByEvidence: TECHNOLOGIES,
  otherRequests: Object.fromEntries(Object.entries(OUTCOME_INFO).map(([key, { title }]) => [key, title])),
  confirmedByTechnology: TECHNOLOGIES,
  confirmedBySurface: SURFACES,
  confirmedByList: OF_CASES,
  confirmedByOrder: OF_CASES,
  dismissedByReason: REASONS,
  overturnedByReason: REASONS,
  complaints: {
    upheld: 'The decision stands',
    overturned: 'The decision does not stand',
    dismissed: 'People had decided for the user before',
    'no-decision': 'Nobody had decided against the user in time',
  },
  contests: {
    byReceipt: 'Contests by users, of decided cases',
    byStaff: 'Contests by people who review',
    upheld: 'Decisions upheld',
    overturned: 'Confirmations overturned',
    dismissalOverturned: 'Dismissals overturned',
  },
  exports: {
    ncmec: 'Reports for NCMEC',
    'eu-centre': 'Reports in the form for the EU Centre',
    csv: 'Reports as rows (CSV)',
    test: 'Reports marked as a test',
    event: 'Decisions told to other systems of the provider',
    subject: 'Exports of what is stored about a pseudonym',
  },
  callbacks: {
    contests: 'Outcomes told to the account service',
    preserve: 'Requests to preserve, and their withdrawals',
    takedown: 'Requests to take offline, and their withdrawals',
  },
  requests: { preserve: 'Requests to preserve data', takedown: 'Requests to take content offline' },
  lookups: {
    requested: 'Requested by a reviewer or lead',
    signed: 'Signed by an auditor or administrator as well',
    saved: 'Signed files that a reviewer or lead saved',
  },
  floods: {
    quarantined: 'Entries held back because many subjects matched them at once',
    questioned: 'Questions to the authority of a list',
    kept: 'Entries that a lead kept in quarantine',
    released: 'Entries that a lead released',
  },
  withdrawnByCause: { suppression: 'Suppressed by the list’s authority', version: 'No longer in the newest version' },
  deletions: {
    dismissed: 'Dismissed cases deleted',
    overturned: 'Overturned cases deleted',
    undecided: 'Cases deleted without a decision, because their time was over',
    confirmed: 'Confirmed cases deleted, because their time was over',
    erased: 'Cases erased',
    erasures: 'Erasures of a pseudonym',
    held: 'Legal holds set',
    unheld: 'Legal holds ended',
  },
};

/** `hotline:v1/lists/known/manifest.json`, as orders name it. */
const REFERENCE = /^([^:]+):v1\/(?:list|model)s\/([^/]+)\/manifest\.json$/;

export function labelOf(name: BreakdownName, key: string): string {
  return LABELS[name]?.[key] ?? key.replace(REFERENCE, '$1: $2');
}

export const MEDIAN_LABELS: Readonly<Record<MedianName, string>> = {
  daysToReview: 'From the opening of a case to its review',
  daysToDecision: 'From the opening of a case to the decision',
  daysToOutcome: 'From a contest to its outcome',
};

export const RETENTION_LABELS: Readonly<Record<string, string>> = {
  signalDays: 'Signals, after arrival, unless their case is confirmed or held',
  countDays: 'Counts by day; totals by month stay',
  undecidedDays: 'Cases that nobody decided',
  dismissedDays: 'Dismissed cases',
  overturnedDays: 'Cases whose confirmation was overturned',
  confirmedDays: 'Confirmed cases',
};
