import { expect, test } from 'vitest';
import { type Explanation, explainTraffic } from '../src/traffic/explain.ts';
import { differingHeaders, unexpectedHeader } from '../src/traffic/headers.ts';
import type { TrafficRecord, SentRequest } from '../src/traffic/record.ts';
import { requestsOf } from '../src/commands/ledger/claims.ts';
import { get, ledgerOf, signal } from './fixture/ledger.ts';
import { noise, request } from './fixture/traffic.ts';

const OWN = 'https://app.example';
const LISTS = 'https://lists.example';
const BODY = Uint8Array.from({ length: 256 }, (_, i) => (i === 0 ? 1 : i < 16 ? 0 : i));
const LEDGER = requestsOf(ledgerOf([get('/metadata/timestamp.json', LISTS), get('/1.lode?x=1', LISTS), signal(BODY)]));
const POST: Partial<SentRequest> = { method: 'POST', body: BODY, status: 204 };
const ALL: SentRequest[] = [
  request(`${LISTS}/metadata/timestamp.json`),
  request(`${LISTS}/1.lode?x=1`),
  request('https://provider.example/v1/signals', POST),
];

function account(traffic: readonly TrafficRecord[], firstParty: readonly string[] = [OWN]): Explanation {
  const records = traffic.map((sent, id) => ({ ...sent, id }));
  return explainTraffic(records, [LEDGER], { firstParty, isBrowserMaker: (host) => host === 'maker.example' });
}
const reasons = (...traffic: TrafficRecord[]) => account(traffic).explained.map(({ reason }) => reason.by);
/** The reason of one record in addition to those of the ledger. */
const also = (sent: TrafficRecord, own?: readonly string[]) => account([...ALL, sent], own).explained.at(-1)?.reason;

test('each request is explained by its entry, and no entry remains', () => {
  const { explained, unrecorded } = account(ALL);
  expect(explained.map(({ reason }) => reason)).toEqual([
    { by: 'ledger', ledger: 0, seq: 0, purpose: 'metadata' },
    { by: 'ledger', ledger: 0, seq: 1, purpose: 'metadata' },
    { by: 'ledger', ledger: 0, seq: 2, purpose: 'signal' },
  ]);
  expect(unrecorded).toEqual([]);
});

test('an entry explains only one request', () => {
  expect(also(request(`${LISTS}/metadata/timestamp.json`))).toMatchObject({ by: 'unexplained' });
});

test.each([
  ['another address', { url: `${LISTS}/metadata/timestamp.json?u=7` }],
  ['another server', { url: 'https://other.example/metadata/timestamp.json' }],
  ['another method', { method: 'HEAD' }],
  ['an unrecorded body', { body: noise(3) }],
  ['another status', { status: 500 }],
])('%s does not match the entry', (_what, change) => {
  const [first, ...rest] = ALL;
  const { explained, unrecorded } = account([{ ...first!, ...change }, ...rest]);
  expect(explained[0]?.reason.by).toBe('unexplained');
  expect(unrecorded.map(({ entry }) => entry.seq)).toEqual([0]);
});

test('a body that differs in one byte does not match the entry', () => {
  const other = BODY.slice();
  other[100]! ^= 1;
  const [list, timestamp] = ALL;
  expect(reasons(list!, timestamp!, request('https://provider.example/v1/signals', { ...POST, body: other }))[2]).toBe(
    'unexplained',
  );
});

test('an entry with status 0 explains a request whose response was lost', () => {
  const lost = requestsOf(ledgerOf([{ ...get('/a', LISTS), response: { bytes: 0, status: 0 } }]));
  const { explained } = explainTraffic([request(`${LISTS}/a`, { status: 502 })], [lost], {
    firstParty: [],
    isBrowserMaker: () => false,
  });
  expect(explained[0]?.reason.by).toBe('ledger');
});

test("only the exact first-party origins count as the host's", () => {
  expect(also(request(`${OWN}/chat`, { method: 'POST', body: noise(500) }))).toEqual({
    by: 'first-party',
    origin: OWN,
  });
  expect(also({ kind: 'message', id: 9, at: 0, url: `${OWN}/socket`, body: noise(5) })).toMatchObject({
    by: 'first-party',
  });
  expect(also({ kind: 'name', id: 9, at: 0, name: 'app.example', by: 'lookup' })).toMatchObject({ by: 'first-party' });
  for (const url of [
    'http://app.example/',
    'https://app.example:8443/',
    'https://app.example.evil.example/',
    'https://x.app.example/',
  ])
    expect(also(request(url)), url).toMatchObject({ by: 'unexplained' });
});

test('a request with the form or the address of a signal never counts as the host’s', () => {
  expect(also(request(`${OWN}/upload`, POST))).toMatchObject({
    by: 'unexplained',
    why: expect.stringContaining('form of a signal'),
  });
  const url = 'https://provider.example/v1/signals';
  expect(also(request(url, { method: 'POST', body: noise(10) }), ['https://provider.example'])).toMatchObject({
    by: 'unexplained',
    why: expect.stringContaining('address of signals'),
  });
});

test('datagrams, connections and look-ups to other servers are unexplained', () => {
  expect(also({ kind: 'datagram', id: 9, at: 0, to: 'app.example:3478', body: noise(20) })).toMatchObject({
    by: 'unexplained',
  });
  expect(also({ kind: 'stream', id: 9, at: 0, to: 'other.example:25', body: noise(20), opaque: false })).toMatchObject({
    by: 'unexplained',
  });
  expect(also({ kind: 'name', id: 9, at: 0, name: 'secret.evil.example', by: 'hint' })).toMatchObject({
    by: 'unexplained',
  });
  expect(also({ kind: 'name', id: 9, at: 0, name: 'lists.example', by: 'lookup' })).toMatchObject({
    by: 'first-party',
  });
  expect(also({ kind: 'name', id: 9, at: 0, name: 'maker.example', by: 'lookup' })).toEqual({ by: 'browser' });
});

test('a blocked request did not leave', () => {
  expect(also(request('https://maker.example/', { blocked: 'browser-maker' }))).toEqual({
    by: 'blocked',
    because: 'browser-maker',
  });
  expect(also(request(`${LISTS}/late`, { blocked: 'recording-ended' }))).toEqual({
    by: 'blocked',
    because: 'recording-ended',
  });
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
  ['Range', 'bytes=1048576-'],
  ['Range', 'bytes=65536-131071'],
  ['Range', 'bytes=0-1048576'],
])('a ledger entry does not explain a request that carries %s', (name, value) => {
  const [first, ...rest] = ALL;
  const { explained } = account([{ ...first!, headers: [[name, value]] }, ...rest]);
  expect(explained[0]?.reason).toMatchObject({ by: 'unexplained', why: expect.stringContaining(name) });
});

test('headers that a browser sets by itself are expected, with the same values each time', () => {
  const usual = [
    ['Host', 'lists.example'],
    ['Accept', '*/*'],
    ['sec-ch-ua', '"Chromium";v="156"'],
    ['Range', 'bytes=1048576-2097151'],
    [':path', '/a'],
  ] as const;
  expect(unexpectedHeader(usual)).toBeUndefined();
  const a = { method: 'GET', headers: [...usual, ['Accept-Language', 'en']] as const };
  const b = { method: 'GET', headers: [...usual.slice(1), ['accept-language', 'en;q=0.7']] as const };
  expect(differingHeaders([a, a])).toEqual([]);
  expect(differingHeaders([a, b])).toEqual([{ name: 'GET accept-language', values: ['en', 'en;q=0.7'] }]);

  const whole = { method: 'GET', headers: [['accept-encoding', 'gzip, br']] as const };
  const range = {
    method: 'GET',
    headers: [
      ['Range', 'bytes=0-9'],
      ['accept-encoding', 'identity'],
    ] as const,
  };
  expect(differingHeaders([whole, range])).toEqual([]);
  expect(differingHeaders([whole, { method: 'GET', headers: range.headers.slice(1) }])).toHaveLength(1);
});
