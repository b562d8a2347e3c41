/** The comparison of `npm start -- --once` reports nothing if all is as expected, and otherwise one sentence per difference. */
import { createHash } from 'node:crypto';
import type { LedgerRequest } from '@lodestone/protocol';
import type { Case } from '@lodestone/receiver';
import { appendEntry } from '@lodestone/trust';
import { expect, test } from 'vitest';
import type { Observed, Recorded } from '../src/smoke-test/drive-chat.ts';
import { type Expected, compare } from '../src/smoke-test/expectations.ts';

const chat = 'http://localhost:4600/';
const endpoint = 'http://localhost:4602/v1/signals';
const checks: Expected[] = [{ file: 'a.jpg', surface: 'send', outcome: 'match', action: 'block' }];
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const signal = Buffer.alloc(256, 7);
const post: Recorded = { method: 'POST', url: endpoint, body: { bytes: 256, sha256: sha256(signal) }, status: 204 };
const page: Recorded = { method: 'GET', url: chat, body: { bytes: 0, sha256: sha256(Buffer.alloc(0)) }, status: 200 };
const written: LedgerRequest = {
  type: 'request',
  purpose: 'signal',
  method: 'POST',
  origin: 'http://localhost:4602',
  path: '/v1/signals',
  request: { bytes: 256, sha256: sha256(signal) as LedgerRequest['request']['sha256'] },
  response: { bytes: 0, status: 204 },
};
const entry = appendEntry(undefined, written, 0);
const cases = [{ pseudonym: '00', order: {}, entries: [{ kind: 'match', signals: 1 }] }] as unknown as Case[];

const right: Observed = {
  checks: [
    { file: 'a.jpg', surface: 'send', outcome: 'match', action: 'block', reason: undefined, milliseconds: '5 ms' },
  ],
  requests: [page, post],
  ledgers: [[entry], []],
};
const differences = (change: Partial<Observed>, seen: readonly Case[] = cases): string[] =>
  compare({ ...right, ...change }, seen, { checks, chat, endpoint }).differences;

test('no difference is reported if all is as expected', () => {
  expect(differences({})).toEqual([]);
});

test('a request without a ledger entry and an entry without a request are both reported', () => {
  const hidden: Recorded = { ...page, url: 'https://elsewhere.example/beacon' };
  expect(differences({ requests: [page, post, hidden] })).toEqual([
    expect.stringContaining('sent, but in no ledger: GET https://elsewhere.example/beacon'),
  ]);
  const [notLeft] = differences({ requests: [page] });
  expect(notLeft).toContain('in a ledger, but never sent: POST');
});

test.each([
  ['other bytes than in the ledger', { ...post, body: { bytes: 256, sha256: sha256(Buffer.alloc(256)) } }],
  ['another size', { ...post, body: { bytes: 257, sha256: post.body.sha256 } }],
  ['another status', { ...post, status: 503 }],
])('a signal with %s is reported', (_, sent) => {
  expect(differences({ requests: [page, sent] })).not.toEqual([]);
});

test('a second signal is reported', () => {
  const second = appendEntry(entry, written, 0);
  expect(differences({ requests: [page, post, post], ledgers: [[entry, second], []] })).toEqual([
    '2 requests were not GET, expected 1',
  ]);
});

test('a broken ledger chain is reported', () => {
  expect(differences({ ledgers: [[{ ...entry, time: '2026-11-24T00:00:00Z' as typeof entry.time }], []] })).toEqual([
    expect.stringContaining('ledger entry 0'),
  ]);
});

test('another outcome is reported as expected and as observed', () => {
  const clear = right.checks.map((check) => ({ ...check, outcome: 'clear', action: 'allow' }));
  expect(differences({ checks: clear })).toEqual([
    'expected, but not observed: a.jpg on send: match, block',
    'observed, but not expected: a.jpg on send: clear, allow',
  ]);
});

test('a missing case and a case that counts twice are reported', () => {
  expect(differences({}, [])).toEqual([expect.stringContaining('the receiver has 0 cases')]);
  const twice = [{ ...cases[0], entries: [{ kind: 'match', signals: 2 }] }] as unknown as Case[];
  expect(differences({}, twice)).toEqual(['the case has 2 match signals, expected 1 match signal']);
});
