/** A report to NCMEC has its elements in the table's order, whichever optional ones it has, and never needs a file. */
import type { Name } from '@lodestone/protocol/name';
import type { TargetReference } from '@lodestone/protocol/paths';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaseEntry } from '../src/cases/cases.ts';
import type { CaseSummary } from '../src/cases/list-cases.ts';
import type { ExportedCase } from '../src/exports/format.ts';
import { INCIDENTS, NCMEC_REPORT } from '../src/exports/formats/ncmec-elements.ts';
import { ncmecReport } from '../src/exports/formats/ncmec.ts';
import { printXml, type XmlElement, type XmlValue, type XmlValues } from '../src/exports/ordered-xml.ts';

/** Names of the children of each element, in order, from a well-formed document. */
function childrenOf(xml: string): Map<string, string[][]> {
  const found = new Map<string, string[][]>();
  const open: { name: string; children: string[] }[] = [];
  for (const [, slash, name = ''] of xml.matchAll(/<(\/?)([A-Za-z0-9]+)>/g)) {
    if (slash === '') {
      open.at(-1)?.children.push(name);
      open.push({ name, children: [] });
      continue;
    }
    const closed = open.pop();
    expect(closed?.name).toBe(name);
    found.set(name, [...(found.get(name) ?? []), closed?.children ?? []]);
  }
  expect(open).toEqual([]);
  return found;
}

/** Asserts that the children of each element are in the table's order. */
function isInOrder(xml: string, element: XmlElement): void {
  const of = childrenOf(xml);
  const visit = ({ name, children = [] }: XmlElement): void => {
    const order = children.map((child) => child.name);
    for (const given of of.get(name) ?? []) {
      const places = given.map((child) => order.indexOf(child));
      if (order.length > 0) expect(places, name).toEqual(places.toSorted((a, b) => a - b));
    }
    children.forEach(visit);
  };
  visit(element);
}

/** Values for an element, with its children in a random order and any optional ones missing. */
function valueOf({ children, isChoice, isRepeated }: XmlElement): fc.Arbitrary<XmlValue> {
  const one: fc.Arbitrary<XmlValue> = children
    ? childValues(children, isChoice ?? false)
    : fc.string({ maxLength: 5, unit: 'grapheme-ascii' });
  return isRepeated ? fc.array(one, { maxLength: 2 }) : one;
}

function childValues(children: readonly XmlElement[], isChoice: boolean): fc.Arbitrary<XmlValues> {
  const pairs = children.map((child) => fc.tuple(fc.constant(child.name), valueOf(child)));
  if (isChoice) return fc.oneof(...pairs).map((pair) => Object.fromEntries([pair]));
  const chosen = children.map(({ isRequired }, i) =>
    isRequired ? pairs[i] : fc.option(pairs[i] ?? fc.constant(null), { nil: null }),
  );
  return fc
    .tuple(...chosen.map((each) => each ?? fc.constant(null)))
    .map((all) => all.filter((each): each is [string, XmlValue] => each !== null))
    .chain((given) => fc.shuffledSubarray(given, { minLength: given.length }))
    .map((given) => Object.fromEntries(given));
}

/**
 * The order of NCMEC's public documentation, written a second time: a table that somebody re-sorts is noticed. `*`: it may be repeated,
 * `!`: it is required.
 */
const DOCUMENTED: Readonly<Record<string, string>> = {
  report:
    'incidentSummary! internetDetails* lawEnforcement reporter! personOrUserReported intendedRecipient* victim* additionalInfo',
  incidentSummary: 'incidentType! escalateToHighPriority incidentDateTime! incidentDateTimeDescription',
  webPageIncident: 'url additionalInfo thirdPartyHostedContent',
  emailIncident: 'emailAddress* content additionalInfo',
  newsgroupIncident: 'name emailAddress* content additionalInfo',
  chatImIncident: 'chatClient chatRoomName content additionalInfo',
  onlineGamingIncident: 'gameName console content additionalInfo',
  cellPhoneIncident: 'phoneNumber latitude longitude additionalInfo',
  nonInternetIncident: 'locationName incidentAddress* additionalInfo',
  incidentAddress: 'address city zipCode state nonUsaState country',
  peer2peerIncident: 'client ipCaptureEvent* fileNames additionalInfo',
  lawEnforcement:
    'agencyName! caseNumber officerContact! reportedToLe servedLegalProcessDomestic servedLegalProcessInternational',
  reporter: 'reportingPerson! contactPerson companyTemplate termsOfService legalURL',
  personOrUserReported:
    'personOrUserReportedPerson vehicleDescription espIdentifier espService screenName displayName* profileUrl* ipCaptureEvent* deviceId* thirdPartyUserReported priorCTReports* groupIdentifier estimatedLocation additionalInfo',
  intendedRecipient:
    'intendedRecipientPerson espIdentifier espService screenName displayName* profileUrl* ipCaptureEvent* deviceId* priorCTReports* accountTemporarilyDisabled accountPermanentlyDisabled estimatedLocation additionalInfo',
  victim:
    'victimPerson espIdentifier espService screenName displayName* profileUrl* ipCaptureEvent* deviceId* schoolName priorCTReports* estimatedLocation additionalInfo',
  ipCaptureEvent: 'ipAddress! eventName dateTime possibleProxy port',
  deviceId: 'idType idValue eventName dateTime',
  estimatedLocation: 'city region countryCode! verified timestamp',
  ...Object.fromEntries(
    ['reporting', 'contact', 'personOrUserReported', 'intendedRecipient', 'victim']
      .map((whose) => `${whose}Person`)
      .concat('officerContact')
      .map((name) => [name, 'firstName lastName email']),
  ),
};

function elementNamed(name: string, within: XmlElement = NCMEC_REPORT): XmlElement | undefined {
  if (within.name === name) return within;
  for (const child of within.children ?? []) {
    const found = elementNamed(name, child);
    if (found) return found;
  }
  return undefined;
}

/** The fewest elements that are valid. */
function leastOf({ children, isChoice }: XmlElement): XmlValue {
  if (!children) return 'x';
  const given = isChoice ? children.slice(0, 1) : children.filter(({ isRequired }) => isRequired);
  return Object.fromEntries(given.map((child) => [child.name, leastOf(child)]));
}

describe.each(Object.entries(DOCUMENTED))('%s', (name, documented) => {
  test('has its elements in the documented order, in each combination of the optional ones', () => {
    const element = elementNamed(name);
    const children = element?.children ?? [];
    const marks = ({ isRepeated, isRequired }: XmlElement): string => (isRepeated ? '*' : '') + (isRequired ? '!' : '');
    expect(children.map((child) => child.name + marks(child))).toEqual(documented.split(' '));
    const optional = children.filter(({ isRequired }) => !isRequired);
    for (let bits = 0; bits < 2 ** optional.length; bits++) {
      const given = children.filter((child) => child.isRequired || bits & (1 << optional.indexOf(child)));
      const values = Object.fromEntries(given.toReversed().map((child) => [child.name, leastOf(child)]));
      const xml = printXml(element ?? NCMEC_REPORT, values);
      const printed = [...xml.matchAll(/^ {2}<([A-Za-z0-9]+)>/gm)].map(([, child]) => child);
      if (printed.join(' ') !== given.map((child) => child.name).join(' ')) expect(printed).toEqual(given);
    }
  });
});

test('no element whose children have an order is left out', () => {
  const namesIn = ({ name, children = [], isChoice }: XmlElement): string[] =>
    [children.length > 0 && !isChoice ? [name] : [], ...children.map(namesIn)].flat();
  expect(Object.keys(DOCUMENTED).toSorted()).toEqual([...new Set(namesIn(NCMEC_REPORT))].toSorted());
});

describe('a document printed by the table', () => {
  test('has its elements in the table’s order, whatever the order of the values', () => {
    fc.assert(
      fc.property(childValues(NCMEC_REPORT.children ?? [], false), (values) => {
        isInOrder(printXml(NCMEC_REPORT, values), NCMEC_REPORT);
      }),
      { numRuns: 200 },
    );
  });

  const summary = { incidentType: 'x', incidentDateTime: '2026-11-24T00:00:00Z' };
  const least: XmlValues = { reporter: { reportingPerson: {} }, incidentSummary: summary };
  test('needs only the incident and a reporter: a report without files or texts is valid', () => {
    expect(printXml(NCMEC_REPORT, least)).toMatch(/<report>\n {2}<incidentSummary>[^]*<\/reporter>\n<\/report>\n$/);
  });

  test.each<[string, XmlValues, RegExp]>([
    ['an unknown element', { ...least, fileDetails: 'x' }, /report has no element fileDetails/],
    ['no incident', { reporter: { reportingPerson: {} } }, /report needs incidentSummary/],
    [
      'two kinds of incident in one',
      { ...least, internetDetails: [{ chatImIncident: {}, webPageIncident: {} }] },
      /exactly one/,
    ],
    ['text where elements belong', { ...least, reporter: 'x' }, /has elements, not text/],
    ['elements where text belongs', { ...least, additionalInfo: {} }, /has text, not elements/],
    ['one element twice', { ...least, additionalInfo: ['a', 'b'] }, /appears once/],
    ['a long text', { ...least, additionalInfo: 'x'.repeat(3_001) }, /more than 3000 characters/],
    ['a control character', { ...least, additionalInfo: '\u{1}' }, /XML does not allow/],
    ['half a character', { ...least, additionalInfo: '\u{D800}' }, /XML does not allow/],
  ])('with %s is refused', (_, values, why) => {
    expect(() => printXml(NCMEC_REPORT, values)).toThrow(why);
  });

  test('cannot be escaped from', () => {
    const xml = printXml(NCMEC_REPORT, { ...least, additionalInfo: `</report><a b="c" d='e'>&` });
    expect(xml).toContain('&lt;/report&gt;&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;');
  });
});

const entry = (change: Partial<CaseEntry> = {}): CaseEntry => ({
  kind: 'match',
  reference: 'hotline:v1/lists/known/manifest.json' as TargetReference,
  version: 4,
  entry: 17,
  signals: 2,
  exactSignals: 2,
  level: 0,
  isSuppressed: false,
  isFlood: false,
  firstDay: '2026-11-20',
  lastDay: '2026-11-24',
  ...change,
});
const CASE: CaseSummary = {
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
};
const NOW = Date.parse('2026-11-25T12:00:00Z');
const report = (change: Partial<ExportedCase> = {}): string =>
  ncmecReport(
    {
      case: CASE,
      evidence: { entries: [entry()], more: 0 },
      actions: [],
      order: undefined,
      reporter: { service: 'Chat', reportingPerson: { firstName: 'A', lastName: 'B', email: 'a@b.example' } },
      isReal: false,
      ...change,
    },
    NOW,
  );

describe('a case as a report', () => {
  const optional = [
    { account: 'user-1' },
    { isReal: true },
    { legalURL: 'https://chat.example/legal' },
    { termsOfService: 'None.' },
  ];
  test('is in order in each combination of what is optional', () => {
    for (let bits = 0; bits < 2 ** optional.length; bits++) {
      const { legalURL, termsOfService, ...rest } = Object.assign(
        {},
        ...optional.filter((_, i) => bits & (1 << i)),
      ) as {
        legalURL?: string;
        termsOfService?: string;
      };
      const reporter = { service: 'Chat', reportingPerson: { firstName: 'A', lastName: 'B', email: 'a@b.example' } };
      const xml = report({ ...rest, reporter: { ...reporter, legalURL, termsOfService } });
      isInOrder(xml, NCMEC_REPORT);
      for (const [name, given] of Object.entries({ legalURL, termsOfService }))
        expect(xml.includes(`<${name}>`)).toBe(given !== undefined);
    }
  });

  test('happens in a chat, or as each of the kinds that the reporter names', () => {
    const reporter = { service: 'Chat', reportingPerson: { firstName: 'A', lastName: 'B', email: 'a@b.example' } };
    const kindsOf = (xml: string) => childrenOf(xml).get('internetDetails')?.flat();
    expect(kindsOf(report())).toEqual(['chatImIncident']);
    expect(INCIDENTS).toHaveLength(8);
    fc.assert(
      fc.property(fc.subarray([...INCIDENTS], { minLength: 1 }), (kinds) => {
        const xml = report({
          reporter: { ...reporter, incident: Object.fromEntries(kinds.map((kind) => [kind, {}])) },
        });
        isInOrder(xml, NCMEC_REPORT);
        expect(kindsOf(xml)).toEqual(kinds);
        expect(xml.split('TEST')).toHaveLength(kinds.length + 2);
      }),
      { numRuns: 50 },
    );
    const wrong = { webPageIncident: { chatClient: 'x' } };
    expect(() => report({ reporter: { ...reporter, incident: wrong } })).toThrow(/has no element chatClient/);
  });

  test('says TEST unless it is a real one, and names the account only if it is given', () => {
    expect(report()).toMatch(/TEST: this is not a real report/);
    expect(report({ isReal: true })).not.toContain('TEST');
    expect(report()).not.toContain('personOrUserReported');
    expect(report({ account: 'user-1' })).toContain('<espIdentifier>user-1</espIdentifier>');
    expect(report()).not.toContain(CASE.pseudonym);
  });

  test('has the day of the last match, and never a time in the future', () => {
    expect(report()).toContain('<incidentDateTime>2026-11-24T00:00:00Z</incidentDateTime>');
    expect(report({ evidence: { entries: [entry({ lastDay: '2026-11-26' })], more: 0 } })).toContain(
      '<incidentDateTime>2026-11-25T11:59:59Z</incidentDateTime>',
    );
  });

  test('leaves out suppressed entries, and fits with the most entries that a case shows', () => {
    const long = `${'s'.repeat(64)}:v1/lists/${'l'.repeat(64)}/manifest.json` as TargetReference;
    const entries = Array.from({ length: 100 }, (_, i) =>
      entry({ reference: long, entry: 4_294_967_295 - i, signals: 256, isSuppressed: i === 0 }),
    );
    const xml = report({ evidence: { entries, more: 900 } });
    expect(xml).toContain('and 989 more entries');
    expect(xml).not.toContain('4294967295');
  });
});
