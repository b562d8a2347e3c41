import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LedgerRecord } from '@lodestone/protocol/ledger';
import { auditLedger, verdictOf } from '../src/index.ts';
import { BUILD, get, ledgerOf, ndjson, signal } from './fixture/ledger.ts';

const RECORDS: readonly LedgerRecord[] = [
  get('/metadata/timestamp.json'),
  get('/metadata/1.targets.json'),
  { type: 'note', note: 'sandbox-started', of: BUILD },
  signal(new Uint8Array(192).fill(7)),
];
const WHOLE = ndjson(ledgerOf(RECORDS));
const verdicts = (text: string, options: object = {}) =>
  auditLedger({ name: 'ledger', ndjson: text, ...options }).claims.map(({ verdict }) => verdict);

test('a whole ledger holds, with its totals by purpose and server', () => {
  const report = auditLedger({ name: 'ledger', ndjson: WHOLE, build: BUILD });
  expect(report.claims.map(({ verdict }) => verdict)).toEqual(['holds', 'holds', 'holds', 'holds']);
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
      sentBytes: 192,
      receivedBytes: 0,
    },
  ]);
});

test('any one character changed breaks it', () => {
  const somewhere = fc.integer({ min: 0, max: WHOLE.length - 1 });
  fc.assert(
    fc.property(somewhere, fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
      fc.pre(WHOLE[at] !== character);
      const changed = WHOLE.slice(0, at) + character + WHOLE.slice(at + 1);
      expect(verdicts(changed)).toContain('broken');
    }),
  );
});

test.each([0, 1, 2])('line %i taken out breaks the chain', (line) => {
  const lines = WHOLE.split('\n');
  expect(verdicts(lines.toSpliced(line, 1).join('\n'))).toEqual(['holds', 'broken', 'holds']);
});

test('what stands before a note of pruning may be gone', () => {
  const all = ledgerOf([...RECORDS, { type: 'note', note: 'pruned', of: ledgerOf(RECORDS)[1]!.digest }]);
  expect(verdicts(ndjson(all.slice(2)))).toEqual(['holds', 'holds', 'holds']);
  expect(verdicts(ndjson(all.slice(1)))).toEqual(['holds', 'broken', 'holds']);
});

test.each([
  ['a POST of another size', signal(new Uint8Array(193))],
  ['a GET with a body', { ...get('/'), request: { bytes: 1, sha256: BUILD } }],
  ['a GET that is called a signal', { ...get('/'), purpose: 'signal' as const }],
  ['a POST that is called metadata', { ...signal(new Uint8Array(192)), purpose: 'metadata' as const }],
])('%s is named', (_name, record) => {
  const report = auditLedger({ name: 'ledger', ndjson: ndjson(ledgerOf([...RECORDS, record])) });
  expect(report.claims.map(({ verdict }) => verdict)).toEqual(['holds', 'holds', 'broken']);
  expect(report.claims[2]?.seen).toContain('entry 4');
});

test('a server that was not named, and a sandbox of another build, break their promises', () => {
  const origins = ['https://lists.example', 'https://provider.example'];
  expect(verdicts(WHOLE, { origins, build: BUILD })).toEqual(['holds', 'holds', 'holds', 'holds', 'holds']);
  expect(verdicts(WHOLE, { origins: origins.slice(1) })[3]).toBe('broken');
  expect(verdicts(WHOLE, { build: '0'.repeat(64) })[3]).toBe('broken');
});

test('an empty ledger proves nothing, and what cannot be read leaves the rest untested', () => {
  expect(verdicts('')).toEqual(['holds', 'untested', 'holds']);
  expect(verdicts('no ledger')).toEqual(['broken', 'untested', 'untested']);
  expect(verdictOf({ claims: [] })).toBe('untested');
});

test('a clock that was set back is counted', () => {
  const [first] = ledgerOf(RECORDS.slice(0, 1), Date.UTC(2026, 10, 25));
  const later = ledgerOf(RECORDS, Date.UTC(2026, 10, 24));
  const report = auditLedger({ name: 'ledger', ndjson: ndjson([first!, ...later.slice(1)]) });
  expect(report.facts.clockSetBack).toBe(1);
});
