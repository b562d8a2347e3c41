/** The formats beside NCMEC's: what the receiver does not know is null, and no cell is a formula. */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import { exampleOrder } from '@lodestone/protocol/example';
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CaseEntry } from '../src/cases/cases.ts';
import type { ExportedCase } from '../src/exports/format.ts';
import { EXPORT_FORMATS, FORMAT_NAMES } from '../src/exports/formats.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const entry: CaseEntry = {
  kind: 'match',
  reference: 'hotline:v1/lists/known/manifest.json' as TargetReference,
  version: 4,
  entry: 17,
  signals: 3,
  exactSignals: 2,
  level: 0,
  isSuppressed: false,
  isFlood: false,
  firstDay: '2026-11-20',
  lastDay: '2026-11-24',
};
const exported = (change: Partial<ExportedCase> = {}): ExportedCase => ({
  case: {
    caseNo: 7,
    state: 'confirmed',
    holder: null,
    openedDay: '2026-11-20',
    dueDay: null,
    pseudonym: 'ab'.repeat(16),
    order: { source: 'court' as Name, orderId: 'one' as Name },
    exactEntries: 1,
    entries: 1,
    days: 1,
    isAboveThreshold: true,
    markedDay: null,
    heldDay: null,
  },
  evidence: { entries: [entry, { ...entry, entry: 18, isSuppressed: true }], more: 0 },
  actions: [
    { seq: 1, time: '2026-11-24T09:00:00Z', actor: 'ada', role: 'reviewer', type: 'case', action: 'confirm' },
  ] as unknown as RecordEntry[],
  order: exampleOrder(),
  reporter: { service: 'Chat', reportingPerson: { firstName: 'A', lastName: 'B', email: 'a@b.example' } },
  isReal: false,
  ...change,
});

test.each(FORMAT_NAMES)(
  '%s says that it is a test unless it is real, and has no pseudonym, user or withdrawn entry',
  (name) => {
    const print = (change?: Partial<ExportedCase>): string => EXPORT_FORMATS[name].print(exported(change), NOW);
    expect(print()).not.toBe(print({ isReal: true }));
    expect(print()).toMatch(/TEST|"isTest": true|\r\nyes,/);
    expect(print({ isReal: true })).not.toMatch(/TEST|"isTest": true|\r\nyes,/);
    expect(print()).toContain('17');
    for (const secret of ['abab', 'ada', '18']) expect(print()).not.toContain(secret);
    expect(print({ account: 'user-4711' })).toContain('user-4711');
  },
);

test('eu-centre names the order, the matches and the decisions, and leaves null what only the provider knows', () => {
  const { legal, basis } = exampleOrder();
  expect(JSON.parse(EXPORT_FORMATS['eu-centre'].print(exported(), NOW))).toMatchObject({
    schema: 'lodestone/eu-report/v1',
    isTest: true,
    made: '2026-11-25T12:00:00Z',
    contentData: [],
    kind: 'known',
    matches: [{ entry: 17, differentBits: 0, signals: 3, exactSignals: 2, lastDay: '2026-11-24' }],
    user: { account: null },
    location: null,
    decisions: [{ time: '2026-11-24T09:00:00Z', action: 'confirm', role: 'reviewer' }],
    legalBasis: { order: 'one', basis, instrument: legal.instrument, jurisdiction: legal.jurisdiction },
  });
  const unknown = JSON.parse(EXPORT_FORMATS['eu-centre'].print(exported({ order: undefined }), NOW)) as object;
  expect(unknown).toMatchObject({ legalBasis: { basis: null, instrument: null } });
});

/** A reader of RFC 4180. */
function rowsOf(csv: string): string[][] {
  return [...csv.matchAll(/((?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*)\r\n/g)].map(
    ([, row = '']) =>
      [...`${row},`.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*),/g)].map(([, cell = '']) =>
        cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
      ),
  );
}

test('a csv has the same columns in each row, whatever the account is called, and no cell is a formula', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (account) => {
      const [head = [], row = []] = rowsOf(EXPORT_FORMATS.csv.print(exported({ account }), NOW));
      expect(row).toHaveLength(head.length);
      const cell = row[head.indexOf('account')] ?? '';
      expect(cell.replace(/^'/, '')).toBe(account.replace(/^'/, ''));
      for (const each of row) expect(each).not.toMatch(/^[=+\-@\t\r]/);
    }),
  );
});

test.each(['ncmec', 'eu-centre'] as const)('%s calls a service end-to-end encrypted only if its order does', (name) => {
  const order = exampleOrder();
  const print = (service: typeof order.service | undefined): string =>
    EXPORT_FORMATS[name].print(exported({ order: service && { ...order, service } }), NOW);
  expect(print({ ...order.service, endToEndEncrypted: true })).toContain('The service is end-to-end encrypted.');
  for (const service of [undefined, { ...order.service, endToEndEncrypted: false }]) {
    expect(print(service)).not.toMatch(/end-to-end|viewed/);
    expect(print(service)).toContain('signals, which contain no file');
  }
});
