/** The gate against a hostile sandbox: raw comlink messages, broken shapes, floods, and verdicts that cannot be true. */
import type {
  Digest,
  Finding,
  SandboxCalls,
  SandboxModel,
  ScanPlan,
  SensitiveFinding,
  Verdict,
} from '@lodestone/protocol';
import { type Remote, wrap } from 'comlink';
import { describe, expect, test, vi } from 'vitest';
import { type Entries, implausible, openGate } from '../src/content/message-gate.ts';

const LIST = 'a'.repeat(64) as Digest;
const plan: ScanPlan = {
  lists: [{ fileDigest: LIST, media: ['image'], maxDistance: 10, minQuality: 50, variants: [] }],
  models: [],
};
const verdict: Verdict = {
  media: 'image',
  findings: [{ kind: 'known', list: 0, entry: 7, match: 'near', distance: 3 }],
  complete: true,
};

function hostile() {
  const calls = new MessageChannel();
  const events = new MessageChannel();
  const seen: unknown[] = [];
  const violations: string[] = [];
  const gate = openGate(calls.port1, events.port1, {
    event: (event) => seen.push(event),
    violation: (why) => violations.push(why),
  });
  const asked: { id: string }[] = [];
  calls.port2.onmessage = ({ data }) => asked.push(data);
  return {
    gate,
    calls: calls.port2,
    events: events.port2,
    seen,
    violations,
    asked,
    end: () => (calls.port2.close(), events.port2.close(), gate.close()),
  };
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
/** Ports deliver when the engine finds time: what must come is waited for, and only what must not come is given a moment. */
const comes = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 5_000 });

describe('on the calls port', () => {
  const WIRE: [string, (id: string) => unknown][] = [
    [
      'CONSTRUCT',
      (id) => ({
        id,
        type: 'CONSTRUCT',
        path: ['constructor', 'constructor'],
        argumentList: [{ type: 'RAW', value: 'return 1' }],
      }),
    ],
    ['APPLY', (id) => ({ id, type: 'APPLY', path: ['constructor'], argumentList: [] })],
    ['GET', (id) => ({ id, type: 'GET', path: ['constructor'] })],
    ['SET', (id) => ({ id, type: 'SET', path: ['x'], value: { type: 'RAW', value: 1 } })],
    ['ENDPOINT', (id) => ({ id, type: 'ENDPOINT' })],
    ['RELEASE', (id) => ({ id, type: 'RELEASE' })],
    ['a proxy', (id) => ({ id, type: 'HANDLER', name: 'proxy', value: null })],
    [
      'a thrown text',
      (id) => ({ id, type: 'HANDLER', name: 'throw', value: { isError: true, value: { message: 'leak' } } }),
    ],
    ['free text', (id) => ({ id, type: 'RAW', value: 'text' })],
    ['a score', (id) => ({ id, type: 'RAW', value: { ...verdict, score: 0.5 } })],
    ['another id', () => ({ id: 'x', type: 'RAW', value: verdict })],
    ['an extra key', (id) => ({ id, type: 'RAW', value: verdict, more: 1 })],
    ['nothing', () => null],
  ];
  test.each(WIRE)('%s is a violation, and reaches nobody', async (_, make) => {
    const sandbox = hostile();
    const remote = wrap<SandboxCalls>(sandbox.gate.endpoint);
    let answered = false;
    void remote.scan({ contentId: 0, sizeBytes: 1, plan }).then(() => (answered = true));
    await comes(() => expect(sandbox.asked).toHaveLength(1));
    sandbox.calls.postMessage(make(sandbox.asked[0]?.id ?? ''));
    await comes(() => expect(sandbox.violations).toHaveLength(1));
    await settle();
    expect(answered).toBe(false);
    sandbox.end();
  });

  test('a valid verdict comes through, once', async () => {
    const sandbox = hostile();
    const remote = wrap<SandboxCalls>(sandbox.gate.endpoint);
    const answer = remote.scan({ contentId: 0, sizeBytes: 1, plan });
    await comes(() => expect(sandbox.asked).toHaveLength(1));
    const message = { id: sandbox.asked[0]?.id, type: 'RAW', value: verdict };
    sandbox.calls.postMessage(message);
    expect(await answer).toEqual(verdict);
    expect(sandbox.violations).toEqual([]);
    sandbox.calls.postMessage(message);
    await comes(() => expect(sandbox.violations).toEqual(['a message that answers no call']));
    sandbox.end();
  });
});

describe('an answer of the classifier', () => {
  type Calls = Remote<SandboxCalls>;
  const part = { code: new ArrayBuffer(1), runtime: new ArrayBuffer(1) };
  const model: SandboxModel = {
    manifestDigest: 'c'.repeat(64) as Digest,
    file: new ArrayBuffer(1),
    input: { name: 'in', width: 2, height: 2, layout: 'nhwc', mean: [0, 0, 0], scale: [1, 1, 1] },
    output: { name: 'out', classes: ['a'], sensitive: ['a'] },
    buckets: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  };
  const start = (calls: Calls): Promise<unknown> => calls.startClassifier(part);
  const load = (calls: Calls): Promise<unknown> => calls.loadModel(model);
  const fault = (calls: Calls): Promise<unknown> => calls.modelFault(model.manifestDigest);
  const end = (calls: Calls): Promise<unknown> => calls.endClassifier();
  const FAULTS = ['part', 'worker', 'runtime', 'model'].map((fault) => ({ ok: false, fault }));

  async function answering(call: (calls: Calls) => Promise<unknown>, value: unknown) {
    const sandbox = hostile();
    const answer = call(wrap<SandboxCalls>(sandbox.gate.endpoint));
    await comes(() => expect(sandbox.asked).toHaveLength(1));
    sandbox.calls.postMessage({ id: sandbox.asked[0]?.id, type: 'RAW', value });
    return { sandbox, answer };
  }

  test.each([
    ['startClassifier', start, [{ ok: true }, ...FAULTS]],
    ['loadModel', load, [{ ok: true }, ...FAULTS]],
    ['modelFault', fault, [{ ok: true }, ...FAULTS]],
    ['endClassifier', end, [{ ok: true }, { ok: false }]],
  ])('to %s comes through where it is one', async (_, call, values) => {
    for (const value of values) {
      const { sandbox, answer } = await answering(call, value);
      expect(await answer).toEqual(value);
      expect(sandbox.violations).toEqual([]);
      sandbox.end();
    }
  });
  test.each<[string, string, (calls: Calls) => Promise<unknown>, unknown]>([
    ['startClassifier', 'a failure without its reason', start, { ok: false }],
    ['startClassifier', 'a reason of the sandbox’s own words', start, { ok: false, fault: 'leak' }],
    ['startClassifier', 'a verdict', start, verdict],
    ['loadModel', 'a success with a reason', load, { ok: true, fault: 'model' }],
    ['loadModel', 'a text beside it', load, { ok: false, fault: 'model', why: 'leak' }],
    ['loadModel', 'nothing', load, undefined],
    ['modelFault', 'a digest beside it', fault, { ok: false, fault: 'model', digest: model.manifestDigest }],
    ['modelFault', 'a bucket', fault, { ok: true, bucket: 3 }],
    ['modelFault', 'two faults', fault, { ok: false, fault: ['model', 'worker'] }],
    ['endClassifier', 'a reason', end, { ok: false, fault: 'worker' }],
    ['endClassifier', 'a number', end, 1],
    ['scan', 'an answer to another call', (calls) => calls.scan({ contentId: 0, sizeBytes: 1, plan }), { ok: true }],
  ])('to %s is a violation as %s, and reaches nobody', async (_, _what, call, value) => {
    const { sandbox, answer } = await answering(call, value);
    let answered = false;
    void answer.then(() => (answered = true));
    await comes(() => expect(sandbox.violations).toHaveLength(1));
    await settle();
    expect(answered).toBe(false);
    sandbox.end();
  });
});

const READY = { type: 'ready', build: 'b'.repeat(64), needsBitmap: false };

describe('on the events port', () => {
  test.each([
    ['free text', { type: 'progress', contentId: 0, sixteenths: 1, text: 'leak' }],
    ['an unknown event', { type: 'log', text: 'leak' }],
    ['progress that is no sixteenth', { type: 'progress', contentId: 0, sixteenths: 0.5 }],
    ['too many blocks', { type: 'bytes-wanted', contentId: 0, first: 0, count: 17 }],
    ['comlink', { id: '1', type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [] }],
  ])('%s is a violation', async (_, message) => {
    const sandbox = hostile();
    sandbox.events.postMessage(message);
    await comes(() => expect(sandbox.violations).toHaveLength(1));
    expect(sandbox.seen).toEqual([]);
    sandbox.end();
  });
  test('a flood is one', async () => {
    const sandbox = hostile();
    sandbox.events.postMessage(READY);
    for (let i = 0; i < 1_200; i++) sandbox.events.postMessage({ type: 'progress', contentId: 0, sixteenths: 1 });
    await comes(() => expect(sandbox.violations).toEqual(['a flood of events']));
    sandbox.end();
  });
  test.each<[string, object[]]>([
    ['a sandbox that begins anew, with a build of its choice', [READY, { ...READY, build: 'c'.repeat(64) }]],
    [
      'a sandbox that refuses once it runs, so that its build is quoted',
      [READY, { type: 'refused', build: 'c'.repeat(64), reason: 'version' }],
    ],
    ['a sandbox that asks for content before it runs', [{ type: 'bytes-wanted', contentId: 0, first: 0, count: 1 }]],
  ])('%s is one', async (_, messages) => {
    const sandbox = hostile();
    for (const message of messages) sandbox.events.postMessage(message);
    await comes(() => expect(sandbox.violations).toHaveLength(1));
    expect(sandbox.seen).toHaveLength(messages.length - 1);
    sandbox.end();
  });
  test('a port that comes along is one', async () => {
    const sandbox = hostile();
    const { port1 } = new MessageChannel();
    sandbox.events.postMessage({ type: 'progress', contentId: 0, sixteenths: 1 }, [port1]);
    await comes(() => expect(sandbox.violations).toHaveLength(1));
    sandbox.end();
  });
});

describe('a verdict that cannot be true', () => {
  const lists = new Map<Digest, Entries>([[LIST, { entries: Uint32Array.of(3, 7, 9), suppressed: Uint32Array.of(9) }]]);
  const judge = (change: object, media: Verdict['media'] = 'image'): string | undefined =>
    implausible(
      {
        ...verdict,
        media,
        findings: [{ ...verdict.findings[0], ...change } as (typeof verdict.findings)[0]],
      } as Verdict,
      plan,
      (digest) => lists.get(digest),
    );

  test('a true one passes', () => {
    expect(judge({})).toBeUndefined();
    expect(judge({ match: 'exact', distance: 0 })).toBeUndefined();
    expect(implausible({ media: 'video', findings: [], complete: true }, plan, () => undefined)).toBeUndefined();
  });
  test.each([
    ['a list that was not handed in', { list: 1 }],
    ['an entry that is not on its list', { entry: 8 }],
    ['a suppressed entry', { entry: 9 }],
    ['a distance above the order’s', { distance: 11 }],
    ['exact at a distance', { match: 'exact', distance: 1 }],
    ['a model that was not handed in', { kind: 'sensitive', model: 0, bucket: 9 }],
  ])('%s', (_, change) => {
    expect(judge(change)).toBeTypeOf('string');
  });
  test('a medium that was not asked for', () => {
    expect(judge({}, 'video')).toBeTypeOf('string');
    expect(judge({}, 'unknown')).toBeTypeOf('string');
  });
});

describe('a finding of a model', () => {
  const MODELS: ScanPlan = {
    lists: plan.lists,
    models: [
      { manifestDigest: 'c'.repeat(64) as Digest, minBucket: 6 },
      { manifestDigest: 'd'.repeat(64) as Digest, minBucket: 1 },
    ],
  };
  const found: SensitiveFinding = { kind: 'sensitive', model: 0, bucket: 6 };
  const judge = (findings: Finding[], media: Verdict['media'] = 'image'): string | undefined =>
    implausible({ media, findings, complete: false, reason: 'decode' }, MODELS, () => ({
      entries: Uint32Array.of(7),
      suppressed: new Uint32Array(),
    }));

  test.each<[string, Finding[]]>([
    ['at the order’s bucket', [found]],
    ['at the highest', [{ ...found, bucket: 10 }]],
    ['of each model of the plan', [found, { ...found, model: 1, bucket: 1 }]],
    ['beside one on the list of the same index', [found, ...verdict.findings]],
  ])('passes %s', (_, findings) => {
    expect(judge(findings)).toBeUndefined();
  });
  test.each<[string, Finding[], string]>([
    ['a model that was not handed in', [{ ...found, model: 2 }], 'a finding of a model that was not handed in'],
    ['one model twice', [found, { ...found, bucket: 7 }], 'two findings of one model of the plan'],
    ['a bucket below the order’s', [{ ...found, bucket: 5 }], 'a bucket below the order’s'],
    ['no sign at all', [{ ...found, model: 1, bucket: 0 }], 'a bucket below the order’s'],
    [
      'one that is true, and one that is not',
      [...verdict.findings, { ...found, bucket: 5 }],
      'a bucket below the order’s',
    ],
  ])('cannot be true of %s', (_, findings, why) => {
    expect(judge(findings)).toBe(why);
  });
  test.each(['video', 'file', 'unknown'] as const)('cannot be true in what is no picture: %s', (media) => {
    expect(judge([found], media)).toBe('a finding of a model in what is no picture');
  });
});
