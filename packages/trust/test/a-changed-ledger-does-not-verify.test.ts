/** An unchanged ledger verifies. A changed, removed, moved or repeated entry is refused, and the error names it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from '@lodestone/protocol/document';
import { LedgerEntry, type LedgerRecord, parseLedger, printLedgerLine } from '@lodestone/protocol/ledger';
import type { Digest } from '@lodestone/protocol/digest';
import { toInstant } from '@lodestone/protocol/time';
import { appendEntry, sha256Hex, verifyLedger } from '@lodestone/trust';

const digest = fc.uint8Array({ minLength: 0, maxLength: 4 }).map(sha256Hex);
const record: fc.Arbitrary<LedgerRecord> = fc.oneof(
  fc.record({
    type: fc.constant('request' as const),
    purpose: fc.constantFrom('metadata', 'list', 'order', 'model', 'keys', 'signal'),
    method: fc.constantFrom('GET', 'POST'),
    origin: fc.constant('https://authority.example'),
    path: fc.string({ maxLength: 20 }).map((text) => `/${text}`),
    request: fc.record({ bytes: fc.nat(), sha256: digest }),
    response: fc.record({ bytes: fc.nat(), status: fc.constantFrom(0, 200, 204, 404, 503) }),
  }),
  fc.record({
    type: fc.constant('note' as const),
    note: fc.constantFrom('sandbox-started', 'sandbox-terminated', 'order-in-force', 'order-ended', 'release-in-force'),
    of: digest,
  }),
);
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });

function chain(steps: readonly (readonly [LedgerRecord, number])[]): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const [step, now] of steps) entries.push(appendEntry(entries.at(-1), step, now));
  return entries;
}
const ledger = (minLength: number): fc.Arbitrary<LedgerEntry[]> =>
  fc.array(fc.tuple(record, time), { minLength, maxLength: 12 }).map(chain);

const broken = (seq: number) =>
  expect.objectContaining({ code: 'ERR_LEDGER_CHAIN', message: expect.stringContaining(`ledger entry ${seq}:`) });

describe('an unchanged ledger', () => {
  test('verifies, even if the clock went back, and so does an empty ledger', () => {
    fc.assert(
      fc.property(ledger(0), (entries) => {
        verifyLedger(entries);
      }),
    );
  });

  test('matches the schema, and verifies after an export', () => {
    fc.assert(
      fc.property(ledger(1), (entries) => {
        for (const entry of entries) check(LedgerEntry, entry, 'entry');
        verifyLedger(parseLedger(`${entries.map(printLedgerLine).join('\n')}\n`));
      }),
    );
  });

  test('begins at entry 0 with zeros as its previous digest', () => {
    const first = appendEntry(undefined, { type: 'note', note: 'sandbox-started', of: sha256Hex(new Uint8Array()) }, 0);
    expect(first).toMatchObject({ seq: 0, previous: '0'.repeat(64), time: '1970-01-01T00:00:00Z' });
  });

  test('has as digest the SHA-256 of the printed line without the digest', () => {
    const of = sha256Hex(new Uint8Array());
    const entry = appendEntry(undefined, { type: 'note', note: 'sandbox-started', of }, 0);
    const line = `{"seq":0,"time":"1970-01-01T00:00:00Z","previous":"${'0'.repeat(64)}","type":"note","note":"sandbox-started","of":"${of}"}`;
    expect(entry.digest).toBe(sha256Hex(new TextEncoder().encode(line)));
  });
});

describe('a changed ledger is refused', () => {
  test('with a changed member', () => {
    fc.assert(
      fc.property(ledger(1), fc.nat(), digest, (entries, pick, other) => {
        const at = pick % entries.length;
        const entry = entries[at];
        if (!entry) throw new Error('no entry');
        const changes: Partial<LedgerEntry>[] = [
          { seq: entry.seq + 1 },
          { time: '2000-01-01T00:00:00Z' as never },
          { previous: other },
          { digest: other },
        ];
        for (const change of changes) {
          const forged = entries.with(at, { ...entry, ...change } as LedgerEntry);
          expect(() => verifyLedger(forged)).toThrow(broken(forged[at]?.seq ?? -1));
        }
      }),
    );
  });

  test('with a changed member and a recalculated digest, at the next entry', () => {
    fc.assert(
      fc.property(ledger(2), fc.nat(), record, (entries, pick, other) => {
        const at = pick % (entries.length - 1);
        const forged = appendEntry(entries[at - 1], other, 12_345_000);
        fc.pre(forged.digest !== entries[at]?.digest);
        expect(() => verifyLedger(entries.with(at, forged))).toThrow(broken(at + 1));
      }),
    );
  });

  test('with an entry removed, repeated or moved', () => {
    fc.assert(
      fc.property(ledger(3), fc.nat(), (entries, pick) => {
        const at = 1 + (pick % (entries.length - 2));
        expect(() => verifyLedger(entries.toSpliced(at, 1))).toThrow(broken(at + 1));
        expect(() => verifyLedger(entries.toSpliced(at, 0, ...entries.slice(at, at + 1)))).toThrow(broken(at));
        const swapped = entries.toSpliced(at, 2, ...entries.slice(at, at + 2).toReversed());
        expect(() => verifyLedger(swapped)).toThrow(broken(at + 1));
      }),
    );
  });
});

const START = toInstant(0);
const NONE_PRUNED = { entries: 0, requests: 0, signals: 0, from: START, to: START };

describe('a pruned ledger', () => {
  const pruned = (entries: readonly LedgerEntry[], of = entries.at(-1)?.digest as Digest): LedgerEntry =>
    appendEntry(
      entries.at(-1),
      { type: 'note', note: 'pruned', of, pruned: { ...NONE_PRUNED, entries: entries.length } },
      1_000,
    );

  test('begins after the entry that the pruned note names, and continues', () => {
    fc.assert(
      fc.property(ledger(1), record, (entries, next) => {
        const note = pruned(entries);
        verifyLedger([...entries, note]);
        verifyLedger([note, appendEntry(note, next, 2_000)]);
      }),
    );
  });

  test('is refused if it begins anywhere else', () => {
    fc.assert(
      fc.property(ledger(2), (entries) => {
        expect(() => verifyLedger(entries.slice(1))).toThrow(broken(1));
        const note = pruned(entries, sha256Hex(Uint8Array.of(9)));
        expect(() => verifyLedger([note])).toThrow(broken(note.seq));
      }),
    );
  });
});
