import { expect, test } from 'vitest';
import { auditLedger } from '../src/index.ts';
import { ledgerExhibits } from '../src/commands/ledger/report-sections.ts';
import { page } from '../src/report/html/page.ts';
import { EXIT, verdictOf } from '../src/report/report.ts';
import { get, ledgerOf, ndjson, signal } from './fixture/ledger.ts';

const EVIL = 'https://x.example/"><script>alert(1)</script>';
const report = auditLedger({
  name: EVIL,
  ndjson: ndjson(ledgerOf([get('/<img src=x>'), signal(new Uint8Array(192))])),
});
const html = page(report, { exhibits: ledgerExhibits(report.facts), command: `lodestone-audit ledger ${EVIL}` });

test('what is reported is text, whatever it holds', () => {
  expect(html).not.toMatch(/<script|<img/);
  expect(html).toContain('&lt;script&gt;');
  expect(html).toContain('&lt;img src=x&gt;');
});

test('it loads nothing and runs nothing, and its own policy says so', () => {
  expect(html).toContain("default-src 'none'; style-src 'unsafe-inline'");
  expect(html).not.toMatch(/<[^>]*\s(?:src|href)=|url\(|@import/);
});

test('each promise stands there with how it was tested, what was seen, and its verdict in words', () => {
  for (const { promise, tested, seen } of report.claims) {
    for (const text of [promise, tested, seen]) expect(html).toContain(text);
  }
  expect(html.match(/<article class="claim">/g)).toHaveLength(report.claims.length);
  expect(html).toContain('✓ Holds');
  for (const limit of report.limits) expect(html).toContain(limit);
});

test('one broken promise breaks the whole, and the exit code says which it is', () => {
  const [claim] = report.claims;
  const verdict = (...verdicts: ('holds' | 'broken' | 'untested')[]) =>
    verdictOf({ claims: verdicts.map((one) => ({ ...claim!, verdict: one })) });
  expect(verdict('holds', 'untested')).toBe('holds');
  expect(verdict('holds', 'untested', 'broken')).toBe('broken');
  expect(verdict('untested')).toBe('untested');
  expect(EXIT).toEqual({ holds: 0, broken: 1, untested: 1, usage: 2 });
});
