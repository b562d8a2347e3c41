/** A statement, and two invented years of figures, as a receiver with many users would have them. */
import type { RecordedAction } from '@lodestone/protocol/case-record';
import type { Name } from '@lodestone/protocol/name';
import type { ReportStatement } from '@lodestone/protocol/report-statement';
import { parseMonth } from '@lodestone/protocol/subject-ids';
import type { Database } from '../../src/db/schema.ts';
import type { Dimension, Measure } from '../../src/db/schema-report.ts';
import { lockRecord, recordAction } from '../../src/record/append.ts';

export const STATEMENT: ReportStatement = {
  schema: 'lodestone/report-statement/v1',
  year: 2025,
  provider: {
    name: 'Harbour Chat Ltd',
    contact: 'safety@harbour.example',
    legalRepresentative: 'Ada Invented, Example Street 1, Dublin',
  },
  service: {
    name: 'Harbour Chat',
    description:
      'A messaging app for groups of up to 200 people. Users send pictures, videos and files; a profile picture is public.',
    endToEndEncrypted: true,
    users: '1.4 million active accounts in December 2025, counted by the account service',
    facts: [
      {
        fact: 'Strangers cannot write to an account unless its owner accepts them.',
        where: 'app/src/contacts/accept.ts',
      },
      { fact: 'Public profile pictures are not end-to-end encrypted.', where: 'https://harbour.example/help/profiles' },
    ],
  },
  assessment: {
    day: '2026-01-20',
    method:
      'The trust and safety team interviewed moderators and read the reports of users; two outside experts reviewed it.',
    harms: [
      {
        harm: 'Known material is shared',
        likelihood: 'medium',
        impact: 'high',
        reasons: 'Groups are large. Users report some each month.',
      },
      { harm: 'Children are approached', likelihood: 'low', impact: 'high', reasons: 'Strangers cannot write first.' },
      {
        harm: 'An innocent user is reported',
        likelihood: 'low',
        impact: 'high',
        reasons: 'Two people confirm. The overturned cases are below.',
      },
      {
        harm: 'Detection is used for something else',
        likelihood: 'negligible',
        impact: 'medium',
        reasons: 'Lists have two signatures.',
      },
    ],
    triggers: ['A new surface', 'More than five overturned confirmations in a month'],
  },
  measures: [
    {
      measure: 'Matching against lists of known material on the device',
      decision: 'adopted',
      reasons: 'Since March 2024, on sending and uploading.',
    },
    {
      measure: 'A classifier on the device',
      decision: 'adapted',
      reasons: 'It warns and confirms near matches; it never signals alone.',
    },
    { measure: 'Scanning on a server', decision: 'not-adopted', reasons: 'It would end end-to-end encryption.' },
  ],
  technologies:
    'Exact and confirmed matches on the device disclose nothing about other content. See the audit of October 2025.',
  targets: [{ target: 'A first decision within 7 days', result: 'Met: the median is 3 days.' }],
  recipients: [{ organisation: 'The national hotline', received: 'Reports of confirmed cases, as rows' }],
  signOff: { name: 'Grace Example', role: 'Chief Safety Officer', day: '2026-02-01' },
};

const LISTS = [
  'hotline:v1/lists/known/manifest.json',
  'police:v1/lists/known/manifest.json',
  'hotline:v1/lists/videos/manifest.json',
];
const ORDERS = ['court:order-2024-7', 'provider:policy'];

type Row = readonly [measure: Measure, dimension: Dimension, key: string, count: number];

/** The rows of one month. @param much 1 for a year like the first */
function rowsOf(month: number, much: number): Row[] {
  const n = (count: number): number => Math.round(count * much * (1 + ((month * 7) % 5) / 10));
  const few = (count: number): number => (month % 4 === 0 ? count : 0);
  return [
    ['signals', 'order', ORDERS[0] ?? '', n(140)],
    ['signals', 'order', ORDERS[1] ?? '', n(33)],
    ['signals', 'list', LISTS[0] ?? '', n(101)],
    ['signals', 'list', LISTS[1] ?? '', n(71)],
    ['signals', 'list', LISTS[2] ?? '', few(1)],
    ['signals', 'surface', 'send', n(120)],
    ['signals', 'surface', 'upload', n(52)],
    ['signals', 'surface', 'profile', few(1)],
    ['signals', 'media', 'image', n(150)],
    ['signals', 'media', 'video', n(20)],
    ['signals', 'media', 'file', n(3)],
    ['signals', 'evidence', 'exact', n(150)],
    ['signals', 'evidence', 'confirmed', n(23)],
    ['requests', 'outcome', 'cover', n(4_200_000)],
    ['requests', 'outcome', 'duplicate', n(19)],
    ['requests', 'outcome', 'decryptionFailed', n(240)],
    ['requests', 'outcome', 'malformed', few(2)],
    ['cases', 'event', 'opened', n(22)],
    ['cases', 'event', 'proposed', n(2)],
    ['confirmed', 'technology', 'exact', n(14)],
    ['confirmed', 'technology', 'confirmed', n(2)],
    ['confirmed', 'technology', 'several', n(2)],
    ['dismissed', 'technology', 'exact', n(2)],
    ['dismissed', 'technology', 'confirmed', n(1)],
    ['dismissed', 'technology', 'several', n(1)],
    ['overturned', 'technology', 'exact', few(4)],
    ['confirmed', 'list', LISTS[0] ?? '', n(12)],
    ['confirmed', 'list', LISTS[1] ?? '', n(6)],
    ['dismissed', 'list', LISTS[0] ?? '', n(3)],
    ['dismissed', 'list', LISTS[1] ?? '', few(1)],
    ['confirmed', 'surface', 'send', n(12)],
    ['confirmed', 'surface', 'upload', n(6)],
    ['dismissed', 'surface', 'send', n(2)],
    ['dismissed', 'surface', 'upload', n(2)],
    ['confirmed', 'order', ORDERS[0] ?? '', n(18)],
    ['dismissed', 'order', ORDERS[0] ?? '', n(4)],
    ['dismissed', 'reason', 'wrong-match', n(2)],
    ['dismissed', 'reason', 'not-enough', n(2)],
    ['dismissed', 'reason', 'account-misused', few(1)],
    ['overturned', 'reason', 'wrong-match', few(4)],
    ['daysToReview', 'days', '1', n(10)],
    ['daysToReview', 'days', '2', n(9)],
    ['daysToDecision', 'days', '3', n(12)],
    ['daysToDecision', 'days', '6', n(6)],
    ['daysToOutcome', 'days', '9', few(4)],
    ['complaints', 'event', 'received', n(5)],
    ['complaints', 'outcome', 'upheld', n(1)],
    ['complaints', 'outcome', 'overturned', few(4)],
    ['complaints', 'outcome', 'no-decision', n(3)],
    ['exports', 'format', 'ncmec', n(15)],
    ['exports', 'format', 'csv', n(1)],
    ['exports', 'format', 'test', few(1)],
    ['callbacks', 'target', 'contests', n(5)],
    ['floods', 'event', 'quarantined', few(1)],
    ['actions', 'action', 'data keep-entry lead - -', n(2)],
    ['actions', 'action', 'data request-lookup reviewer - -', n(2)],
    ['actions', 'action', 'data save-lookup reviewer - -', few(1)],
    ['actions', 'action', 'data save-lookup lead - -', few(1)],
    ['withdrawnEntries', 'cause', 'suppression', n(2)],
    ['withdrawnEntries', 'cause', 'version', n(13)],
    ['withdrawnEntries', 'list', LISTS[0] ?? '', n(15)],
  ];
}

/** 2024 and 2025. The record is short, so that it is written in a moment. */
/** @param cases confirmed in the first and second year, in the record */
export async function fillYears(db: Database, cases: readonly [number, number] = [4, 14]): Promise<void> {
  for (const [year, much] of [
    [2024, 0.6],
    [2025, 1],
  ] as const)
    for (let month = 1; month <= 12; month++)
      await db
        .insertInto('monthlyCounts')
        .values(
          rowsOf(month, much).map(([measure, dimension, key, count]) => ({
            month: parseMonth(`${year}-${String(month).padStart(2, '0')}`),
            measure,
            dimension,
            key,
            count,
          })),
        )
        .execute();
  await db.transaction().execute(async (tx) => {
    await lockRecord(tx);
    for (const [year, recorded] of [
      [2024, cases[0]],
      [2025, cases[1]],
    ] as const)
      for (let no = 1; no <= recorded; no++)
        for (const { actor, action } of decision(year * 1_000 + no))
          await recordAction(
            tx,
            action,
            { name: actor as Name, role: actor === 'receiver' ? 'service' : 'reviewer' },
            Date.UTC(year, 5, 1 + Math.floor(no / 10)),
          );
  });
}

/** From the first review to the deletion. */
function decision(no: number): { actor: string; action: RecordedAction }[] {
  const of = { type: 'case', case: no } as const;
  return [
    { actor: 'ada', action: { ...of, action: 'take', before: 'new', after: 'in-review' } },
    { actor: 'ada', action: { ...of, action: 'confirm', before: 'in-review', after: 'confirmed-once' } },
    { actor: 'bo', action: { ...of, action: 'take', before: 'confirmed-once', after: 'second-review' } },
    { actor: 'bo', action: { ...of, action: 'confirm', before: 'second-review', after: 'confirmed' } },
    { actor: 'receiver', action: { ...of, action: 'expire', before: 'confirmed', after: 'confirmed' } },
  ];
}
