/** A model is published with its manifest, file and runtime; invalid ones are refused; no order signals on a model without figures. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type InForce, publish, stageModel, stageOrder, verifyRepository, withdrawTarget } from '@lodestone/authority';
import { LIMITS } from '@lodestone/protocol/limits';
import { exampleKnown } from '@lodestone/protocol/example';
import { type ModelManifest, parseModelManifest, printModelManifest } from '@lodestone/protocol/model';
import { DAY_MS, toInstant } from '@lodestone/protocol/time';
import { sha256Hex } from '@lodestone/trust';
import { newAuthority, NOW } from './support/authority-folder.ts';
import { classifierOrder, MODEL_DRAFT, MODEL_FILE, order, RUNTIME } from './support/documents.ts';

const MANIFEST = 'v1/models/demo/manifest.json';
type Options = Partial<Parameters<typeof stageModel>[0]>;

async function provider() {
  const { directory, rootFile } = await newAuthority('provider', {
    lifetimeDays: { timestamp: 400, targets: 400, snapshot: 400 },
  });
  const stage = (options: Options = {}) =>
    stageModel({ directory, draft: MODEL_DRAFT, file: MODEL_FILE, runtime: RUNTIME, now: NOW, ...options });
  const root = await readFile(rootFile);
  const published = async (now = NOW): Promise<InForce> => {
    const { repository } = await publish({ directory, now });
    return verifyRepository({ repository, root, now });
  };
  const staged = async (): Promise<ModelManifest> =>
    parseModelManifest(await readFile(path.join(directory, 'staged', MANIFEST)));
  return { directory, root, stage, published, staged };
}

describe('a model', () => {
  test('is published as a manifest with the digests of its file and its runtime', async () => {
    const { stage, published } = await provider();
    expect(await stage()).toEqual({ path: MANIFEST, version: 1 });
    const { models } = await published();
    expect(models).toEqual([
      {
        path: MANIFEST,
        inForce: true,
        manifest: {
          schema: 'lodestone/model/v1',
          ...MODEL_DRAFT,
          version: 1,
          file: { path: 'v1/models/demo/1.onnx', length: MODEL_FILE.length, sha256: sha256Hex(MODEL_FILE) },
          runtime: {
            path: `v1/models/runtime/${sha256Hex(RUNTIME).slice(0, 16)}.wasm`,
            length: RUNTIME.length,
            sha256: sha256Hex(RUNTIME),
          },
          notAfter: toInstant(NOW + 180 * DAY_MS),
        },
      },
    ]);
  });

  test.for<[string, Options]>([
    ['its file', { file: Uint8Array.of(8, 9) }],
    ['its runtime', { runtime: Uint8Array.of(...RUNTIME, 0) }],
    ['a bucket', { draft: { ...MODEL_DRAFT, buckets: MODEL_DRAFT.buckets.with(0, 0.01) } }],
    ['its figures', { draft: { ...MODEL_DRAFT, figures: [] } }],
    ['how long it lasts', { days: 90 }],
    ['the day: half of its time is over', { now: NOW + 91 * DAY_MS }],
  ])('has another version once %s has changed, and only then', async ([, change]) => {
    const { stage, staged } = await provider();
    await stage();
    const before = await staged();
    expect(await stage({ now: NOW + DAY_MS })).toMatchObject({ version: 1 });
    expect(await staged()).toEqual(before);
    expect(await stage(change)).toMatchObject({ version: 2 });
    expect(await stage(change)).toMatchObject({ version: 2 });
    expect((await staged()).file.path).toBe('v1/models/demo/2.onnx');
  });

  test("has the extension .ort in onnxruntime's own format, and the next version continues from it", async () => {
    const { stage, staged } = await provider();
    await stage({ file: Uint8Array.from('\0\0\0\0ORTM', (letter) => letter.charCodeAt(0)) });
    expect((await staged()).file.path).toBe('v1/models/demo/1.ort');
    await stage();
    expect((await staged()).file.path).toBe('v1/models/demo/2.onnx');
  });

  test('replaces older files, and a runtime that no model uses is removed', async () => {
    const { stage, published, directory, root } = await provider();
    await stage();
    await stage({ draft: { ...MODEL_DRAFT, model: 'other' } });
    await published();
    const targets = async (): Promise<string[]> => {
      const { repository } = await publish({ directory, now: NOW });
      const { models } = await verifyRepository({ repository, root, now: NOW });
      const { signed } = JSON.parse(
        await readFile(path.join(repository, 'metadata', `${await newest(repository)}.targets.json`), 'utf8'),
      ) as { signed: { targets: object } };
      expect(models.length).toBeLessThanOrEqual(2);
      return Object.keys(signed.targets)
        .map((name) => name.replace('v1/models/', ''))
        .sort();
    };
    const runtime = (bytes: Uint8Array): string => `runtime/${sha256Hex(bytes).slice(0, 16)}.wasm`;
    const both = ['demo/1.onnx', 'demo/manifest.json', 'other/1.onnx', 'other/manifest.json'];
    expect(await targets()).toEqual([...both, runtime(RUNTIME)]);

    const newer = Uint8Array.of(...RUNTIME, 0);
    await stage({ runtime: newer });
    const mixed = ['demo/2.onnx', 'demo/manifest.json', 'other/1.onnx', 'other/manifest.json'];
    expect(await targets()).toEqual([...mixed, ...[runtime(RUNTIME), runtime(newer)].sort()]);

    await withdrawTarget({ directory, path: 'v1/models/other/manifest.json' });
    expect(await targets()).toEqual(['demo/2.onnx', 'demo/manifest.json', runtime(newer)]);
    await withdrawTarget({ directory, path: MANIFEST });
    expect(await targets()).toEqual([]);
  });

  test('that is staged again after a withdrawal has a higher version than before, so devices accept it', async () => {
    const { stage, published, directory } = await provider();
    await stage();
    await stage({ days: 90 });
    await published();
    await withdrawTarget({ directory, path: MANIFEST });
    await published();
    expect(await stage()).toMatchObject({ version: 3 });
  });

  test('can be drafted as in docs/integrate/own-model.md', async () => {
    const page = await readFile(path.join(import.meta.dirname, '../../../docs/integrate/own-model.md'), 'utf8');
    const [, json = ''] = /```json\n([^`]+)```/.exec(page) ?? [];
    const draft = JSON.parse(json) as typeof MODEL_DRAFT;
    const { stage, published } = await provider();
    await stage({ draft });
    expect((await published()).models).toMatchObject([{ manifest: draft }]);
    for (const key of Object.keys(draft.figures[0] ?? {})) expect(page).toContain(`| \`${key}\` |`);
  });

  test('is withdrawn by its manifest, not by single files', async () => {
    const { stage, directory, staged } = await provider();
    await stage();
    for (const { path: target } of [(await staged()).file, (await staged()).runtime]) {
      await expect(withdrawTarget({ directory, path: target })).rejects.toMatchObject({ code: 'ERR_USAGE' });
    }
    await expect(withdrawTarget({ directory, path: 'v1/models/none/manifest.json' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
  });

  test('is not in force after its last day', async () => {
    const { stage, published } = await provider();
    await stage({ days: 1 });
    expect((await published(NOW + DAY_MS - 1_000)).models).toMatchObject([{ inForce: true }]);
    expect((await published(NOW + DAY_MS)).models).toMatchObject([{ inForce: false }]);
  });
});

describe('refused with the name of the model', () => {
  const { output } = MODEL_DRAFT;
  const draft = (change: object) => ({ draft: { ...MODEL_DRAFT, ...change } });
  test.for<[string, Options, string, RegExp]>([
    [
      'a model over its bound',
      { file: new Uint8Array(LIMITS.modelBytes + 1) },
      'ERR_SIZE',
      /^model demo: 67108865 bytes/,
    ],
    [
      'a runtime over its bound',
      { runtime: new Uint8Array(LIMITS.runtimeBytes + 1) },
      'ERR_SIZE',
      /^runtime of model demo: 33554433 bytes/,
    ],
    ['an empty file', { file: new Uint8Array() }, 'ERR_SCHEMA', /^model demo at file\.length/],
    ['file and runtime swapped', { file: RUNTIME, runtime: MODEL_FILE }, 'ERR_MODEL', /not a WebAssembly file$/],
    [
      'a class twice',
      draft({ output: { ...output, classes: ['plain', 'marked', 'plain'] } }),
      'ERR_SCHEMA',
      /^model demo at output\.classes: contains a class twice$/,
    ],
    [
      'no sensitive class',
      draft({ output: { ...output, sensitive: [] } }),
      'ERR_SCHEMA',
      /^model demo: output\.sensitive is empty/,
    ],
    [
      'a sensitive class that it does not have',
      draft({ output: { ...output, sensitive: ['nude'] } }),
      'ERR_SCHEMA',
      /names a class that the model does not have$/,
    ],
    ['what is filled in', draft({ version: 7 }), 'ERR_SCHEMA', /"version"; leave it out of the draft$/],
    ['an unknown key', draft({ threshold: 0.5 }), 'ERR_SCHEMA', /unknown key threshold$/],
    [
      'the name of the runtimes’ folder',
      draft({ model: 'runtime' }),
      'ERR_SCHEMA',
      /cannot be named "runtime"; choose another name$/,
    ],
    ['a name that climbs', draft({ model: '../demo' }), 'ERR_SCHEMA', /^model manifest at model: not a name/],
    ['no draft at all', { draft: null }, 'ERR_SCHEMA', /^model manifest/],
    ['a draft without output', draft({ output: undefined }), 'ERR_SCHEMA', /^model demo at output/],
    ['366 days', { days: 366 }, 'ERR_USAGE', /^days is 366; it must be a whole number from 1 to 365$/],
    ['no day', { days: 0 }, 'ERR_USAGE', /^days is 0;/],
  ])('%s', async ([, change, code, message]) => {
    const { stage, directory } = await provider();
    await expect(stage(change)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as unknown });
    // Nothing of it is staged.
    await expect(publish({ directory, now: NOW })).resolves.toMatchObject({ versions: { targets: 1 } });
    await expect(readFile(path.join(directory, 'staged', MANIFEST))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.for(['orders', 'lists'] as const)('a model of an authority with the power "%s"', async (power) => {
    const { directory } = await newAuthority(power);
    const staging = stageModel({ directory, draft: MODEL_DRAFT, file: MODEL_FILE, runtime: RUNTIME, now: NOW });
    await expect(staging).rejects.toMatchObject({ code: 'ERR_TRUST_POWER' });
  });
});

describe('verify refuses', () => {
  /** Changes staged files without the tools, and signs them: a holder of the keys can sign what the tools would refuse. */
  async function signedLie(lie: (manifest: ModelManifest, folder: string) => Promise<object>): Promise<InForce> {
    const { stage, published, directory, staged } = await provider();
    await stage();
    const folder = path.join(directory, 'staged');
    const lying = await lie(await staged(), folder);
    await writeFile(path.join(folder, MANIFEST), JSON.stringify(lying));
    return published();
  }

  test.for<[string, (manifest: ModelManifest, folder: string) => Promise<object>, string]>([
    [
      'a manifest whose file has another digest',
      async (manifest) => ({ ...manifest, file: { ...manifest.file, sha256: 'ab'.repeat(32) } }),
      'ERR_TRUST_MISSING',
    ],
    [
      'a manifest whose runtime has another length',
      async (manifest) => ({ ...manifest, runtime: { ...manifest.runtime, length: 9 } }),
      'ERR_TRUST_MISSING',
    ],
    [
      'a manifest whose file is not there',
      async (manifest, folder) => {
        await rm(path.join(folder, manifest.file.path));
        return manifest;
      },
      'ERR_TRUST_MISSING',
    ],
    [
      'a model over its bound',
      async (manifest, folder) => {
        const large = new Uint8Array(LIMITS.modelBytes + 1);
        await writeFile(path.join(folder, manifest.file.path), large);
        return { ...manifest, file: { ...manifest.file, length: large.length, sha256: sha256Hex(large) } };
      },
      'ERR_SIZE',
    ],
    ['the manifest of another model', async (manifest) => ({ ...manifest, model: 'other' }), 'ERR_TRUST_METADATA'],
    ['a manifest that does not fit', async (manifest) => ({ ...manifest, buckets: [] }), 'ERR_SCHEMA'],
  ])('%s', async ([, lie, code]) => {
    await expect(signedLie(lie)).rejects.toMatchObject({ code });
  });

  test('a file that the server has changed', async () => {
    const { stage, published, directory, root } = await provider();
    await stage();
    await published();
    const repository = path.join(directory, 'repository');
    await writeFile(path.join(repository, 'targets/v1/models/demo', `${sha256Hex(MODEL_FILE)}.1.onnx`), 'nono');
    await expect(verifyRepository({ repository, root, now: NOW })).rejects.toMatchObject({ code: 'ERR_TRUST_DIGEST' });
  });
});

describe('an order with a classifier', () => {
  async function manifest(draft: object = MODEL_DRAFT): Promise<ModelManifest> {
    const { stage, staged } = await provider();
    await stage({ draft });
    return staged();
  }
  const unfigured = () => manifest({ ...MODEL_DRAFT, figures: [] });

  test('may signal on a model with figures', async () => {
    const { directory } = await newAuthority('orders');
    const staging = stageOrder({ directory, order: classifierOrder(), models: [await manifest()], now: NOW });
    expect(await staging).toMatchObject({ path: 'v1/orders/demo-order.json', unchecked: [] });
  });

  test('may not signal on a model without figures, whatever the authority’s power', async () => {
    for (const [power, basis] of [
      ['orders', 'order'],
      ['provider', 'provider-policy'],
    ] as const) {
      const { directory } = await newAuthority(power);
      const staging = stageOrder({
        directory,
        order: classifierOrder({ basis }),
        models: [await unfigured()],
        now: NOW,
      });
      await expect(staging).rejects.toMatchObject({
        code: 'ERR_MODEL',
        message: expect.stringMatching(
          /^order demo-order violates the rule signal-needs-figures: model demo 1 /,
        ) as unknown,
      });
    }
  });

  test('may confirm near matches only with the release that it pins, which has figures', async () => {
    const { directory } = await newAuthority('orders');
    const stage = (model: ModelManifest, manifestDigest: string) => {
      const confirm = { model: 'provider:v1/models/demo/manifest.json', manifestDigest, minBucket: 8 };
      const signal = { surfaces: ['send'], evidence: ['confirmed'], confirm, threshold: 3, withinDays: 30 };
      const document = order({ detect: [{ ...exampleKnown(), signal }] });
      return stageOrder({ directory, order: document, models: [model], now: NOW });
    };
    const [right, without] = [await manifest(), await unfigured()];
    expect(await stage(right, sha256Hex(printModelManifest(right)))).toMatchObject({ unchecked: [] });
    await expect(stage(right, '0'.repeat(64))).rejects.toMatchObject({
      code: 'ERR_MODEL',
      message: expect.stringMatching(/violates the rule confirm-pins-a-release/) as unknown,
    });
    await expect(stage(without, sha256Hex(printModelManifest(without)))).rejects.toMatchObject({
      code: 'ERR_MODEL',
      message: expect.stringMatching(/violates the rule signal-needs-figures/) as unknown,
    });
  });

  test('may warn on a model without figures', async () => {
    const { directory } = await newAuthority('provider');
    const order = classifierOrder({ basis: 'provider-policy', signals: false });
    expect(await stageOrder({ directory, order, models: [await unfigured()], now: NOW })).toMatchObject({
      path: 'v1/orders/demo-order.json',
      unchecked: [],
    });
  });

  test('reports models that could not be checked because no manifest was given', async () => {
    const { directory } = await newAuthority('orders');
    expect(await stageOrder({ directory, order: classifierOrder(), now: NOW })).toMatchObject({
      path: 'v1/orders/demo-order.json',
      unchecked: ['provider:v1/models/demo/manifest.json'],
    });
  });

  test('fails with the manifest of another model, and with an invalid manifest', async () => {
    const { directory } = await newAuthority('orders');
    const stage = (models: unknown[]) => stageOrder({ directory, order: classifierOrder(), models, now: NOW });
    await expect(stage([{ ...(await manifest()), model: 'other' }])).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(stage([MODEL_DRAFT])).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
  });
});

async function newest(repository: string): Promise<number> {
  const { signed } = JSON.parse(await readFile(path.join(repository, 'metadata/timestamp.json'), 'utf8')) as {
    signed: { meta: { 'snapshot.json': { version: number } } };
  };
  const snapshot = `${signed.meta['snapshot.json'].version}.snapshot.json`;
  const { signed: inner } = JSON.parse(await readFile(path.join(repository, 'metadata', snapshot), 'utf8')) as {
    signed: { meta: { 'targets.json': { version: number } } };
  };
  return inner.meta['targets.json'].version;
}
