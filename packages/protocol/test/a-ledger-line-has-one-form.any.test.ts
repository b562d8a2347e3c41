/** A ledger line has one canonical form, which its digest covers. Any other form is refused with the line's number. */
import { type LedgerEntry, ledgerPreimage, LIMITS, parseLedger, printLedgerLine } from '@lodestone/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ledgerEntry } from '@lodestone/testkit/arbitrary';
import { refused } from './refusal.ts';

const lines = (entries: readonly LedgerEntry[]): string =>
  entries.map((entry) => `${printLedgerLine(entry)}\n`).join('');
const [sample] = fc.sample(ledgerEntry, { seed: 1, numRuns: 1 });
if (!sample) throw new Error('no sample');

test('any entries are parsed from their lines, with or without the last newline', () => {
  fc.assert(
    fc.property(fc.array(ledgerEntry, { maxLength: 6 }), (entries) => {
      expect(parseLedger(lines(entries))).toEqual(entries);
      expect(parseLedger(lines(entries).trimEnd())).toEqual(entries);
    }),
  );
});

test('the preimage is the line without its digest, whatever the key order of the object', () => {
  fc.assert(
    fc.property(ledgerEntry, (entry) => {
      const reversed = Object.fromEntries(Object.entries(entry).reverse()) as LedgerEntry;
      expect(printLedgerLine(reversed)).toBe(printLedgerLine(entry));
      const { digest, ...rest } = JSON.parse(printLedgerLine(entry)) as LedgerEntry;
      expect(ledgerPreimage(entry)).toBe(JSON.stringify(rest));
      expect(digest).toBe(entry.digest);
    }),
  );
});

test.each<[string, (line: string) => string]>([
  ['a space', (line) => line.replace(':', ': ')],
  ['a key more', (line) => line.replace('{', '{"extra":1,')],
  ['a key twice', (line) => line.replace('{', '{"seq":0,')],
  [
    'keys in another order',
    (line) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line) as object).reverse())),
  ],
  ['an unnecessary escape', (line) => line.replace('seq', '\\u0073eq')],
  ['no JSON', () => '{'],
  ['an empty line between others', (line) => `\n${line}`],
])('%s is refused', (_, change) => {
  refused(() => parseLedger(`${printLedgerLine(sample)}\n${change(printLedgerLine(sample))}\n`), 'ERR_SCHEMA');
});

test('the error names the line', () => {
  expect(() => parseLedger(`${printLedgerLine(sample)}\n{}\n`)).toThrow(/ledger line 2/);
});

test('a line over its limit is refused before it is parsed', () => {
  refused(() => parseLedger('x'.repeat(LIMITS.ledgerLineBytes + 1)), 'ERR_SIZE');
});
