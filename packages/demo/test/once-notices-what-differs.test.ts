/** The judge of `npm start -- --once` says nothing where all is right, and names each thing that is not. */
import { createHash } from 'node:crypto';
import type { LedgerRequest } from '@lodestone/protocol';
import type { Case } from '@lodestone/receiver';
import { appendEntry } from '@lodestone/trust';
import { expect, test } from 'vitest';
import type { Observed, Recorded } from '../src/smoke-test/drive-chat.ts';
import { type Expected, judge } from '../src/smoke-test/expectations.ts';

const chat = 'http://localhost:4600/';
const endpoint = 'http://localhost:4602/v1/signals';
const ways: Expected[] = [{ file: 'a.jpg', surface: 'send', outcome: 'match', action: 'block' }];
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const signal = Buffer.alloc(192, 7);
const post: Recorded = { method: 'POST', url: endpoint, body: { bytes: 192, sha256: sha256(signal) }, status: 204 };
const page: Recorded = { method: 'GET', url: chat, body: { bytes: 0, sha256: sha256(Buffer.alloc(0)) }, status: 200 };
const written: LedgerRequest = {
  type: 'request',
  purpose: 'signal',
  method: 'POST',
  origin: 'http://localhost:4602',
  path: '/v1/signals',
  request: { bytes: 192, sha256: sha256(signal) as LedgerRequest['request']['sha256'] },
  response: { bytes: 0, status: 204 },
};
const entry = appendEntry(undefined, written, 0);
const cases = [{ subject: '00', order: {}, entries: [{ kind: 'match', signals: 1 }] }] as unknown as Case[];

const right: Observed = {
  ways: [
    { file: 'a.jpg', surface: 'send', outcome: 'match', action: 'block', reason: undefined, milliseconds: '5 ms' },
  ],
  requests: [page, post],
  ledgers: [[entry], []],
};
const differences = (change: Partial<Observed>, seen: readonly Case[] = cases): string[] =>
  judge({ ...right, ...change }, seen, { ways, chat, endpoint }).differences;

test('nothing is said where all is as it should be', () => {
  expect(differences({})).toEqual([]);
});

test('a request that is in no ledger, and an entry that never left, are both named', () => {
  const hidden: Recorded = { ...page, url: 'https://elsewhere.example/beacon' };
  expect(differences({ requests: [page, post, hidden] })).toEqual([
    expect.stringContaining('left, and is in no ledger: GET https://elsewhere.example/beacon'),
  ]);
  const [notLeft] = differences({ requests: [page] });
  expect(notLeft).toContain('in a ledger, and never left: POST');
});

test.each([
  ['other bytes than the ledger says', { ...post, body: { bytes: 192, sha256: sha256(Buffer.alloc(192)) } }],
  ['another size', { ...post, body: { bytes: 193, sha256: post.body.sha256 } }],
  ['another status', { ...post, status: 503 }],
])('a signal with %s is named', (_, sent) => {
  expect(differences({ requests: [page, sent] })).not.toEqual([]);
});

test('a second signal is named', () => {
  const second = appendEntry(entry, written, 0);
  expect(differences({ requests: [page, post, post], ledgers: [[entry, second], []] })).toEqual([
    '2 requests were no GET, expected one',
  ]);
});

test('a broken chain is named', () => {
  expect(differences({ ledgers: [[{ ...entry, time: '2026-11-24T00:00:00Z' as typeof entry.time }], []] })).toEqual([
    expect.stringContaining('ledger entry 0'),
  ]);
});

test('another outcome is named from both sides', () => {
  const clear = right.ways.map((way) => ({ ...way, outcome: 'clear', action: 'allow' }));
  expect(differences({ ways: clear })).toEqual([
    'expected, and not seen: a.jpg on send: match, block',
    'seen, and not expected: a.jpg on send: clear, allow',
  ]);
});

test('no case, and a case that counts twice, are named', () => {
  expect(differences({}, [])).toEqual([expect.stringContaining('the receiver has 0 cases')]);
  const twice = [{ ...cases[0], entries: [{ kind: 'match', signals: 2 }] }] as unknown as Case[];
  expect(differences({}, twice)).toEqual(['the case holds 2 match signals']);
});
