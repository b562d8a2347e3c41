import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerPruning, LedgerRecord } from '@lodestone/protocol/ledger';
import { auditLedger, statusOf } from '../src/index.ts';
import { html } from '../src/report/formats/html.ts';
import { text } from '../src/report/formats/text.ts';
import { BUILD, get, ledgerOf, ndjson, signal } from './fixture/ledger.ts';

const RECORDS: readonly LedgerRecord[] = [
  get('/metadata/timestamp.json'),
  get('/metadata/1.targets.json'),
  { type: 'note', note: 'sandbox-started', of: BUILD },
  signal(new Uint8Array(256).fill(7)),
];
const INTACT = ndjson(ledgerOf(RECORDS));
const statuses = (given: string, options: object = {}) =>
  auditLedger({ name: 'ledger', ndjson: given, ...options }).claims.map(({ status }) => status);

test('an intact ledger passes, with totals by purpose and server', () => {
  const report = auditLedger({ name: 'ledger', ndjson: INTACT, build: BUILD });
  expect(report.claims.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass']);
  expect(report.facts.totals).toEqual([
    {
      purpose: 'metadata',
      method: 'GET',
      origin: 'https://lists.example',
      requests: 2,
      sentBytes: 0,
      receivedBytes: 600,
    },
    {
      purpose: 'signal',
      method: 'POST',
      origin: 'https://provider.example',
      requests: 1,
      sentBytes: 256,
      receivedBytes: 0,
    },
  ]);
});

test('changing any one character fails a claim', () => {
  const somewhere = fc.integer({ min: 0, max: INTACT.length - 1 });
  fc.assert(
    fc.property(somewhere, fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
      fc.pre(INTACT[at] !== character);
      const changed = INTACT.slice(0, at) + character + INTACT.slice(at + 1);
      expect(statuses(changed)).toContain('fail');
    }),
  );
});

test.each([0, 1, 2])('removing line %i breaks the chain', (line) => {
  const lines = INTACT.split('\n');
  const pruned = line === 0 ? 'fail' : 'pass';
  expect(statuses(lines.toSpliced(line, 1).join('\n'))).toEqual(['pass', 'fail', pruned, 'pass']);
});

const [first, second] = ledgerOf(RECORDS);
const PRUNED: LedgerPruning = {
  type: 'note',
  note: 'pruned',
  of: second!.digest,
  pruned: { entries: 2, requests: 2, signals: 0, from: first!.time, to: second!.time },
};

test('entries before a pruning note may be missing', () => {
  const all = ledgerOf([...RECORDS, PRUNED]);
  expect(statuses(ndjson(all.slice(2)))).toEqual(['pass', 'pass', 'pass', 'pass']);
  expect(statuses(ndjson(all.slice(1)))).toEqual(['pass', 'fail', 'fail', 'pass']);
});

test('a pruning note must name the number of entries that are missing', () => {
  const all = ledgerOf([...RECORDS, { ...PRUNED, pruned: { ...PRUNED.pruned, entries: 1 } }]);
  expect(statuses(ndjson(all.slice(2)))).toEqual(['pass', 'pass', 'fail', 'pass']);
});

test('the report begins with what a ledger is worth', () => {
  const report = auditLedger({ name: 'ledger', ndjson: INTACT });
  expect(report.caveat).toMatch(/^A ledger is the SDK’s own account of its requests/);
  const shown = { title: 'T', sections: [], commandLine: '' };
  expect(text.render(report, shown).startsWith(report.caveat)).toBe(true);
  const page = html.render(report, shown);
  expect(page.indexOf(report.caveat)).toBeGreaterThan(0);
  expect(page.indexOf(report.caveat)).toBeLessThan(page.indexOf('<h2 id="claims">'));
  expect(page.indexOf(report.caveat)).toBeLessThan(page.indexOf('class="outcome'));
});

test.each([
  ['a POST of another size', signal(new Uint8Array(257))],
  ['a GET with a body', { ...get('/'), request: { bytes: 1, sha256: BUILD } }],
  ['a GET with the purpose signal', { ...get('/'), purpose: 'signal' as const }],
  ['a POST with the purpose metadata', { ...signal(new Uint8Array(256)), purpose: 'metadata' as const }],
])('%s is named', (_name, record) => {
  const report = auditLedger({ name: 'ledger', ndjson: ndjson(ledgerOf([...RECORDS, record])) });
  expect(report.claims.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass', 'fail']);
  expect(report.claims[3]?.result).toContain('entry 4');
});

test('another server, and a sandbox of another build, fail their claims', () => {
  const origins = ['https://lists.example', 'https://provider.example'];
  expect(statuses(INTACT, { origins, build: BUILD })).toEqual(['pass', 'pass', 'pass', 'pass', 'pass', 'pass']);
  expect(statuses(INTACT, { origins: origins.slice(1) })[4]).toBe('fail');
  expect(statuses(INTACT, { build: '0'.repeat(64) })[4]).toBe('fail');
});

test('an empty ledger passes no claim, and other claims are not tested if the lines cannot be parsed', () => {
  const options = { origins: ['https://lists.example'], build: BUILD };
  expect(new Set(statuses('', options))).toEqual(new Set(['not-tested']));
  expect(statuses('no ledger')).toEqual(['fail', 'not-tested', 'not-tested', 'not-tested']);
  expect(statusOf({ claims: [] })).toBe('not-tested');
});

test('entries with a clock that was set back are counted', () => {
  const [first] = ledgerOf(RECORDS.slice(0, 1), Date.UTC(2026, 10, 25));
  const later = ledgerOf(RECORDS, Date.UTC(2026, 10, 24));
  const report = auditLedger({ name: 'ledger', ndjson: ndjson([first!, ...later.slice(1)]) });
  expect(report.facts.clockSetBack).toBe(1);
});
