/** 20,000 mutated messages, with comlink's own among the seeds: the gate passes only those that a second validator accepts. Spec: docs/design/message-gate.md#message-gate */
import { type ManifestDigest, type SandboxCalls, type SandboxModel } from '@lodestone/protocol';
import { type Remote, wrap } from 'comlink';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openGate } from '../src/content/message-gate.ts';

const DIGEST = 'a'.repeat(64);
const finding = { kind: 'known', list: 0, entry: 7, match: 'near', distance: 3 };
const verdicts = [
  { media: 'image', findings: [], complete: true },
  { media: 'image', findings: [finding, { kind: 'sensitive', model: 0, bucket: 3 }], complete: true },
  { media: 'unknown', findings: [finding], complete: false, reason: 'format' },
  { media: 'image', findings: [], complete: false, reason: 'model-missing', failedModels: [0, 2] },
  { media: 'image', findings: [finding], complete: false, reason: 'decode', failedModels: [1] },
];
const FAULTS = ['digest', 'ended', 'runtime', 'data'];
const raw = (value: unknown): object => ({ type: 'RAW', value });
const ANSWERS = [
  ...verdicts.map(raw),
  raw({ ok: true }),
  raw({ ok: false }),
  ...FAULTS.map((fault) => raw({ ok: false, fault })),
  raw(undefined),
];
const COMLINK = [
  { type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [raw('return fetch("//x")')] },
  { type: 'APPLY', path: ['scan'], argumentList: [] },
  { type: 'GET', path: [] },
  { type: 'SET', path: ['a'], value: raw(1) },
  { type: 'ENDPOINT' },
  { type: 'RELEASE' },
  { type: 'HANDLER', name: 'proxy', value: {} },
  { type: 'HANDLER', name: 'throw', value: { isError: true, value: { message: 'm', name: 'Error', stack: 's' } } },
];
const REASONS = ['version', 'digest', 'origin', 'policy', 'worker', 'wasm', 'trusted-types'];
const EVENTS = [
  { type: 'started', build: DIGEST },
  { type: 'ready', build: DIGEST, needsBitmap: false },
  ...REASONS.map((reason) => ({ type: 'refused', build: DIGEST, reason })),
  { type: 'bytes-wanted', contentId: 0, first: 0, count: 1 },
  { type: 'bitmap-wanted', contentId: 0, format: 'image/png', size: 'full' },
  { type: 'progress', contentId: 0, sixteenths: 3 },
];
const FORMATS = ['image/jpeg', 'image/png', 'image/gif', 'image/bmp', 'image/webp', 'image/avif'];

/** A port whose messages the test delivers itself. */
class HandPort extends EventTarget {
  readonly sent: { id: string }[] = [];
  postMessage(message: { id: string }): void {
    this.sent.push(message);
  }
  start(): void {
    // nothing is queued
  }
  close(): void {
    // nothing to close
  }
  say(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

type Step = { at: number; how: 'drop' | 'add' | 'replace' | 'wrap'; with: unknown };
const step: fc.Arbitrary<Step> = fc.record({
  at: fc.nat(40),
  how: fc.constantFrom('drop', 'add', 'replace', 'wrap'),
  with: fc.oneof(
    fc.anything({ maxDepth: 1 }),
    fc.constantFrom('RAW', 'HANDLER', DIGEST, 'image', 'known', 0, 31, 32, -1, 2 ** 32, Number.NaN, '__proto__'),
    fc.constantFrom(
      ...FAULTS,
      'model-missing',
      'list-missing',
      'codec',
      'part',
      'member',
      'sensitive',
      3,
      4,
      10,
      11,
      true,
      false,
    ),
  ),
});

/** Changes one place of a message, chosen by number. */
function mutate(message: unknown, { at, how, with: value }: Step): unknown {
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const root: Record<string, unknown> = { message };
  const walk = (holder: Record<string, unknown>): void => {
    for (const [key, child] of Object.entries(holder)) {
      places.push([holder, key]);
      if (typeof child === 'object' && child !== null) walk(child as Record<string, unknown>);
    }
  };
  walk(root);
  const [holder, key] = places[at % places.length] ?? [root, 'message'];
  if (how === 'drop') delete holder[key];
  else if (how === 'add' && typeof holder[key] === 'object' && holder[key])
    Object.assign(holder[key], { [`more${at}`]: value });
  else holder[key] = how === 'wrap' ? [holder[key]] : value;
  return root['message'];
}

const hasOnly = (value: unknown, keys: string): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).sort().join() === keys;
const int = (value: unknown, low: number, high: number): boolean =>
  Number.isInteger(value) && (value as number) >= low && (value as number) <= high;

/** Independent of the schemas, so that one mistake is not in both. */
function isFinding(value: unknown): boolean {
  if (hasOnly(value, 'bucket,kind,model'))
    return value['kind'] === 'sensitive' && int(value['model'], 0, 3) && int(value['bucket'], 0, 10);
  return (
    hasOnly(value, 'distance,entry,kind,list,match') &&
    value['kind'] === 'known' &&
    int(value['list'], 0, 31) &&
    int(value['entry'], 1, 0xffffffff) &&
    ['exact', 'near', 'member', 'part'].includes(String(value['match'])) &&
    int(value['distance'], 0, 31)
  );
}
const FAULTS_OF_CONTENT = ['format', 'decode', 'too-large', 'too-long', 'codec'];
function isVerdict(value: unknown): boolean {
  const known = ['image', 'video', 'file'];
  const complete =
    hasOnly(value, 'complete,findings,media') && value['complete'] === true && known.includes(String(value['media']));
  const incomplete =
    hasOnly(value, 'complete,findings,media,reason') &&
    value['complete'] === false &&
    [...known, 'unknown'].includes(String(value['media'])) &&
    [...FAULTS_OF_CONTENT, 'list-missing'].includes(String(value['reason']));
  const unclassified =
    hasOnly(value, 'complete,failedModels,findings,media,reason') &&
    value['complete'] === false &&
    value['media'] === 'image' &&
    [...FAULTS_OF_CONTENT, 'model-missing'].includes(String(value['reason'])) &&
    isListOfModels(value['failedModels']);
  const findings = (value as { findings?: unknown }).findings;
  const isListed = Array.isArray(findings) && findings.length <= 36 && findings.every(isFinding);
  return (complete || incomplete || unclassified) && isListed;
}
function isListOfModels(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((model, i) => int(model, 0, 3) && (i === 0 || Number(model) > Number(value[i - 1])));
}
const isLoadAnswer = (value: unknown): boolean => hasOnly(value, 'ok') && typeof value['ok'] === 'boolean';
const isPartAnswer = (value: unknown): boolean =>
  (hasOnly(value, 'ok') && value['ok'] === true) ||
  (hasOnly(value, 'fault,ok') && value['ok'] === false && FAULTS.includes(String(value['fault'])));

/** Each call of the host, and which answers are valid. */
const CALLS: readonly (readonly [
  call: (sandbox: Remote<SandboxCalls>) => unknown,
  isAnswer: (value: unknown) => boolean,
])[] = [
  [(sandbox) => sandbox.scan({ contentId: 0, sizeBytes: 1, plan: { lists: [], models: [] } }), isVerdict],
  [
    (sandbox) => sandbox.startPart('classifier', { code: new ArrayBuffer(1), runtime: new ArrayBuffer(1) }),
    isPartAnswer,
  ],
  [(sandbox) => sandbox.loadIntoPart('classifier', DIGEST as ManifestDigest, {} as SandboxModel), isPartAnswer],
  [(sandbox) => sandbox.partFault('classifier', DIGEST as ManifestDigest), isPartAnswer],
  [(sandbox) => sandbox.endPart('classifier'), isLoadAnswer],
];

function isEvent(value: unknown): boolean {
  const isDigest = (text: unknown): boolean => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
  if (hasOnly(value, 'build,type')) return value['type'] === 'started' && isDigest(value['build']);
  if (hasOnly(value, 'build,needsBitmap,type'))
    return value['type'] === 'ready' && isDigest(value['build']) && typeof value['needsBitmap'] === 'boolean';
  if (hasOnly(value, 'build,reason,type'))
    return value['type'] === 'refused' && isDigest(value['build']) && REASONS.includes(String(value['reason']));
  if (hasOnly(value, 'contentId,count,first,type'))
    return (
      value['type'] === 'bytes-wanted' &&
      int(value['contentId'], 0, 2 ** 53 - 1) &&
      int(value['first'], 0, 1_024) &&
      int(value['count'], 1, 16)
    );
  if (hasOnly(value, 'contentId,format,size,type'))
    return (
      value['type'] === 'bitmap-wanted' &&
      int(value['contentId'], 0, 2 ** 53 - 1) &&
      FORMATS.includes(String(value['format'])) &&
      ['reduced', 'full'].includes(String(value['size']))
    );
  return (
    hasOnly(value, 'contentId,sixteenths,type') &&
    value['type'] === 'progress' &&
    int(value['contentId'], 0, 2 ** 53 - 1) &&
    int(value['sixteenths'], 1, 16)
  );
}
const isBootEvent = (event: unknown): boolean =>
  ['started', 'ready', 'refused'].includes(String((event as { type?: unknown }).type));

test('of 20,000 mutated messages only those pass that a second validator accepts, and none throws', () => {
  let passed = 0;
  let refused = 0;
  const answered: number[] = [];
  const seeds = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ANSWERS) }, // only a few of them answer the call that was made
    fc.constantFrom(...COMLINK),
    fc.constantFrom(...EVENTS),
    fc.anything(),
  );
  fc.assert(
    fc.property(
      seeds,
      fc.array(step, { maxLength: 3 }),
      fc.boolean(),
      fc.constantFrom('calls', 'events'),
      fc.boolean(),
      fc.nat(CALLS.length - 1),
      (seed, steps, knowsId, on, runs, asked) => {
        const [calls, events] = [new HandPort(), new HandPort()];
        const seen: unknown[] = [];
        let violations = 0;
        const gate = openGate(calls as unknown as MessagePort, events as unknown as MessagePort, {
          event: (event) => seen.push(event),
          violation: () => (violations += 1),
        });
        gate.endpoint.addEventListener('message', (message) => seen.push((message as MessageEvent).data));
        const [call, isAnswer] = CALLS[asked] ?? fail();
        void call(wrap<SandboxCalls>(gate.endpoint));
        if (runs) events.say({ type: 'ready', build: DIGEST, needsBitmap: true });
        holds(seen.splice(0).length === (runs ? 1 : 0), 'the ready event passes');
        const id = calls.sent[0]?.id;
        let message: unknown = structuredCloneOr(seed);
        if (on === 'calls' && knowsId && typeof message === 'object' && message !== null) message = { id, ...message };
        for (const one of steps) message = mutate(message, one);

        (on === 'calls' ? calls : events).say(message);
        holds(seen.length + violations === 1, 'each message passes or is a violation');
        if (violations) refused += 1;
        for (const one of seen) {
          passed += 1;
          if (on === 'events') holds(isEvent(one) && isBootEvent(one) !== runs, 'the event is valid and expected');
          else {
            holds(hasOnly(one, 'id,type,value') && one['id'] === id && one['type'] === 'RAW', 'it answers the call');
            holds(isAnswer((one as { value: unknown }).value), 'the answer is valid');
            answered[asked] = (answered[asked] ?? 0) + 1;
          }
        }
      },
    ),
    { numRuns: 20_000, seed: 1_124 },
  );
  // Without both outcomes the test would show nothing.
  expect(passed).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(10_000);
  for (const [asked] of CALLS.entries()) expect(answered[asked]).toBeGreaterThan(20);
}, 120_000);

/** Cheaper than a matcher, of which 50,000 would take longer than all else here. */
function holds(condition: boolean, what: string): void {
  if (!condition) expect.fail(`it does not hold that ${what}`);
}

function fail(): never {
  throw new Error('no such call');
}

/** A value that cannot be cloned cannot cross a port. */
function structuredCloneOr(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return null;
  }
}
