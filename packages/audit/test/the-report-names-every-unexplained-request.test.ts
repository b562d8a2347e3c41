import { expect, test } from 'vitest';
import { type Account, explain } from '../src/traffic/explain.ts';
import { differing, oddHeader } from '../src/traffic/headers.ts';
import type { Sent, SentRequest } from '../src/traffic/record.ts';
import { requestsOf } from '../src/commands/ledger/run.ts';
import { get, ledgerOf, signal } from './fixture/ledger.ts';
import { noise, request } from './fixture/traffic.ts';

const OWN = 'https://app.example';
const LISTS = 'https://lists.example';
const BODY = Uint8Array.from({ length: 192 }, (_, i) => (i === 0 || i === 1 ? 1 : i < 16 ? 0 : i));
const LEDGER = requestsOf(ledgerOf([get('/metadata/timestamp.json', LISTS), get('/1.lode?x=1', LISTS), signal(BODY)]));
const POST: Partial<SentRequest> = { method: 'POST', body: BODY, status: 204 };
const ALL: SentRequest[] = [
  request(`${LISTS}/metadata/timestamp.json`),
  request(`${LISTS}/1.lode?x=1`),
  request('https://provider.example/v1/signals', POST),
];

function account(traffic: readonly Sent[], own: readonly string[] = [OWN]): Account {
  const records = traffic.map((sent, id) => ({ ...sent, id }));
  return explain(records, [LEDGER], { own, isBrowsers: (host) => host === 'maker.example' });
}
const reasons = (...traffic: Sent[]) => account(traffic).explained.map(({ reason }) => reason.by);
/** Of one record more than the ledger tells of. */
const also = (sent: Sent, own?: readonly string[]) => account([...ALL, sent], own).explained.at(-1)?.reason;

test('each request is explained by its own entry, and no entry is left', () => {
  const { explained, unseen } = account(ALL);
  expect(explained.map(({ reason }) => reason)).toEqual([
    { by: 'ledger', ledger: 0, seq: 0, purpose: 'metadata' },
    { by: 'ledger', ledger: 0, seq: 1, purpose: 'metadata' },
    { by: 'ledger', ledger: 0, seq: 2, purpose: 'signal' },
  ]);
  expect(unseen).toEqual([]);
});

test('an entry explains one request, not two', () => {
  expect(also(request(`${LISTS}/metadata/timestamp.json`))).toMatchObject({ by: 'nothing' });
});

test.each([
  ['another address', { url: `${LISTS}/metadata/timestamp.json?u=7` }],
  ['another server', { url: 'https://other.example/metadata/timestamp.json' }],
  ['another method', { method: 'HEAD' }],
  ['a body that is not told', { body: noise(3) }],
  ['another status', { status: 500 }],
])('%s is not what the entry tells', (_what, change) => {
  const [first, ...rest] = ALL;
  const { explained, unseen } = account([{ ...first!, ...change }, ...rest]);
  expect(explained[0]?.reason.by).toBe('nothing');
  expect(unseen.map(({ entry }) => entry.seq)).toEqual([0]);
});

test('a body of one other byte is not what the entry tells', () => {
  const other = BODY.slice();
  other[100]! ^= 1;
  const [list, timestamp] = ALL;
  expect(reasons(list!, timestamp!, request('https://provider.example/v1/signals', { ...POST, body: other }))[2]).toBe(
    'nothing',
  );
});

test('an answer may be lost on its way to the SDK: then its entry has status 0', () => {
  const lost = requestsOf(ledgerOf([{ ...get('/a', LISTS), response: { bytes: 0, status: 0 } }]));
  const { explained } = explain([request(`${LISTS}/a`, { status: 502 })], [lost], { own: [], isBrowsers: () => false });
  expect(explained[0]?.reason.by).toBe('ledger');
});

test("the host's own servers are its own, by origin, and nobody else's", () => {
  expect(also(request(`${OWN}/chat`, { method: 'POST', body: noise(500) }))).toEqual({ by: 'own', origin: OWN });
  expect(also({ kind: 'message', id: 9, at: 0, url: `${OWN}/socket`, body: noise(5) })).toMatchObject({ by: 'own' });
  expect(also({ kind: 'name', id: 9, at: 0, name: 'app.example', by: 'lookup' })).toMatchObject({ by: 'own' });
  for (const url of [
    'http://app.example/',
    'https://app.example:8443/',
    'https://app.example.evil.example/',
    'https://x.app.example/',
  ])
    expect(also(request(url)), url).toMatchObject({ by: 'nothing' });
});

test('what looks like a signal, or goes where signals go, is never the host’s own', () => {
  expect(also(request(`${OWN}/upload`, POST))).toMatchObject({
    by: 'nothing',
    why: expect.stringContaining('looks like a signal'),
  });
  const url = 'https://provider.example/v1/signals';
  expect(also(request(url, { method: 'POST', body: noise(10) }), ['https://provider.example'])).toMatchObject({
    by: 'nothing',
    why: expect.stringContaining('where signals go'),
  });
});

test('datagrams, strange connections and names of strangers are unexplained', () => {
  expect(also({ kind: 'datagram', id: 9, at: 0, to: 'app.example:3478', body: noise(20) })).toMatchObject({
    by: 'nothing',
  });
  expect(also({ kind: 'stream', id: 9, at: 0, to: 'other.example:25', body: noise(20), opaque: false })).toMatchObject({
    by: 'nothing',
  });
  expect(also({ kind: 'name', id: 9, at: 0, name: 'secret.evil.example', by: 'hint' })).toMatchObject({
    by: 'nothing',
  });
  expect(also({ kind: 'name', id: 9, at: 0, name: 'lists.example', by: 'lookup' })).toMatchObject({ by: 'own' });
  expect(also({ kind: 'name', id: 9, at: 0, name: 'maker.example', by: 'lookup' })).toEqual({ by: 'browser' });
});

test('what the proxy held back did not leave', () => {
  expect(also(request('https://maker.example/', { held: 'browser' }))).toEqual({ by: 'held', because: 'browser' });
  expect(also(request(`${LISTS}/late`, { held: 'closed' }))).toEqual({ by: 'held', because: 'closed' });
});

test.each([
  ['Cookie', 'id=7'],
  ['Authorization', 'Bearer 7'],
  ['Referer', 'https://app.example/chat/7'],
  ['If-None-Match', '"7"'],
  ['If-Modified-Since', 'Tue, 24 Nov 2026 08:00:00 GMT'],
  ['X-Trace', '7'],
  ['Content-Type', 'text/plain'],
  ['Range', 'bytes=0-9, 20-29'],
])('a request of the SDK that carries %s is not explained by its entry', (name, value) => {
  const [first, ...rest] = ALL;
  const { explained } = account([{ ...first!, headers: [[name, value]] }, ...rest]);
  expect(explained[0]?.reason).toMatchObject({ by: 'nothing', why: expect.stringContaining(name) });
});

test('headers that a browser sets by itself are nothing odd; but they are the same each time', () => {
  const usual = [
    ['Host', 'lists.example'],
    ['Accept', '*/*'],
    ['sec-ch-ua', '"Chromium";v="156"'],
    ['Range', 'bytes=65536-'],
    [':path', '/a'],
  ] as const;
  expect(oddHeader(usual)).toBeUndefined();
  const a = { method: 'GET', headers: [...usual, ['Accept-Language', 'en']] as const };
  const b = { method: 'GET', headers: [...usual.slice(1), ['accept-language', 'en;q=0.7']] as const };
  expect(differing([a, a])).toEqual([]);
  expect(differing([a, b])).toEqual([{ name: 'GET accept-language', values: ['en', 'en;q=0.7'] }]);
});
