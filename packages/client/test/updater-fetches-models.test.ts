/** A model is accepted completely and as its provider signed it, or not at all. Lists and orders do not depend on it. */
import {
  DAY_MS,
  type ManifestDigest,
  LIMITS,
  type LedgerEntry,
  type ModelManifest,
  type Name,
  printModelManifest,
  splitReference,
  type TargetPath,
  type TargetReference,
  toInstant,
} from '@lodestone/protocol';
import { sha256Hex } from '@lodestone/trust';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { shapesModel } from '@lodestone/model-shapes';
import type { Updater } from '../src/network/updater/updater.ts';
import type { ModelStatus } from '../src/status.ts';
import { aDevice } from './a-device.ts';
import {
  anOrder,
  keyTargets,
  known,
  LIST,
  MODEL,
  modelTargets,
  orderTargets,
  publishedModel,
  type PublishedModel,
  RUNTIME,
  sensitive,
} from './world.ts';

const START = Date.UTC(2026, 10, 24, 8);
const OTHER = 'provider:v1/models/other/manifest.json' as TargetReference;
const SHAPES = shapesModel();
const device = aDevice(START);

beforeEach(async () => {
  await device.world.publish('orders', orderTargets(anOrder(START, { detect: [known(), sensitive()] })));
  await device.world.publish('provider', provided(aModel()));
});
afterEach(() => void vi.restoreAllMocks());

type Targets = ReturnType<typeof keyTargets>;
const aModel = (change?: Partial<ModelManifest>, bytes?: Partial<PublishedModel>): PublishedModel =>
  publishedModel(START, change, bytes);
const provided = (...models: PublishedModel[]): Targets =>
  new Map([...keyTargets(START), ...models.flatMap((one) => [...modelTargets(one)])]);
const digestOf = ({ manifest }: PublishedModel): ManifestDigest => sha256Hex(printModelManifest(manifest));

const statusOf = (updater: Updater, reference = MODEL): ModelStatus | undefined =>
  updater.status().models.find((model) => model.reference === reference);
const ledger = async (): Promise<LedgerEntry[]> =>
  (await device.storage.transact(['ledger'], (tx) => tx.all('ledger'))).map(([, entry]) => entry);
/** The paths requested for the purpose `model`, without digests. */
const requested = async (): Promise<string[]> =>
  (await ledger()).flatMap((entry) =>
    entry.type === 'request' && entry.purpose === 'model' ? entry.path.replace(/.*\/[0-9a-f]{64}\./, '') : [],
  );
const stored = async (): Promise<{ models: unknown[]; files: Set<unknown> }> => ({
  models: (await device.storage.transact(['models'], (tx) => tx.all('models'))).map(([key]) => key),
  files: new Set((await device.storage.transact(['files'], (tx) => tx.all('files'))).map(([key]) => key)),
});
const RUNTIME_FILE = `${sha256Hex(RUNTIME).slice(0, 16)}.wasm`;

test('a model takes effect with its file and its runtime, and the ledger records the requests', async () => {
  const updater = await device.refreshed();
  const manifest = digestOf(aModel());
  expect(updater.inputs().models).toEqual([{ reference: MODEL, manifestDigest: manifest, maySignal: true }]);
  expect(statusOf(updater)).toEqual({
    reference: MODEL,
    release: {
      version: 1,
      manifestDigest: manifest,
      fileDigest: sha256Hex(SHAPES.file),
      maySignal: true,
      notAfter: aModel().manifest.notAfter,
    },
  });
  const modelFile = await updater.modelFile(manifest);
  expect(modelFile?.model).toMatchObject({ manifestDigest: manifest, ...SHAPES.spec });
  expect(new Uint8Array(modelFile?.model.file ?? new ArrayBuffer())).toEqual(SHAPES.file);
  expect(new Uint8Array(modelFile?.runtime ?? new ArrayBuffer())).toEqual(RUNTIME);
  expect(await updater.modelFile(sha256Hex(SHAPES.file))).toBeUndefined();

  expect(await requested()).toEqual(['manifest.json', '1.onnx', RUNTIME_FILE]);
  const notes = (await ledger()).filter((entry) => entry.type === 'note' && entry.note === 'release-in-force');
  expect(notes).toContainEqual(expect.objectContaining({ of: manifest }));
});

test('a stored model is in force without a network, and is not fetched again', async () => {
  const first = await device.refreshed();
  await device.world.publish('provider', provided(aModel()), { version: 2 });
  const inputs = first.inputs();
  expect((await device.refreshed(first)).inputs()).toBe(inputs);
  expect(await requested()).toHaveLength(3);

  device.world.isOffline = true;
  expect((await device.refreshed()).inputs().models).toHaveLength(1);
});

test('only the changed files of a new version are fetched, and the old file is deleted', async () => {
  const updater = await device.refreshed();
  const file = Uint8Array.of(8, 9);
  const next = aModel({ version: 2 }, { file });
  await device.world.publish('provider', provided(next), { version: 2 });
  await device.refreshed(updater);
  expect(updater.inputs().models).toMatchObject([{ manifestDigest: digestOf(next) }]);
  expect((await requested()).slice(3)).toEqual(['manifest.json', '2.onnx']);
  const { files } = await stored();
  expect(files.has(sha256Hex(file))).toBe(true);
  expect(files.has(sha256Hex(SHAPES.file))).toBe(false);
});

test('a model that has ended is no longer in force', async () => {
  const updater = await device.refreshed();
  await device.world.publish('provider', provided(aModel({ version: 2, notAfter: toInstant(START + DAY_MS) })), {
    version: 2,
  });
  await device.refreshed(updater);
  expect(updater.inputs().models).toHaveLength(1);
  device.time = START + DAY_MS;
  expect(updater.inputs().models).toEqual([]);
  expect(statusOf(updater)).toMatchObject({ reference: MODEL, error: { code: 'ERR_TRUST_EXPIRED' } });
  expect(statusOf(updater)).not.toHaveProperty('release');
});

describe('refused with a typed error, while the previous model stays in force', () => {
  const next = aModel({ version: 3 }, { file: Uint8Array.of(1, 2, 3), runtime: Uint8Array.of(4, 5, 6) });
  const tooLarge = (what: 'file' | 'runtime', length: number): PublishedModel => ({
    ...next,
    manifest: { ...next.manifest, [what]: { ...next.manifest[what], length } },
  });
  const otherDigest = (what: 'file' | 'runtime'): PublishedModel => ({
    ...next,
    manifest: { ...next.manifest, [what]: { ...next.manifest[what], sha256: digestOf(next) } },
  });
  const targetsWithout = (end: string): Targets => new Map([...provided(next)].filter(([path]) => !path.endsWith(end)));
  const [FILE, WASM] = ['3.onnx', next.manifest.runtime.path.replace(/.*\//, '')];

  test.each<[string, targets: Targets, code: string, requests: string[]]>([
    [
      'a manifest that names another file than the signed one',
      provided(otherDigest('file')),
      'ERR_TRUST_DIGEST',
      ['manifest.json'],
    ],
    ['a manifest that names another runtime', provided(otherDigest('runtime')), 'ERR_TRUST_DIGEST', ['manifest.json']],
    ['a file of another length', provided(tooLarge('file', 4)), 'ERR_TRUST_DIGEST', ['manifest.json']],
    ['an older version', provided(aModel({ version: 1 })), 'ERR_TRUST_ROLLBACK', ['manifest.json']],
    [
      'a model that has ended',
      provided(aModel({ version: 3, notAfter: toInstant(START) })),
      'ERR_TRUST_EXPIRED',
      ['manifest.json'],
    ],
    ['a file that is too large', provided(tooLarge('file', LIMITS.modelBytes + 1)), 'ERR_SIZE', ['manifest.json']],
    [
      'a runtime that is too large',
      provided(tooLarge('runtime', LIMITS.runtimeBytes + 1)),
      'ERR_SIZE',
      ['manifest.json'],
    ],
    ['no manifest', targetsWithout('models/shapes/manifest.json'), 'ERR_TRUST_MISSING', []],
    ['no file', targetsWithout(FILE), 'ERR_TRUST_MISSING', ['manifest.json']],
    ['no runtime', targetsWithout(WASM), 'ERR_TRUST_MISSING', ['manifest.json']],
    [
      'a manifest with a wrong schema',
      new Map([...provided(next), ['v1/models/shapes/manifest.json' as TargetPath, Uint8Array.of(123, 125)]]),
      'ERR_SCHEMA',
      ['manifest.json'],
    ],
  ])('%s', async (_, targets, code, requests) => {
    const { updater, before } = await withVersion2();
    await device.world.publish('provider', targets, { version: 3 });
    await device.refreshed(updater);
    expect(statusOf(updater)?.error?.code).toBe(code);
    expect((await requested()).slice(3)).toEqual(requests);
    await staysInForce(updater, before);
  });

  test.each([
    ['a manifest', 'shapes/', 'manifest.json', ['manifest.json']],
    ['a file', '3.onnx', '3.onnx', ['manifest.json', FILE]],
    ['a runtime', WASM, WASM, ['manifest.json', FILE, WASM]],
  ])('%s with other bytes than the signed ones', async (_, part, end, requests) => {
    const { updater, before } = await withVersion2();
    for (const path of device.world.files.keys()) if (path.includes('/models/')) device.world.files.delete(path);
    await device.world.publish('provider', provided(next), { version: 3 });
    const paths = [...device.world.files.keys()].filter((path) => path.includes(part) && path.endsWith(end));
    expect(paths).toHaveLength(1);
    for (const path of paths)
      device.world.files.set(
        path,
        (device.world.files.get(path) ?? new Uint8Array()).map((byte) => byte ^ 1),
      );
    await device.refreshed(updater);
    expect(statusOf(updater)?.error?.code).toBe('ERR_TRUST_DIGEST');
    expect((await requested()).slice(3)).toEqual(requests);
    // A file that was received and checked stays for the next attempt.
    await staysInForce(updater, before, part === WASM ? 4 : 3);
  });

  async function withVersion2() {
    await device.world.publish('provider', provided(aModel({ version: 2 })));
    const updater = await device.refreshed();
    expect(await requested()).toHaveLength(3);
    return { updater, before: updater.inputs() };
  }
  async function staysInForce(updater: Updater, before: ReturnType<Updater['inputs']>, files = 3): Promise<void> {
    expect(updater.inputs()).toBe(before);
    expect(before.models).toHaveLength(1);
    expect(statusOf(updater)?.release?.version).toBe(2);
    expect(await updater.modelFile(digestOf(aModel({ version: 2 })))).toBeDefined();
    expect((await stored()).files.size).toBe(files);
    for (const { error } of [...updater.status().lists, ...updater.status().sources]) expect(error).toBeUndefined();
  }
});

test.each(['orders', 'lists', 'elsewhere'])(
  'a model from a source that is not the provider (%s) is refused',
  async (from) => {
    const model = `${from}:${splitReference(MODEL).path}` as TargetReference;
    const targets = modelTargets(aModel());
    const detect = [known(), sensitive({ model })];
    await device.world.publish('orders', new Map([...targets, ...orderTargets(anOrder(START, { detect }))]));
    const updater = await device.refreshed();
    expect(statusOf(updater, model)?.error?.code).toBe('ERR_TRUST_POWER');
    expect(updater.inputs()).toMatchObject({ models: [], lists: [{ reference: LIST }] });
    expect(await requested()).toEqual([]);
  },
);

describe('a model without accuracy figures', () => {
  beforeEach(() => device.world.publish('provider', provided(aModel({ figures: [] }))));

  test('has an error in status if an order signals on its findings; everything else works, and no round is hurried', async () => {
    const detect = [known(), sensitive(), sensitive({ minBucket: 9, signal: undefined })];
    await device.world.publish('orders', orderTargets(anOrder(START, { detect })));
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const updater = await device.refreshed();
    expect(statusOf(updater)).toMatchObject({
      release: { version: 1, maySignal: false },
      error: { code: 'ERR_MODEL' },
    });
    expect(updater.inputs()).toMatchObject({
      orders: [{}],
      lists: [{ reference: LIST }],
      models: [{ reference: MODEL, maySignal: false }],
    });
    for (const { error } of [...updater.status().lists, ...updater.status().sources]) expect(error).toBeUndefined();
    expect(await requested()).toHaveLength(3);
    expect(timers.mock.lastCall?.[1], 'no early round').toBeGreaterThanOrEqual(5 * 3_600_000);
  });
  test('has no error if no order signals on its findings', async () => {
    const detect = [known(), sensitive({ signal: undefined })];
    await device.world.publish('orders', orderTargets(anOrder(START, { detect })));
    const updater = await device.refreshed();
    expect(statusOf(updater)?.error).toBeUndefined();
    expect(updater.inputs().models).toHaveLength(1);
  });
});

test('a model that no order names any more is deleted with its files; a runtime that another model needs stays', async () => {
  const other = aModel({ model: 'other' as Name }, { file: Uint8Array.of(7, 7, 7) });
  await device.world.publish('provider', provided(aModel(), other));
  const publishOrderWith = (version: number, ...detect: ReturnType<typeof sensitive>[]): Promise<void> =>
    device.world.publish('orders', orderTargets(anOrder(START, { detect: [known(), ...detect] })), { version });
  await publishOrderWith(1, sensitive(), sensitive({ model: OTHER, minBucket: 7 }));
  const updater = await device.refreshed();
  const list = updater.inputs().lists[0]?.fileDigest;
  expect((await requested()).filter((path) => path === RUNTIME_FILE)).toHaveLength(1);
  expect(await stored()).toEqual({
    models: [OTHER, MODEL],
    files: new Set([list, sha256Hex(SHAPES.file), sha256Hex(other.file), sha256Hex(RUNTIME)]),
  });
  expect(await updater.modelFile(digestOf(other))).toBeDefined();

  await publishOrderWith(2, sensitive());
  await device.refreshed(updater);
  expect(await stored()).toEqual({
    models: [MODEL],
    files: new Set([list, sha256Hex(SHAPES.file), sha256Hex(RUNTIME)]),
  });
  expect(await updater.modelFile(digestOf(aModel()))).toBeDefined();
  expect(await updater.modelFile(digestOf(other))).toBeUndefined();

  await publishOrderWith(3);
  await device.refreshed(updater);
  expect(await stored()).toEqual({ models: [], files: new Set([list]) });
  expect(updater.status().models).toEqual([]);
});
