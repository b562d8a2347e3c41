/**
 * The classifier in the built sandbox: only the pinned code and runtimes run, without network access. A failure is reported as a fault and leaves the
 * lists' findings; the classifier can be ended and started again. The model is the small one of models/shapes.
 */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { fromHex } from '@lodestone/protocol/bytes';
import { printRelease } from '@lodestone/protocol/list-file';
import type { SandboxModel } from '@lodestone/protocol/model';
import type { PartAnswer, PlanModel } from '@lodestone/protocol/sandbox';
import { transfer } from 'comlink';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { discs, landscape, pngOf, shapesModel, stripes } from '@lodestone/model-shapes';
import { code, fullRuntime, runtime } from './built-classifier.ts';
import { derive, withClassifier } from './derive.ts';
import cmyk from './fixtures/cmyk.jpg?url';
import grey from './fixtures/grey.png?url';
import halfTransparent from './fixtures/half-transparent.png?url';
import sixteenBits from './fixtures/sixteen-bits.png?url';
import { builtDocument, openSandbox, type OpenSandbox, planList, sandboxList } from './open-sandbox.ts';
import probe from './probe.js?raw';

vi.setConfig({ testTimeout: 90_000 });

const { spec, file } = shapesModel();
const MODEL = 'c'.repeat(64) as AnyDigest;
const ROW: PlanModel = { manifestDigest: MODEL, minBucket: 8 };
const marked = pngOf(discs({ seed: 3 }));
const plain = pngOf(landscape({ seed: 3 }));

let sandbox: OpenSandbox;

const bytes = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const bytesOf = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;
function start(text = code, wasm = runtime): Promise<PartAnswer> {
  const part = { code: bytesOf(text), runtime: wasm.slice() };
  return sandbox.calls.startPart('classifier', transfer(part, [part.code, part.runtime]));
}
function load(change: Partial<SandboxModel> = {}): Promise<PartAnswer> {
  const model = { manifestDigest: MODEL, ...spec, file: file.slice().buffer, ...change };
  return sandbox.calls.loadIntoPart('classifier', model.manifestDigest, model);
}
async function openWithModel(html?: string): Promise<void> {
  sandbox = await openSandbox(html === undefined ? {} : { html });
  await sandbox.event('ready');
  expect(await start()).toEqual({ ok: true });
  expect(await load()).toEqual({ ok: true });
}
const found = { media: 'image', findings: [{ kind: 'sensitive', model: 0, bucket: 10 }], complete: true };
const nothing = { media: 'image', findings: [], complete: true };
const missing = { media: 'image', findings: [], complete: false, reason: 'model-missing', failedModels: [0] };

const BAD_MODELS: [what: string, change: Partial<SandboxModel>][] = [
  ['a file that is not a model', { file: bytesOf('not a model, whatever its manifest states') }],
  ['a truncated file', { file: file.slice(0, 5_000).buffer }],
  ['an empty file', { file: new ArrayBuffer(0) }],
  ['an input of another size', { input: { ...spec.input, width: spec.input.width + 1 } }],
  ['an input of another layout', { input: { ...spec.input, layout: 'nchw' } }],
  ['an input of another name', { input: { ...spec.input, name: 'other' } }],
  ['an output of more classes', { output: { ...spec.output, classes: ['plain', 'marked', 'more'] } }],
  ['an output of another name', { output: { ...spec.output, name: 'other' } }],
  ['an output that is not a number', { file: withNaN(file) }],
];

describe('with a loaded model', () => {
  beforeAll(() => openWithModel());
  afterAll(() => sandbox.close());

  test('a picture with a high bucket is a finding; others are not', async () => {
    expect(await sandbox.scan(marked, [], { models: [ROW] })).toEqual(found);
    expect(await sandbox.scan(plain, [], { models: [ROW] })).toEqual(nothing);
    expect(await sandbox.scan(pngOf(stripes({ seed: 1 })), [], { models: [ROW] })).toEqual(nothing);
    // Two rows of a plan may name the same model; each yields its own finding.
    const both = await sandbox.scan(marked, [], { models: [ROW, { ...ROW, minBucket: 1 }] });
    expect(both.findings).toEqual([found.findings[0], { ...found.findings[0], model: 1 }]);
  });

  test('content that is not a picture, or a plan without models, does not use it', async () => {
    const words = new TextEncoder().encode('no picture at all');
    expect(await sandbox.scan(words, [], { models: [ROW] })).toEqual({ ...nothing, media: 'file' });
    expect(await sandbox.scan(marked, [])).toEqual(nothing);
  });

  test('pictures of unusual sizes and kinds are classified', { tags: '@one-engine' }, async () => {
    const kinds = await Promise.all([cmyk, grey, halfTransparent, sixteenBits].map(bytes));
    const drawn: [what: string, content: Uint8Array<ArrayBuffer>, isFound: boolean][] = [
      ['1 × 1', pngOf(discs({ seed: 1, width: 1, height: 1 })), false],
      ['16384 × 10', pngOf(landscape({ seed: 1, width: 16_384, height: 10 })), false],
      ['1,600 × 1,200', pngOf(discs({ seed: 1, width: 1_600, height: 1_200 })), true],
      ...kinds.map((content, i): (typeof drawn)[number] => [`kind ${i}`, content, false]),
    ];
    for (const [what, content, isFound] of drawn) {
      const verdict = await sandbox.scan(content, [], { models: [ROW] });
      expect(verdict, what).toEqual(isFound ? found : nothing);
    }
  });

  test('a model that differs from its manifest is refused, and a loaded model keeps working', async () => {
    const bad = { ...ROW, manifestDigest: 'e'.repeat(64) as AnyDigest };
    for (const [what, change] of BAD_MODELS) {
      expect(await load({ manifestDigest: bad.manifestDigest, ...change }), what).toEqual({ ok: false, fault: 'data' });
      expect(await sandbox.scan(marked, [], { models: [bad] }), what).toEqual(missing);
      expect(await sandbox.scan(marked, [], { models: [ROW] }), what).toEqual(found);
    }
    const { findings } = found;
    expect(await sandbox.scan(marked, [], { models: [ROW, bad] })).toEqual({ ...missing, findings, failedModels: [1] });
    expect(await sandbox.calls.partFault('classifier', MODEL)).toEqual({ ok: true });
  });
});

describe('in a new sandbox', () => {
  afterEach(() => sandbox.close());

  test('code or a runtime that the sandbox was not built with does not start', async () => {
    sandbox = await openSandbox();
    await sandbox.event('ready');
    expect(await start(`${code} `)).toEqual({ ok: false, fault: 'digest' });
    const changed = runtime.slice();
    new Uint8Array(changed)[9] = 0xff;
    expect(await start(code, changed)).toEqual({ ok: false, fault: 'digest' });
    expect(await load()).toEqual({ ok: false, fault: 'ended' });
    expect(await sandbox.scan(marked, [], { models: [ROW] })).toEqual(missing);
  });

  test(
    'a function that the trimmed runtime lacks is the fault runtime, and the full runtime has it',
    { tags: ['@all', '@one-engine'] },
    async () => {
      await openWithModel();
      const hardmax = { file: withOperator(file, 'Softmax', 'Hardmax') };
      expect(await load(hardmax)).toEqual({ ok: false, fault: 'runtime' });
      expect(await sandbox.scan(marked, [], { models: [ROW] })).toEqual(missing);
      expect(await start(code, await fullRuntime())).toEqual({ ok: true });
      expect(await load(hardmax)).toEqual({ ok: true });
      expect(await sandbox.scan(marked, [], { models: [ROW] })).toEqual(found);
    },
  );

  test(
    'after its end models are gone and lists are not; it can be started again',
    { tags: ['@all', '@one-engine'] },
    async () => {
      await openWithModel();
      const records = [{ type: 'pdq', entry: 7, payload: fromHex('0f'.repeat(32)) }] as const;
      await sandbox.calls.load(sandboxList('list', printRelease(records)));
      expect(await sandbox.calls.endPart('classifier')).toEqual({ ok: true });
      expect(await sandbox.scan(marked, [planList('list')], { models: [ROW] })).toEqual(missing);
      expect(await sandbox.calls.partFault('classifier', MODEL)).toEqual({ ok: false, fault: 'ended' });
      expect(await sandbox.scan(marked, [planList('list')])).toEqual(nothing);
      expect(await start()).toEqual({ ok: true });
      expect(await load()).toEqual({ ok: true });
      expect(await sandbox.scan(marked, [planList('list')], { models: [ROW] })).toEqual(found);
    },
  );

  test(
    'if Trusted Types are required, it starts, twice, with the sandbox’s policy name',
    { tags: '@all' },
    async () => {
      const types = "; require-trusted-types-for 'script'; trusted-types lodestone-sandbox";
      await openWithModel(await derive(builtDocument, (parts) => ({ ...parts, policy: parts.policy + types })));
      expect(await sandbox.scan(marked, [], { models: [ROW] })).toEqual(found);
      expect(await start()).toEqual({ ok: true });
      expect(await load()).toEqual({ ok: true });
      expect(await sandbox.scan(marked, [], { models: [ROW] })).toEqual(found);
    },
  );

  test('nothing from the classifier worker reaches the server or storage', async () => {
    const server = inject('listeningServer');
    const spy = `self.PROBE = ${JSON.stringify({ server: `${server}/classifier`, refusalMs: 30_000 })};
  ${probe}
  const channel = new MessageChannel();
  addEventListener('message', ({ ports: [port] }) => {
    channel.port1.onmessage = ({ data }) => port.postMessage({ ok: false, fault: JSON.stringify(data.outcomes) });
    dispatchEvent(new MessageEvent('message', { ports: [channel.port2, channel.port2] }));
  }, { once: true });`;
    sandbox = await openSandbox({ html: await withClassifier(builtDocument, code, spy) });
    await sandbox.event('ready');
    const answer = (await start(spy)) as { fault: string };
    const outcomes = JSON.parse(answer.fault) as [string, string][];
    expect(outcomes).toHaveLength(11);
    expect(outcomes.filter(([, outcome]) => !outcome.startsWith('refused'))).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // the last attempt follows the report
    const seen = (await (await fetch(`${server}/seen`)).json()) as string[];
    expect(seen.filter((entry) => entry.includes('/classifier/'))).toEqual([]);
  });
});

/** Replaces an operator's name with one of the same length. */
function withOperator(model: Uint8Array, from: string, to: string): ArrayBuffer {
  const text = String.fromCharCode(...model).replace(from, to);
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer;
}

/** Sets the last layer's first bias to NaN. */
function withNaN(model: Uint8Array): ArrayBuffer {
  const bytes = model.slice();
  const name = 'classes_bias';
  const text = String.fromCharCode(...bytes);
  const at = text.indexOf(`${name}\x4a\x08`) + name.length + 2; // in protobuf: field 9, 8 bytes
  new DataView(bytes.buffer).setFloat32(at, Number.NaN, true);
  return bytes.buffer;
}
