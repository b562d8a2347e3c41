/** Orders and the legal rules of their jurisdiction: permitted, forbidden by a named rule, or unknown and refused unless asked for. */
import { describe, expect, test } from 'vitest';
import { checkLaw, describeJudgement, judgeOrder, LAW_RULES, stageOrder } from '@lodestone/authority';
import { check } from '@lodestone/protocol/document';
import { BASES, type Basis, DetectionOrder } from '@lodestone/protocol/order';
import { newAuthority, NOW } from './support/authority-folder.ts';
import { order } from './support/documents.ts';

type Terms = { basis: Basis; encrypted: boolean; signals: boolean };

function inPlace(jurisdiction: string, { basis, encrypted, signals }: Terms, dates: object = {}): DetectionOrder {
  const service = { name: 'Invented', endToEndEncrypted: encrypted };
  const document = order({ basis, legal: { instrument: 'Invented', jurisdiction }, service, ...dates }, { signals });
  return check(DetectionOrder, document, 'order');
}
const breaks = (rule: string) =>
  expect.objectContaining({ code: 'ERR_ORDER_LAW', message: expect.stringContaining(`rule ${rule}:`) });
const isUnjudged = expect.objectContaining({
  code: 'ERR_ORDER_LAW',
  message: expect.stringContaining('cannot be judged') as unknown,
});

const EU = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');
const EEA_OUTSIDE_EU = ['IS', 'LI', 'NO'];
const OTHERS = 'AU BR CA CH CN IN JP KR MX NG NZ RU TR UA US ZA'.split(' ');
const TERMS: Terms[] = BASES.flatMap((basis) =>
  [true, false].flatMap((encrypted) => [true, false].map((signals) => ({ basis, encrypted, signals }))),
);

/** The table: what the rules say about each kind of order in the EU and in each member state. */
const IN_THE_EU: [Terms['basis'], encrypted: boolean, signals: boolean, outcome: string, rule?: string][] = [
  ['order', true, true, 'unknown'],
  ['order', true, false, 'permitted', 'eu-device-only'],
  ['order', false, true, 'unknown'],
  ['order', false, false, 'permitted', 'eu-device-only'],
  ['consent', true, true, 'forbidden', 'eu-derogation-excludes-encrypted'],
  ['consent', true, false, 'permitted', 'eu-device-only'],
  ['consent', false, true, 'permitted', 'eu-derogation-allows-voluntary'],
  ['consent', false, false, 'permitted', 'eu-device-only'],
  ['provider-policy', true, true, 'forbidden', 'eu-derogation-excludes-encrypted'],
  ['provider-policy', true, false, 'permitted', 'eu-device-only'],
  ['provider-policy', false, true, 'permitted', 'eu-derogation-allows-voluntary'],
  ['provider-policy', false, false, 'permitted', 'eu-device-only'],
];

describe('an order that signals from an end-to-end encrypted service', () => {
  test.for(['DE', 'FR', 'CN', 'RU', 'US'])('does not pass for %s, whatever its basis', (place) => {
    for (const basis of BASES) {
      expect(() => checkLaw(inPlace(place, { basis, encrypted: true, signals: true }))).toThrow(
        expect.objectContaining({ code: 'ERR_ORDER_LAW' }),
      );
    }
  });
});

describe('the table of the European Union', () => {
  test('has each kind of order once', () => {
    expect(IN_THE_EU.map(([basis, encrypted, signals]) => ({ basis, encrypted, signals }))).toEqual(TERMS);
  });

  test.for(['EU', ...EU, 'DE-BE', 'FR-IDF', 'FR-971', 'ES-CT'])('holds for %s', (place) => {
    for (const [basis, encrypted, signals, outcome, rule] of IN_THE_EU) {
      const judgement = judgeOrder(inPlace(place, { basis, encrypted, signals }));
      expect({ outcome: judgement.outcome, rules: judgement.rules.map(({ name }) => name) }).toEqual({
        outcome,
        rules: rule ? [rule] : [],
      });
    }
  });

  test('the derogation has a first and last day', () => {
    const voluntary: Terms = { basis: 'consent', encrypted: false, signals: true };
    const from = (notBefore: string, notAfter: string) => inPlace('EU', voluntary, { notBefore, notAfter });
    expect(checkLaw(from('2026-07-31T00:00:00Z', '2028-04-04T00:00:00Z')).outcome).toBe('permitted');
    expect(() => checkLaw(from('2026-07-30T23:59:59Z', '2027-01-01T00:00:00Z'))).toThrow(
      breaks('eu-derogation-not-before'),
    );
    expect(() => checkLaw(from('2027-01-01T00:00:00Z', '2028-04-04T00:00:01Z'))).toThrow(
      breaks('eu-derogation-not-after'),
    );
    const quiet = inPlace('EU', { ...voluntary, signals: false }, { notBefore: '2026-01-01T00:00:00Z' });
    expect(checkLaw(quiet).outcome).toBe('permitted');
  });
});

describe('the rules do not judge', () => {
  test.for([...EEA_OUTSIDE_EU, ...OTHERS, 'GL', 'FO', 'FR-NC', 'NL-AW', 'UK', 'EL', 'XK', 'QQ'])(
    'any order of %s, which is refused unless "unjudged" is set',
    (place) => {
      for (const terms of TERMS) {
        const document = inPlace(place, terms);
        expect(judgeOrder(document)).toMatchObject({ outcome: 'unknown', rules: [] });
        expect(() => checkLaw(document)).toThrow(isUnjudged);
        expect(checkLaw(document, { unjudged: true }).outcome).toBe('unknown');
      }
    },
  );

  test('codes that are aliases, but the error names the ISO code', () => {
    const terms: Terms = { basis: 'consent', encrypted: true, signals: false };
    expect(() => checkLaw(inPlace('UK', terms))).toThrow(/did you mean GB\?/);
    expect(() => checkLaw(inPlace('EL', terms))).toThrow(/did you mean GR\?/);
  });
});

test.for(['GB', 'GB-ENG', 'GB-SCT'])(
  '%s: an order requires accredited technology, and no rule judges a voluntary one',
  (place) => {
    for (const terms of TERMS) {
      const document = inPlace(place, terms);
      if (terms.basis === 'order') expect(() => checkLaw(document)).toThrow(breaks('uk-technology-not-accredited'));
      else expect(() => checkLaw(document)).toThrow(isUnjudged);
    }
  },
);

test('"unjudged" does not stage an order that a rule forbids', () => {
  const forbidden = inPlace('DE', { basis: 'consent', encrypted: true, signals: true });
  expect(() => checkLaw(forbidden, { unjudged: true })).toThrow(breaks('eu-derogation-excludes-encrypted'));
});

test.for(['Germany', 'European Union', 'eu', 'DEU', 'X', 'DE-', ''])('"%s" is not a code, and is refused', (place) => {
  const document = { ...inPlace('ZZ', { basis: 'order', encrypted: true, signals: true }) };
  const named = { ...document, legal: { ...document.legal, jurisdiction: place } };
  expect(() => checkLaw(named)).toThrow(breaks('jurisdiction-is-a-code'));
  expect(() => checkLaw(named, { unjudged: true })).toThrow(breaks('jurisdiction-is-a-code'));
});

test.for(['XA', 'XX', 'ZZ'])('%s is for tests and permits every order', (place) => {
  for (const terms of TERMS) {
    expect(checkLaw(inPlace(place, terms)).rules.map(({ name }) => name)).toEqual(['test-jurisdiction']);
  }
});

test('each rule has its own name, a source with the date on which it was read, and its kind', () => {
  expect(new Set(LAW_RULES.map(({ name }) => name)).size).toBe(LAW_RULES.length);
  for (const { because, source } of LAW_RULES) {
    expect(because).not.toBe('');
    expect(source.cites).toMatch(/Regulation|Act|convention/);
    expect(source.read).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(['primary', 'secondary']).toContain(source.kind);
  }
});

test('a judgement in words names the rule, its source, and that it is not legal advice', () => {
  const words = describeJudgement(
    judgeOrder(inPlace('DE', { basis: 'consent', encrypted: true, signals: false })),
  ).join('\n');
  expect(words).toContain('eu-device-only');
  expect(words).toContain('secondary source, read on 2026-11-28');
  expect(words).toContain('not legal advice');
});

test('a staged order carries its judgement, and an unjudged order is staged only on request', async () => {
  const { directory } = await newAuthority('orders');
  const american = order({ legal: { instrument: 'Invented', jurisdiction: 'US' } });
  await expect(stageOrder({ directory, order: american, now: NOW })).rejects.toThrow(isUnjudged);
  expect(await stageOrder({ directory, order: american, unjudged: true, now: NOW })).toMatchObject({
    judgement: { outcome: 'unknown', jurisdiction: 'US' },
  });
  expect(await stageOrder({ directory, order: order(), now: NOW })).toMatchObject({
    judgement: { outcome: 'permitted' },
    warnings: [],
  });
});
