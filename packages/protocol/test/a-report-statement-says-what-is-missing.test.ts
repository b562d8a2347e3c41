/** The provider's part of the yearly report: its template has every key, and each text that nobody replaced is named. */
import { expect, test } from 'vitest';
import { parseStatement, type ReportStatement, statementTemplate, TO_DO } from '../src/report-statement.ts';

const parse = (value: unknown): ReportStatement =>
  parseStatement(new TextEncoder().encode(JSON.stringify(value)), 'statement.json');

/** As a person would. */
function filled(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => filled(each, key));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, name)]));
  if (typeof value !== 'string' || !value.startsWith(TO_DO)) return value;
  const others: Record<string, unknown> = {
    likelihood: 'low',
    impact: 'high',
    decision: 'not-adopted',
    day: '2027-01-20',
    endToEndEncrypted: true,
  };
  return others[key] ?? 'What a person wrote.';
}
const statement = filled(statementTemplate(2026)) as ReportStatement;
const faults = (value: unknown) => {
  try {
    parse(value);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

test('the filled template is a statement', () => {
  expect(parse(statement)).toEqual(statement);
});

test('each text of the template is a fault that says what to write there', () => {
  const texts = JSON.stringify(statementTemplate(2026)).split(TO_DO).length - 1;
  const message = faults(statementTemplate(2026));
  expect(message).toContain(`statement.json: ${texts} faults: `);
  expect(message).toContain('at provider.name: fill it in: the provider’s legal name');
  expect(message).toContain('at service.endToEndEncrypted: "TODO: true or false, without quotes" is not allowed');
  const almost = { ...statement, signOff: { ...statement.signOff, name: `${TO_DO}who answers for this report` } };
  expect(faults(almost)).toBe('statement.json at signOff.name: fill it in: who answers for this report');
});

test.each<[why: string, change: object, message: string]>([
  ['a key is missing', { technologies: undefined }, 'at technologies: is missing'],
  ['a key is unknown', { tecnologies: 'x' }, 'unknown key tecnologies'],
  ['a text is empty', { technologies: '  ' }, 'at technologies: is empty'],
  ['a text shows nothing', { technologies: '\u200b\u00a0' }, 'at technologies: is empty'],
  ['a text of the template is indented', { technologies: ' TODO: why' }, 'at technologies: fill it in: why'],
  ['a text is too long', { technologies: 'x'.repeat(4_001) }, 'at technologies: at most 4000 characters'],
  ['a text has control characters', { technologies: 'a\u0007' }, 'at technologies: contains control characters'],
  ['nobody signs', { signOff: undefined }, 'at signOff: is missing'],
  ['a day does not exist', { signOff: { ...statement.signOff, day: '2027-02-30' } }, 'at signOff.day: "2027-02-30"'],
  ['no harm is assessed', { assessment: { ...statement.assessment, harms: [] } }, 'at assessment.harms: at least 1'],
  ['there are too many measures', { measures: Array.from({ length: 51 }, () => statement.measures[0]) }, 'at most 50'],
  ['the year is none', { year: 26 }, 'at year: at least 2000'],
])('it is refused if %s', (_, change, message) => {
  expect(faults({ ...statement, ...change })).toContain(message);
});

test('a file that is too large, or no JSON, is refused before it is read', () => {
  expect(() => parseStatement(new Uint8Array(524_289), 'f')).toThrow(expect.objectContaining({ code: 'ERR_SIZE' }));
  expect(() => parseStatement(new Uint8Array([0xff]), 'f')).toThrow(expect.objectContaining({ code: 'ERR_SCHEMA' }));
});
