/** What each breakdown of the report counts, and by which keys. Pure. Flow: read-year → here → build. Spec: docs/provide/report.md#figures */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import { CASE_REASONS, type CaseState } from '@lodestone/protocol/case-review';
import { CONTEST_OUTCOMES } from '@lodestone/protocol/contest';
import { MEDIA, SIGNAL_SURFACES } from '@lodestone/protocol/surface';
import {
  type BreakdownName,
  CASE_TECHNOLOGIES,
  type PrecisionKind,
  SEVERAL,
  UNKNOWN,
} from '@lodestone/protocol/transparency-report';
import { CALLBACK_TARGETS } from '../db/schema-contests.ts';
import { FORMAT_NAMES } from '../exports/formats.ts';
import { OUTCOMES } from '../ingest/outcome.ts';
import type { ActionCount } from './counts.ts';
import type { YearFigures } from './read-year.ts';

export interface Breakdown {
  /** `parts`: each thing counts under one key, so the rest of a total tells something about each. `each`: the keys have nothing to do with each other. */
  kind: 'parts' | 'each';
  /** Of `parts`: what is divided. Tables of the same things have the same total, and are hidden together. */
  of?: string;
  /** In this order, also without a count; others follow by name. */
  keys: readonly string[];
  read: (year: YearFigures) => ReadonlyMap<string, number>;
}

const MONTHS = Array.from({ length: 12 }, (_, i) => String(i + 1).padStart(2, '0'));
const KEYS: Readonly<Record<PrecisionKind, readonly string[]>> = {
  technology: CASE_TECHNOLOGIES,
  list: [],
  surface: [...SIGNAL_SURFACES, SEVERAL, UNKNOWN],
  order: [],
};

const decided = (measure: 'confirmed' | 'dismissed' | 'overturned', kind: PrecisionKind): Breakdown => ({
  kind: 'parts',
  of: measure,
  keys: KEYS[kind],
  read: (year) => year.by(measure, kind),
});
const reasons = (measure: 'dismissed' | 'overturned'): Breakdown => ({
  kind: 'parts',
  of: measure,
  keys: CASE_REASONS,
  read: (year) => year.by(measure, 'reason'),
});
const each = (all: Readonly<Record<string, (year: YearFigures) => number>>): Breakdown => ({
  kind: 'each',
  keys: Object.keys(all),
  read: (year) => new Map(Object.entries(all).map(([key, read]) => [key, read(year)])),
});

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((all, count) => all + count, 0);
const acted =
  (action: RecordEntry['action'], is: (entry: ActionCount) => boolean = () => true) =>
  (year: YearFigures): number =>
    year.recorded((entry) => entry.action === action && is(entry));
const expired = (...states: CaseState[]) => acted('expire', ({ before }) => before !== '-' && states.includes(before));

export const DEFINITIONS: Readonly<Record<BreakdownName, Breakdown>> = {
  totals: each({
    signals: (year) => sum(year.by('signals', 'order')),
    opened: (year) => year.by('cases', 'event').get('opened') ?? 0,
    proposed: (year) => year.by('cases', 'event').get('proposed') ?? 0,
    openedByLead: acted('open', ({ before }) => before === 'proposed'),
    openedAgain: acted('open', ({ before }) => before === 'overturned'),
    confirmed: acted('confirm', ({ after }) => after === 'confirmed'),
    dismissed: acted('dismiss'),
    reported: acted('report'),
    overturned: (year) => sum(year.by('overturned', 'technology')),
    marked: acted('mark'),
    complaints: (year) => year.by('complaints', 'event').get('received') ?? 0,
  }),
  signalsByMonth: { kind: 'parts', of: 'signals', keys: MONTHS, read: (year) => year.byMonth('signals', 'order') },
  signalsByOrder: { kind: 'parts', of: 'signals', keys: [], read: (year) => year.by('signals', 'order') },
  signalsByList: { kind: 'parts', of: 'signals', keys: [], read: (year) => year.by('signals', 'list') },
  signalsBySurface: {
    kind: 'parts',
    of: 'signals',
    keys: SIGNAL_SURFACES,
    read: (year) => year.by('signals', 'surface'),
  },
  signalsByMedia: { kind: 'parts', of: 'signals', keys: MEDIA, read: (year) => year.by('signals', 'media') },
  signalsByEvidence: {
    kind: 'parts',
    of: 'signals',
    keys: ['exact', 'confirmed', 'classifier'],
    read: (year) => year.by('signals', 'evidence'),
  },
  otherRequests: {
    kind: 'parts',
    keys: ['cover', ...OUTCOMES.filter((outcome) => outcome !== 'counted' && outcome !== 'cover')],
    read: (year) => new Map([...year.by('requests', 'outcome')].filter(([outcome]) => outcome !== 'counted')),
  },
  confirmedByTechnology: decided('confirmed', 'technology'),
  dismissedByTechnology: decided('dismissed', 'technology'),
  overturnedByTechnology: decided('overturned', 'technology'),
  confirmedByList: decided('confirmed', 'list'),
  dismissedByList: decided('dismissed', 'list'),
  overturnedByList: decided('overturned', 'list'),
  confirmedBySurface: decided('confirmed', 'surface'),
  dismissedBySurface: decided('dismissed', 'surface'),
  overturnedBySurface: decided('overturned', 'surface'),
  confirmedByOrder: decided('confirmed', 'order'),
  dismissedByOrder: decided('dismissed', 'order'),
  overturnedByOrder: decided('overturned', 'order'),
  dismissedByReason: reasons('dismissed'),
  overturnedByReason: reasons('overturned'),
  complaints: { kind: 'parts', keys: CONTEST_OUTCOMES, read: (year) => year.by('complaints', 'outcome') },
  contests: each({
    byReceipt: acted('contest', ({ role }) => role === 'service'),
    byStaff: acted('contest', ({ role }) => role !== 'service'),
    upheld: acted('uphold'),
    overturned: (year) => sum(year.by('overturned', 'technology')),
    dismissalOverturned: (year) => sum(year.by('overturnedDismissals', 'technology')),
  }),
  exports: {
    kind: 'each',
    keys: [...FORMAT_NAMES, 'test', 'event', 'subject'],
    read: (year) => year.by('exports', 'format'),
  },
  callbacks: { kind: 'each', keys: CALLBACK_TARGETS, read: (year) => year.by('callbacks', 'target') },
  requests: each({ preserve: acted('preserve'), takedown: acted('takedown') }),
  lookups: each({ requested: acted('request-lookup'), signed: acted('sign-lookup'), saved: acted('save-lookup') }),
  floods: each({
    quarantined: (year) => year.by('floods', 'event').get('quarantined') ?? 0,
    questioned: acted('question-entry'),
    kept: acted('keep-entry'),
    released: acted('release-entry'),
  }),
  withdrawnByCause: {
    kind: 'parts',
    of: 'withdrawnEntries',
    keys: ['suppression', 'version'],
    read: (year) => year.by('withdrawnEntries', 'cause'),
  },
  withdrawnByList: {
    kind: 'parts',
    of: 'withdrawnEntries',
    keys: [],
    read: (year) => year.by('withdrawnEntries', 'list'),
  },
  deletions: each({
    dismissed: expired('dismissed'),
    overturned: expired('overturned'),
    undecided: expired('proposed', 'new', 'in-review', 'confirmed-once', 'second-review', 'contested'),
    confirmed: expired('confirmed', 'reported', 'upheld'),
    erased: acted('erase', ({ type }) => type === 'case'),
    erasures: acted('erase', ({ type }) => type === 'data'),
    held: acted('hold'),
    unheld: acted('unhold'),
  }),
};
