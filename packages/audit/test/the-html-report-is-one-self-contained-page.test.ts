import { expect, test } from 'vitest';
import { auditLedger } from '../src/index.ts';
import { ledgerSections } from '../src/commands/ledger/report-sections.ts';
import { COMMANDS } from '../src/commands.ts';
import { text } from '../src/report/formats/text.ts';
import { page } from '../src/report/html/page.ts';
import { EXIT_CODES, statusOf } from '../src/report/report.ts';
import { get, ledgerOf, ndjson, signal } from './fixture/ledger.ts';

const EVIL = 'https://x.example/"><script>alert(1)</script>';
const report = auditLedger({
  name: EVIL,
  ndjson: ndjson(ledgerOf([get('/<img src=x>'), signal(new Uint8Array(256))])),
});
const html = page(report, {
  title: 'What a device’s ledger records',
  sections: ledgerSections(report.facts),
  commandLine: `lodestone-audit ledger ${EVIL}`,
});

test('values in the report are escaped', () => {
  expect(html).not.toMatch(/<script|<img/);
  expect(html).toContain('&lt;script&gt;');
  expect(html).toContain('&lt;img src=x&gt;');
});

test('the page loads nothing and runs nothing, and its policy forbids both', () => {
  expect(html).toContain("default-src 'none'; style-src 'unsafe-inline'");
  expect(html).not.toMatch(/<[^>]*\s(?:src|href)=|url\(|@import/);
});

test('each claim has its id, title, test, result and status', () => {
  for (const { id, title, tested, result } of report.claims) {
    for (const text of [id, title, tested, result]) expect(html).toContain(text);
  }
  expect(html.match(/<article class="claim">/g)).toHaveLength(report.claims.length);
  expect(html).toContain('✓ Pass');
  for (const limit of report.limits) expect(html).toContain(limit);
});

test('the heading asks and claims nothing, and a report passes without reservation only if every claim was tested', () => {
  for (const { title } of COMMANDS) expect(title).toMatch(/^[A-Z][^?!]*[^.?!]$/);
  const [claim] = report.claims;
  const shown = { title: 'What was examined', sections: [], commandLine: '' };
  const of = (...statuses: ('pass' | 'fail' | 'not-tested')[]) => ({
    ...report,
    claims: statuses.map((one) => ({ ...claim!, status: one })),
  });
  expect(page(of('pass', 'pass'), shown)).toContain('<strong>✓ Pass</strong>');
  expect(page(of('pass', 'not-tested'), shown)).toContain('<strong>✓ Pass, as far as tested</strong>');
  expect(page(of('pass', 'not-tested', 'fail'), shown)).toContain('<strong>✗ Fail</strong>');
  expect(text.render(of('pass', 'pass'), shown)).toMatch(/\nAll claims pass\.$/);
  expect(text.render(of('pass', 'not-tested'), shown)).toContain('Read the claims that are not tested');
});

test('one failed claim fails the report, and the exit code follows', () => {
  const [claim] = report.claims;
  const status = (...statuses: ('pass' | 'fail' | 'not-tested')[]) =>
    statusOf({ claims: statuses.map((one) => ({ ...claim!, status: one })) });
  expect(status('pass', 'not-tested')).toBe('pass');
  expect(status('pass', 'not-tested', 'fail')).toBe('fail');
  expect(status('not-tested')).toBe('not-tested');
  expect(EXIT_CODES).toEqual({ pass: 0, fail: 1, 'not-tested': 2, error: 2 });
});
