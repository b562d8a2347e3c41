import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { claimsOf, type ProbeFacts } from '../src/commands/probe/run.ts';
import { ATTEMPTS, attemptsAt } from '../src/commands/probe/attempts/attempts.ts';
import { buildOf, intoClassifier, intoWindow, intoWorker } from '../src/commands/probe/inject-script.ts';
import { nameAsked } from '../src/packets/dns-question.ts';
import { answerTo } from '../src/commands/probe/name-server.ts';
import type { EngineRun, ProbedPlace, Tried } from '../src/commands/probe/engine-run.ts';
import { known, outcomeOf } from '../src/commands/probe/outcomes.ts';
import { auditSandbox } from '../src/commands/sandbox/run.ts';

const NOTHING = { connections: 0, bytes: 0, datagrams: 0 };
const BYTES = { connections: 1, bytes: 300, datagrams: 0 };

function tried(id: string, place: ProbedPlace, change: Partial<Tried> = {}): Tried {
  return { id, place, arrived: NOTHING, lookups: 0, ending: { id, how: 'refused', said: 'TypeError' }, ...change };
}

const everything = (change: Partial<Tried>, places: readonly ProbedPlace[]): Tried[] =>
  places.flatMap((place) => {
    const here = place === 'window' ? 'window' : 'worker';
    const all = ATTEMPTS.filter(({ where }) => where === 'both' || where === here);
    return all.map(({ id }) => tried(id, place, change));
  });

/** A sandbox that refuses everything, beside a control in which everything arrives; `sealed` replaces some of it. */
function facts(sealed: readonly Tried[] = [], control: Partial<Tried> = { arrived: BYTES }): ProbeFacts {
  const all = everything({}, ['window', 'worker', 'content', 'classifier', 'classifier-policy']).map(
    (one) => sealed.find(({ id, place }) => id === one.id && place === one.place) ?? one,
  );
  const run: EngineRun = {
    engine: 'chromium',
    browser: 'Chromium 1',
    sealed: all,
    control: everything(control, ['window', 'worker']),
  };
  return { build: 'b', classifier: 'c', runs: [run], missing: [], host: [], namesCounted: true };
}

const verdicts = (given: ProbeFacts): string[] => claimsOf(given, undefined).map(({ verdict }) => verdict);

test('there are at least 40 attempts for the window, and for the worker', () => {
  expect(new Set(ATTEMPTS.map(({ id }) => id)).size).toBe(ATTEMPTS.length);
  expect(attemptsAt('window').length).toBeGreaterThanOrEqual(40);
  expect(attemptsAt('worker').length).toBeGreaterThanOrEqual(40);
});

test('a sandbox that refuses everything holds; only the app, which was not named, is untested', () => {
  expect(verdicts(facts())).toEqual(['holds', 'holds', 'holds', 'holds', 'holds', 'holds', 'holds', 'untested']);
});

test.each<[string, Tried, number]>([
  ['bytes from the worker that has content', tried('fetch', 'content', { arrived: BYTES }), 0],
  ['a datagram', tried('fetch', 'content', { arrived: { connections: 0, bytes: 20, datagrams: 1 } }), 0],
  ['a connection without a byte', tried('websocket', 'worker', { arrived: { ...NOTHING, connections: 1 } }), 1],
  ['a look-up of a name', tried('fetch-by-name', 'worker', { lookups: 1 }), 1],
  ['bytes from the classifier’s worker', tried('fetch', 'classifier', { arrived: BYTES }), 2],
  ['a look-up there, by its policy alone', tried('fetch-by-name', 'classifier-policy', { lookups: 1 }), 2],
  ['a picture in the window', tried('img', 'window', { arrived: BYTES }), 3],
  ['something that can be kept', tried('indexeddb', 'content', { ending: { id: '', how: 'done', said: '' } }), 4],
  ['… by the classifier', tried('indexeddb', 'classifier', { ending: { id: '', how: 'done', said: '' } }), 4],
])('%s breaks its promise, and no other', (_, escape, broken) => {
  const claims = claimsOf(facts([escape]), undefined);
  expect(claims.flatMap(({ verdict }, at) => (verdict === 'broken' ? [at] : []))).toEqual([broken]);
});

test('what is known of the window is counted and said, and what is not known is not excused by it', () => {
  const leaves = tried('navigation-of-itself', 'window', { arrived: BYTES });
  expect(claimsOf(facts([leaves]), undefined)[3]).toMatchObject({ verdict: 'holds' });
  expect(claimsOf(facts([leaves]), undefined)[3]?.seen).toContain('1 since a frame may go elsewhere');
  expect(known('chromium', tried('cache-storage', 'content'))).toBeUndefined();
  expect(known('webkit', tried('cache-storage', 'worker'))).toBeDefined();
});

test('a classifier’s worker that was not probed is said to be, and holds nothing', () => {
  const claims = claimsOf({ ...facts(), classifier: undefined }, undefined);
  expect(claims[2]).toMatchObject({ verdict: 'untested' });
  expect(claims[2]?.seen).toContain('not probed');
});

test('attempts that do nothing without a seal either prove nothing', () => {
  const claims = claimsOf(facts([], { arrived: NOTHING }), undefined);
  expect(claims.find(({ promise }) => promise === 'The attempts are real.')).toMatchObject({ verdict: 'broken' });
});

test('an engine that could not be had is named', () => {
  const claims = claimsOf({ ...facts(), missing: [{ engine: 'webkit', why: 'none is there' }] }, undefined);
  expect(claims).toContainEqual(expect.objectContaining({ verdict: 'untested', seen: 'webkit: none is there' }));
});

test('a message that the host carried out breaks the last promise; a control that carries nothing out does, too', () => {
  const last = (bytes: number, control: number) =>
    claimsOf(
      { ...facts(), host: [{ engine: 'chromium', attacked: [{ id: 'construct', bytes, control }] }] },
      'http://app.example',
    ).at(-1)?.verdict;
  expect([last(0, 90), last(90, 90), last(0, 0)]).toEqual(['holds', 'broken', 'broken']);
});

test('who refused is said: the directive, or the engine’s own words', () => {
  const ending = { id: 'fetch', how: 'refused', said: 'TypeError: Failed' } as const;
  expect(outcomeOf(tried('fetch', 'worker', { ending })).said).toBe('TypeError: Failed');
  expect(outcomeOf(tried('fetch', 'worker', { ending: { ...ending, directive: 'connect-src' } })).said).toBe(
    'policy: connect-src',
  );
  expect(outcomeOf(tried('fetch', 'worker', { ending: undefined })).said).toContain('gone');
});

const built = (file: string): string => readFileSync(new URL(`../../sandbox/dist/${file}`, import.meta.url), 'utf8');
const html = built('sandbox.html');
const code = built('classifier.mjs');

test('a script is put in, and the sandbox is otherwise the same: its digest fits, its policy admits the window’s new script', () => {
  const classifier = intoClassifier(html, code, 'probe()');
  expect(classifier.code).toBe(`probe();\n${code}`);
  const digest = createHash('sha256').update(classifier.code).digest('hex');
  for (const [changed, part] of [
    [intoWindow(html, 'probe()'), 'probe()'],
    [intoWorker(html, 'probe()'), 'probe()'],
    [classifier.html, digest],
  ] as const) {
    expect(changed).toContain(part);
    expect(buildOf(changed)).not.toBe(buildOf(html));
    const { claims } = auditSandbox({ name: 'sandbox', html: new TextEncoder().encode(changed), published: undefined });
    // All that a sandbox must be, but the published one: there was nothing to compare with.
    expect(claims.map(({ verdict }) => verdict)).toEqual(['untested', 'holds', 'holds', 'holds', 'holds']);
  }
  expect(() => intoWindow('<p>no sandbox</p>', '')).toThrow('no sandbox that can be probed');
  expect(() => intoClassifier(html, `${code} `, '')).toThrow('another classifier');
});

test('the name server reads a query and answers for its own names alone', () => {
  const query = (name: string): Buffer =>
    Buffer.concat([
      Buffer.from([7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
      ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
      Buffer.from([0, 0, 1, 0, 1]),
    ]);
  const ours = query('fetch.chromium.probe.test');
  const name = nameAsked(ours) ?? '';
  expect(name).toBe('fetch.chromium.probe.test');
  const answer = answerTo(ours, name);
  expect([...answer.subarray(0, 2)]).toEqual([7, 7]);
  expect([...answer.subarray(-4)]).toEqual([127, 0, 0, 1]);
  const other = answerTo(query('example.com'), 'example.com');
  expect(other.readUInt16BE(2) & 0xf).toBe(3);
});
