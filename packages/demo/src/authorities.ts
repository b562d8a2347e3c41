/**
 * The demo's three authorities, published with the authority library: a court with an order, a list authority with the
 * listed pictures, a listed video and the published test picture, a provider with the receiver's keys and, on request, a model and its
 * order. Promise: unchanged targets are not signed again (timestamps are); an incomplete folder is created again.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  importList,
  initAllKeysHere,
  publish,
  stageKeys,
  stageModel,
  stageOrder,
  withdrawTarget,
} from '@lodestone/authority';
import { testPicture } from '@lodestone/client/testing';
import { FIGURES, MODEL_FILE, SPEC } from '@lodestone/model-sensitive-image';
import { shapesModel } from '@lodestone/model-shapes';
import { DAY_MS, type DetectionOrder, modelManifestPath, type Name, orderPath, toInstant } from '@lodestone/protocol';
import { ROOT } from '@lodestone/tools/run/program';
import {
  AUTHORITIES,
  CLASSIFIER,
  classifierOrder,
  type DemoModel,
  demoOrder,
  KEYS,
  LIST,
  LOCKED_LIST,
  type OrderTerms,
} from './order.ts';

export interface PublishOptions extends Pick<OrderTerms, 'action' | 'threshold' | 'classifier'> {
  directory: string;
  /** Address of the receiver's signal endpoint, which the order contains. */
  endpoint: string;
  /** The receiver's public keys, as the receiver's command wrote them. */
  keys: Uint8Array;
  /** Pictures and animations for the list. */
  listed: readonly string[];
  /** Pictures for the locked list, which the order then names too. Default: none, and no such list. */
  lockedPictures?: readonly string[];
  /** A CSV file with the hashes of a video for the list. */
  listedVideo: string;
  now: number;
}

export interface DemoAuthority {
  name: string;
  /** The folder to serve: `metadata/` and `targets/`. */
  repository: string;
  /** Bytes of the root metadata that host apps pin. */
  root: Uint8Array;
  rootFile: string;
}
export type DemoAuthorities = Record<keyof typeof AUTHORITIES, DemoAuthority>;

/** The last publication and the digest of its inputs. */
interface Published {
  inputs: string;
  publishedAt: number;
  roots: Record<keyof typeof AUTHORITIES, string>;
  terms: Pick<OrderTerms, 'notBefore' | 'notAfter'>;
}

/** Shorter than the lifetime of lists and signatures, so that a demo can run for days. */
const PUBLISH_AGAIN_MS = 20 * DAY_MS;
const ORDER_DAYS = 180;

export async function publishAuthorities(options: PublishOptions): Promise<DemoAuthorities> {
  const { directory, now } = options;
  const before = await readPublished(directory);
  const inputs = await digestOf(options);
  const folder = (role: keyof typeof AUTHORITIES): string => path.join(directory, AUTHORITIES[role]);
  const publishAll = (onlineOnly: boolean): Promise<unknown> =>
    Promise.all(ROLES.map((role) => publish({ directory: folder(role), now, onlineOnly })));

  const published = before ?? (await createAuthorities(directory, now));
  if (before?.inputs === inputs && now - before.publishedAt < PUBLISH_AGAIN_MS) {
    await publishAll(true);
  } else {
    await stageTargets(options, published.terms, folder);
    await publishAll(false);
    await writeFile(
      publishedFile(directory),
      JSON.stringify({ ...published, inputs, publishedAt: now } satisfies Published),
    );
  }

  const authority = async (role: keyof typeof AUTHORITIES): Promise<DemoAuthority> => ({
    name: AUTHORITIES[role],
    repository: path.join(folder(role), 'repository'),
    root: await readFile(published.roots[role]),
    rootFile: published.roots[role],
  });
  return { court: await authority('court'), lists: await authority('lists'), provider: await authority('provider') };
}

const ROLES = ['court', 'lists', 'provider'] as const;
const POWERS = { court: 'orders', lists: 'lists', provider: 'provider' } as const;

async function createAuthorities(directory: string, now: number): Promise<Omit<Published, 'inputs' | 'publishedAt'>> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const made = ROLES.map((role) =>
    initAllKeysHere({
      directory: path.join(directory, AUTHORITIES[role]),
      name: AUTHORITIES[role],
      power: POWERS[role],
      now,
    }),
  );
  const [court, lists, provider] = await Promise.all(made);
  const today = now - (now % DAY_MS);
  return {
    roots: { court: court?.rootFile ?? '', lists: lists?.rootFile ?? '', provider: provider?.rootFile ?? '' },
    terms: { notBefore: toInstant(today), notAfter: toInstant(today + ORDER_DAYS * DAY_MS) },
  };
}

async function stageTargets(
  options: PublishOptions,
  terms: Published['terms'],
  folder: (role: keyof typeof AUTHORITIES) => string,
): Promise<void> {
  const { directory, keys, listed, listedVideo, lockedPictures = [], now } = options;
  const from = { directory: folder('lists'), purpose: 'verified', by: 'demo', now } as const;
  const list = { ...from, list: LIST, exact: true };
  const pictures = await copied(listed, path.join(directory, 'listed'));
  await writeFile(path.join(pictures, 'test-picture.png'), testPicture());
  await importList({ ...list, source: pictures, crops: true });
  // As hashes, because to hash a video `importList` needs ffmpeg.
  await importList({ ...list, source: listedVideo });
  if (lockedPictures.length > 0) {
    const source = await copied(lockedPictures, path.join(directory, 'locked'));
    // Without digests of files, which everybody could read.
    await importList({ ...from, list: LOCKED_LIST, form: 'locked', source, crops: true });
  }
  const document: unknown = JSON.parse(new TextDecoder().decode(keys));
  await stageKeys({ directory: folder('provider'), name: KEYS, keys: document });
  await stageOrder({ directory: folder('court'), order: demoOrder(termsOf(options, terms)), now });
  await stageClassifier(options, terms, folder);
}

const termsOf = (options: PublishOptions, terms: Published['terms']): OrderTerms => ({
  ...options,
  ...terms,
  locked: (options.lockedPictures ?? []).length > 0,
});

/** Copies files into a new folder. */
async function copied(files: readonly string[], folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const file of files) await cp(file, path.join(folder, path.basename(file)));
  return folder;
}

/** Stages the model and its order, or neither; withdraws what an earlier start staged with other options. */
async function stageClassifier(
  options: PublishOptions,
  terms: Published['terms'],
  folder: (role: keyof typeof AUTHORITIES) => string,
): Promise<void> {
  const { classifier, now } = options;
  const wanted = classifier && classifierOrder({ ...options, ...terms, classifier });
  const takeBack = async (role: 'court' | 'provider', target: string): Promise<void> => {
    if (existsSync(path.join(folder(role), 'staged', target)))
      await withdrawTarget({ directory: folder(role), path: target });
  };
  for (const role of ['court', 'provider'] as const) {
    if (role !== wanted?.by) await takeBack(role, CLASSIFIER_ORDER);
  }
  const model = wanted && modelOf(options);
  for (const name of MODEL_NAMES) if (name !== model) await takeBack('provider', manifestOf(name));
  if (!wanted || !model) return;
  const { spec, file, figures } = await MODELS[model]();
  const draft = { model, ...spec, figures };
  await stageModel({ directory: folder('provider'), draft, file, runtime: await readFile(RUNTIME), now });
  const staged = path.join(folder('provider'), 'staged', manifestOf(model));
  const manifest: unknown = JSON.parse(await readFile(staged, 'utf8'));
  await stageOrder({ directory: folder(wanted.by), order: wanted.order, models: [manifest], now });
}

const CLASSIFIER_ORDER = orderPath(CLASSIFIER);
const MODELS = {
  shapes: shapesModel,
  'sensitive-image': async () => ({ spec: SPEC, file: await readFile(MODEL_FILE), figures: FIGURES }),
} satisfies Record<DemoModel, unknown>;
const MODEL_NAMES = Object.keys(MODELS) as DemoModel[];
const modelOf = ({ classifier }: PublishOptions): DemoModel => classifier?.model ?? 'shapes';
const manifestOf = (model: DemoModel): string => modelManifestPath(model as Name);
/** The lean runtime of the sandbox's build. */
const RUNTIME = path.join(ROOT, 'packages/sandbox/dist/runtime.wasm');

async function digestOf(options: PublishOptions): Promise<string> {
  const { keys, listed, listedVideo, lockedPictures = [], classifier } = options;
  const terms = termsOf(options, { notBefore: toInstant(0), notAfter: toInstant(DAY_MS) });
  const orders: DetectionOrder[] = [demoOrder(terms)];
  const hash = createHash('sha256').update(keys).update(testPicture());
  if (classifier) {
    const { file, ...description } = await MODELS[modelOf(options)]();
    orders.push(classifierOrder({ ...terms, classifier }).order);
    hash
      .update(JSON.stringify(description))
      .update(file)
      .update(await readFile(RUNTIME));
  }
  hash.update(JSON.stringify(orders));
  for (const file of [...listed, listedVideo, ...lockedPictures]) hash.update(await readFile(file));
  return hash.digest('hex');
}

const publishedFile = (directory: string): string => path.join(directory, 'published.json');

/** This file is written last: if it is missing, the folder is incomplete. */
async function readPublished(directory: string): Promise<Published | undefined> {
  try {
    return JSON.parse(await readFile(publishedFile(directory), 'utf8')) as Published;
  } catch {
    return undefined;
  }
}
