/** The message gate against a hostile sandbox: raw comlink messages, unknown shapes, floods. Spec: docs/design/message-gate.md#message-gate */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { PART_FAULTS, type SandboxCalls, type SandboxModel, type ScanPlan, type Verdict } from '@lodestone/protocol';
import { type Remote, wrap } from 'comlink';
import { describe, expect, test, vi } from 'vitest';
import { openGate } from '../src/content/message-gate.ts';

const LIST = 'a'.repeat(64) as AnyDigest;
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
  const received: { id: string }[] = [];
  calls.port2.onmessage = ({ data }) => received.push(data);
  return {
    gate,
    calls: calls.port2,
    events: events.port2,
    seen,
    violations,
    received,
    end: () => (calls.port2.close(), events.port2.close(), gate.close()),
  };
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
/** Engines deliver port messages with a delay, so expected messages are waited for; `settle` gives unexpected ones time to arrive. */
const eventually = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 5_000, interval: 2 });

describe.concurrent('on the calls port', () => {
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
      'a thrown error',
      (id) => ({ id, type: 'HANDLER', name: 'throw', value: { isError: true, value: { message: 'leak' } } }),
    ],
    ['free text', (id) => ({ id, type: 'RAW', value: 'text' })],
    ['a score', (id) => ({ id, type: 'RAW', value: { ...verdict, score: 0.5 } })],
    [
      'the variant that matched',
      (id) => ({ id, type: 'RAW', value: { ...verdict, findings: [{ ...verdict.findings[0], variant: 'borders' }] } }),
    ],
    ['another id', () => ({ id: 'x', type: 'RAW', value: verdict })],
    ['an extra key', (id) => ({ id, type: 'RAW', value: verdict, more: 1 })],
    ['null', () => null],
  ];
  test.each(WIRE)('%s is a violation and does not reach comlink', async (_, make) => {
    const sandbox = hostile();
    const remote = wrap<SandboxCalls>(sandbox.gate.endpoint);
    let answered = false;
    void remote.scan({ contentId: 0, sizeBytes: 1, plan }).then(() => (answered = true));
    await eventually(() => expect(sandbox.received).toHaveLength(1));
    sandbox.calls.postMessage(make(sandbox.received[0]?.id ?? ''));
    await eventually(() => expect(sandbox.violations).toHaveLength(1));
    await settle();
    expect(answered).toBe(false);
    sandbox.end();
  });

  test('a valid verdict passes once', async () => {
    const sandbox = hostile();
    const remote = wrap<SandboxCalls>(sandbox.gate.endpoint);
    const answer = remote.scan({ contentId: 0, sizeBytes: 1, plan });
    await eventually(() => expect(sandbox.received).toHaveLength(1));
    const message = { id: sandbox.received[0]?.id, type: 'RAW', value: verdict };
    sandbox.calls.postMessage(message);
    expect(await answer).toEqual(verdict);
    expect(sandbox.violations).toEqual([]);
    sandbox.calls.postMessage(message);
    await eventually(() => expect(sandbox.violations).toEqual(['a message that answers no call']));
    sandbox.end();
  });
});

describe.concurrent('an answer about the classifier', () => {
  type Calls = Remote<SandboxCalls>;
  const part = { code: new ArrayBuffer(1), runtime: new ArrayBuffer(1) };
  const model: SandboxModel = {
    manifestDigest: 'c'.repeat(64) as AnyDigest,
    file: new ArrayBuffer(1),
    input: { name: 'in', width: 2, height: 2, layout: 'nhwc', mean: [0, 0, 0], scale: [1, 1, 1] },
    output: { name: 'out', classes: ['a'], sensitive: ['a'] },
    buckets: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  };
  const start = (calls: Calls): Promise<unknown> => calls.startPart('classifier', part);
  const load = (calls: Calls): Promise<unknown> => calls.loadIntoPart('classifier', model.manifestDigest, model);
  const askFault = (calls: Calls): Promise<unknown> => calls.partFault('classifier', model.manifestDigest);
  const end = (calls: Calls): Promise<unknown> => calls.endPart('classifier');
  const FAULTS = PART_FAULTS.map((fault) => ({ ok: false, fault }));

  async function answering(call: (calls: Calls) => Promise<unknown>, value: unknown) {
    const sandbox = hostile();
    const answer = call(wrap<SandboxCalls>(sandbox.gate.endpoint));
    await eventually(() => expect(sandbox.received).toHaveLength(1));
    sandbox.calls.postMessage({ id: sandbox.received[0]?.id, type: 'RAW', value });
    return { sandbox, answer };
  }

  test.each([
    ['startPart', start, [{ ok: true }, ...FAULTS]],
    ['loadIntoPart', load, [{ ok: true }, ...FAULTS]],
    ['partFault', askFault, [{ ok: true }, ...FAULTS]],
    ['endPart', end, [{ ok: true }, { ok: false }]],
  ])('to %s passes if it fits the schema', async (_, call, values) => {
    for (const value of values) {
      const { sandbox, answer } = await answering(call, value);
      expect(await answer).toEqual(value);
      expect(sandbox.violations).toEqual([]);
      sandbox.end();
    }
  });
  test.each<[string, string, (calls: Calls) => Promise<unknown>, unknown]>([
    ['startPart', 'a failure without its reason', start, { ok: false }],
    ['startPart', 'a reason that is not in the schema', start, { ok: false, fault: 'leak' }],
    ['startPart', 'a verdict', start, verdict],
    ['loadIntoPart', 'a success with a reason', load, { ok: true, fault: 'data' }],
    ['loadIntoPart', 'a failure with an additional text', load, { ok: false, fault: 'data', why: 'leak' }],
    ['loadIntoPart', 'undefined', load, undefined],
    [
      'partFault',
      'a failure with an additional digest',
      askFault,
      { ok: false, fault: 'data', digest: model.manifestDigest },
    ],
    ['partFault', 'a success with a bucket', askFault, { ok: true, bucket: 3 }],
    ['partFault', 'a list of reasons', askFault, { ok: false, fault: ['data', 'ended'] }],
    ['endPart', 'a failure with a reason', end, { ok: false, fault: 'ended' }],
    ['endPart', 'a number', end, 1],
    ['scan', 'an answer to another call', (calls) => calls.scan({ contentId: 0, sizeBytes: 1, plan }), { ok: true }],
  ])('to %s is a violation if it is %s, and does not reach comlink', async (_, _what, call, value) => {
    const { sandbox, answer } = await answering(call, value);
    let answered = false;
    void answer.then(() => (answered = true));
    await eventually(() => expect(sandbox.violations).toHaveLength(1));
    await settle();
    expect(answered).toBe(false);
    sandbox.end();
  });
});

const WANTED = { type: 'bitmap-wanted', contentId: 0, format: 'image/jpeg', size: 'reduced' };
const READY = { type: 'ready', build: 'b'.repeat(64), needsBitmap: false };

describe.concurrent('on the events port', () => {
  test.each([
    ['free text', { type: 'progress', contentId: 0, sixteenths: 1, text: 'leak' }],
    ['an unknown event', { type: 'log', text: 'leak' }],
    ['progress that is not a whole number of sixteenths', { type: 'progress', contentId: 0, sixteenths: 0.5 }],
    ['too many blocks', { type: 'bytes-wanted', contentId: 0, first: 0, count: 17 }],
    ['a bitmap of a format that is not decoded', { ...WANTED, format: 'image/svg+xml' }],
    ['a bitmap of any size', { ...WANTED, size: 100_000 }],
    ['a comlink message', { id: '1', type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [] }],
  ])('%s is a violation', async (_, message) => {
    const sandbox = hostile();
    sandbox.events.postMessage(message);
    await eventually(() => expect(sandbox.violations).toHaveLength(1));
    expect(sandbox.seen).toEqual([]);
    sandbox.end();
  });
  test('a flood of events is a violation', async () => {
    const sandbox = hostile();
    sandbox.events.postMessage(READY);
    for (let i = 0; i < 1_200; i++) sandbox.events.postMessage({ type: 'progress', contentId: 0, sixteenths: 1 });
    await eventually(() => expect(sandbox.violations).toEqual(['a flood of events']));
    sandbox.end();
  });
  test.each<[string, object[]]>([
    ['a second ready event, with another build,', [READY, { ...READY, build: 'c'.repeat(64) }]],
    ['a refused event after ready', [READY, { type: 'refused', build: 'c'.repeat(64), reason: 'version' }]],
    ['a request for a bitmap from a sandbox that needs none', [READY, WANTED]],
    ['a fourth request for a bitmap', [{ ...READY, needsBitmap: true }, WANTED, WANTED, WANTED, WANTED]],
    ['a request for content before ready', [{ type: 'bytes-wanted', contentId: 0, first: 0, count: 1 }]],
  ])('%s is a violation', async (_, messages) => {
    const sandbox = hostile();
    for (const message of messages) sandbox.events.postMessage(message);
    await eventually(() => expect(sandbox.violations).toHaveLength(1));
    expect(sandbox.seen).toHaveLength(messages.length - 1);
    sandbox.end();
  });
  test('an attached port is a violation', async () => {
    const sandbox = hostile();
    const { port1 } = new MessageChannel();
    sandbox.events.postMessage({ type: 'progress', contentId: 0, sixteenths: 1 }, [port1]);
    await eventually(() => expect(sandbox.violations).toHaveLength(1));
    sandbox.end();
  });
});
