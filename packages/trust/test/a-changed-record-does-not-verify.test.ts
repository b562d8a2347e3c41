/** A record of review has one form, and each entry the digest of the one before: a change anywhere is found. */
import {
  parseRecord,
  printRecordHeader,
  printRecordLine,
  type RecordedAction,
  type RecordEntry,
  RECORD_LINE_CHARS,
} from '@lodestone/protocol/case-record';
import {
  CASE_ACTIONS,
  CASE_REASONS,
  CASE_STATES,
  type CaseAction,
  REASONED_ACTIONS,
  ROLES,
} from '@lodestone/protocol/case-review';
import type { Digest } from '@lodestone/protocol/digest';
import type { Name } from '@lodestone/protocol/name';
import { fromInstant } from '@lodestone/protocol/time';
import { appendRecordEntry, brokenRecordLink, recordEnd } from '@lodestone/trust';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const name = fc.constantFrom('ada', 'bo', 'c-3', 'd'.repeat(64)).map((text) => text as Name);
const actor = fc.record({ name, role: fc.constantFrom(...ROLES) });
const caseNo = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const states = { before: fc.constantFrom(...CASE_STATES), after: fc.constantFrom(...CASE_STATES) };
const plain = CASE_ACTIONS.filter((action) => !(REASONED_ACTIONS as readonly CaseAction[]).includes(action));
const action = fc.oneof(
  fc.record({
    type: fc.constant('case'),
    case: caseNo,
    action: fc.constantFrom(...REASONED_ACTIONS),
    reason: fc.constantFrom(...CASE_REASONS),
    ...states,
  }),
  fc.record({ type: fc.constant('case'), case: caseNo, action: fc.constantFrom(...plain), ...states }),
  fc.record({
    type: fc.constant('user'),
    action: fc.constantFrom('add', 'remove', 'invite'),
    user: name,
    userRole: fc.constantFrom(...ROLES),
  }),
) as fc.Arbitrary<RecordedAction>;
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const entries = fc.array(fc.tuple(action, actor, time), { minLength: 1, maxLength: 10 }).map((steps) => {
  const chain: RecordEntry[] = [];
  for (const [what, who, now] of steps) chain.push(appendRecordEntry(chain.at(-1), what, who, now));
  return chain;
});
const print = (chain: readonly RecordEntry[], head = chain.at(-1)?.digest ?? ('0'.repeat(64) as Digest)): string =>
  [printRecordHeader(chain.length, head), ...chain.map(printRecordLine)].map((line) => `${line}\n`).join('');
const whatIsWrong = (ndjson: string): string | undefined => {
  try {
    const file = parseRecord(ndjson);
    return brokenRecordLink(file.entries) ?? recordEnd(file);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a record', () => {
  test('is parsed from its lines, verifies, fits its line limit, and its times never go back', () => {
    fc.assert(
      fc.property(entries, (chain) => {
        const printed = print(chain);
        expect(parseRecord(printed).entries).toEqual(chain);
        expect(whatIsWrong(printed)).toBeUndefined();
        expect(Math.max(...printed.split('\n').map(({ length }) => length))).toBeLessThan(RECORD_LINE_CHARS);
        const times = chain.map((entry) => fromInstant(entry.time));
        expect(times.toSorted((a, b) => a - b)).toEqual(times);
      }),
    );
  });

  test('with any one character changed is refused or does not verify', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (chain, at, character) => {
        const printed = print(chain);
        const place = at % printed.length;
        fc.pre(printed[place] !== character);
        expect(whatIsWrong(printed.slice(0, place) + character + printed.slice(place + 1))).toBeDefined();
      }),
    );
  });

  test('without a line, with two swapped, with one repeated, or cut anywhere does not verify', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (chain, at) => {
        const lines = print(chain).split('\n').slice(0, -1);
        const place = at % lines.length;
        const line = lines[place] ?? '';
        const join = (all: readonly string[]): string => all.map((each) => `${each}\n`).join('');
        expect(whatIsWrong(join(lines.toSpliced(place, 1)))).toBeDefined();
        expect(whatIsWrong(join(lines.toSpliced(place, 0, line)))).toBeDefined();
        if (place > 0)
          expect(whatIsWrong(join(lines.toSpliced(place - 1, 2, line, lines[place - 1] ?? '')))).toBeDefined();
        const whole = join(lines);
        expect(whatIsWrong(whole.slice(0, at % whole.length))).toBeDefined();
      }),
    );
  });
});

const [sample] = fc.sample(entries, { seed: 1, numRuns: 1 });
const printed = print(sample ?? []);

test.each<[string, string, string]>([
  ['no text', '', 'ERR_SCHEMA'],
  ['no header', printed.slice(printed.indexOf('\n') + 1), 'ERR_SCHEMA'],
  ['a header of another version', printed.replace('record/v1', 'record/v2'), 'ERR_SCHEMA'],
  ['a space', printed.replace('"seq":0', '"seq": 0'), 'ERR_SCHEMA'],
  ['a key more', printed.replace('{"seq":0', '{"pseudonym":"00","seq":0'), 'ERR_SCHEMA'],
  ['a byte order mark', `\uFEFF${printed}`, 'ERR_SCHEMA'],
  ['a carriage return', printed.replace('\n', '\r\n'), 'ERR_SCHEMA'],
  ['an empty line between others', printed.replace('\n', '\n\n'), 'ERR_SCHEMA'],
  ['deep JSON', '['.repeat(RECORD_LINE_CHARS) + '\n', 'ERR_SCHEMA'],
  ['a long line', `${'x'.repeat(RECORD_LINE_CHARS + 1)}\n`, 'ERR_SIZE'],
])('%s is refused', (_, ndjson, code) => {
  expect(whatIsWrong(ndjson)).toBe(code);
});
