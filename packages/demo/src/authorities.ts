/**
 * The demo's three authorities, made and kept up to date by the authority library: a court with one order, a list
 * authority with the listed photographs and the published test picture, a provider with the receiver's public keys and,
 * where asked for, a model and an order that looks with it.
 * Promise: what has not changed is not signed again, but for the timestamps; a folder left half-made is made anew.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { importList, initAuthority, publish, stageKeys, stageModel, stageOrder, withdraw } from '@lodestone/authority';
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
  type OrderTerms,
} from './order.ts';

export interface SettleOptions extends Pick<OrderTerms, 'action' | 'after' | 'classifier'> {
  directory: string;
  /** The receiver's address for signals, which the order names. */
  endpoint: string;
  /** The receiver's public keys, as its own tool wrote them. */
  keys: Uint8Array;
  /** Pictures for the list. */
  listed: readonly string[];
  now: number;
}

export interface DemoAuthority {
  name: string;
  /** Folder to serve: `metadata/` and `targets/`. */
  repository: string;
  /** Bytes of the root that host apps pin. */
  root: Uint8Array;
  rootFile: string;
}
export type DemoAuthorities = Record<keyof typeof AUTHORITIES, DemoAuthority>;

/** What was published last, and from what. */
interface Settled {
  inputs: string;
  publishedAt: number;
  roots: Record<keyof typeof AUTHORITIES, string>;
  terms: Pick<OrderTerms, 'notBefore' | 'notAfter'>;
}

/** Lists and their signatures last longer; this leaves space for a demo that stays up. */
const PUBLISH_AGAIN_MS = 20 * DAY_MS;
const ORDER_DAYS = 180;

export async function settleAuthorities(options: SettleOptions): Promise<DemoAuthorities> {
  const { directory, now } = options;
  const before = await readSettled(directory);
  const inputs = await digestOf(options);
  const folder = (role: keyof typeof AUTHORITIES): string => path.join(directory, AUTHORITIES[role]);
  const publishAll = (onlineOnly: boolean): Promise<unknown> =>
    Promise.all(ROLES.map((role) => publish({ directory: folder(role), now, onlineOnly })));

  const settled = before ?? (await initAll(directory, now));
  if (before?.inputs === inputs && now - before.publishedAt < PUBLISH_AGAIN_MS) {
    await publishAll(true);
  } else {
    await stage(options, settled.terms, folder);
    await publishAll(false);
    await writeFile(settledFile(directory), JSON.stringify({ ...settled, inputs, publishedAt: now } satisfies Settled));
  }

  const authority = async (role: keyof typeof AUTHORITIES): Promise<DemoAuthority> => ({
    name: AUTHORITIES[role],
    repository: path.join(folder(role), 'repository'),
    root: await readFile(settled.roots[role]),
    rootFile: settled.roots[role],
  });
  return { court: await authority('court'), lists: await authority('lists'), provider: await authority('provider') };
}

const ROLES = ['court', 'lists', 'provider'] as const;
const POWERS = { court: 'orders', lists: 'lists', provider: 'provider' } as const;

async function initAll(directory: string, now: number): Promise<Omit<Settled, 'inputs' | 'publishedAt'>> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const made = ROLES.map((role) =>
    initAuthority({
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

async function stage(
  options: SettleOptions,
  terms: Settled['terms'],
  folder: (role: keyof typeof AUTHORITIES) => string,
): Promise<void> {
  const { directory, keys, listed, now } = options;
  const pictures = path.join(directory, 'listed');
  await mkdir(pictures, { recursive: true });
  await writeFile(path.join(pictures, 'test-picture.png'), testPicture());
  for (const file of listed) await cp(file, path.join(pictures, path.basename(file)));
  await importList({ directory: folder('lists'), list: LIST, source: pictures, by: 'demo', now });
  const document: unknown = JSON.parse(new TextDecoder().decode(keys));
  await stageKeys({ directory: folder('provider'), name: KEYS, keys: document });
  await stageOrder({ directory: folder('court'), order: demoOrder({ ...options, ...terms }), now });
  await stageClassifier(options, terms, folder);
}

/** The model and its order, or neither; what an earlier start staged otherwise is taken back. */
async function stageClassifier(
  options: SettleOptions,
  terms: Settled['terms'],
  folder: (role: keyof typeof AUTHORITIES) => string,
): Promise<void> {
  const { classifier, now } = options;
  const wanted = classifier && classifierOrder({ ...options, ...terms, classifier });
  const take = async (role: 'court' | 'provider', target: string): Promise<void> => {
    if (existsSync(path.join(folder(role), 'staged', target)))
      await withdraw({ directory: folder(role), path: target });
  };
  for (const role of ['court', 'provider'] as const) {
    if (role !== wanted?.by) await take(role, CLASSIFIER_ORDER);
  }
  const model = wanted && modelOf(options);
  for (const name of MODEL_NAMES) if (name !== model) await take('provider', manifestOf(name));
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
const modelOf = ({ classifier }: SettleOptions): DemoModel => classifier?.model ?? 'shapes';
const manifestOf = (model: DemoModel): string => modelManifestPath(model as Name);
/** The lean one of the sandbox's build. */
const RUNTIME = path.join(ROOT, 'packages/sandbox/dist/runtime.wasm');

async function digestOf(options: SettleOptions): Promise<string> {
  const { keys, listed, classifier } = options;
  const terms = { ...options, notBefore: toInstant(0), notAfter: toInstant(DAY_MS) };
  const orders: DetectionOrder[] = [demoOrder(terms)];
  const hash = createHash('sha256').update(keys).update(testPicture());
  if (classifier) {
    const { file, ...said } = await MODELS[modelOf(options)]();
    orders.push(classifierOrder({ ...terms, classifier }).order);
    hash
      .update(JSON.stringify(said))
      .update(file)
      .update(await readFile(RUNTIME));
  }
  hash.update(JSON.stringify(orders));
  for (const file of listed) hash.update(await readFile(file));
  return hash.digest('hex');
}

const settledFile = (directory: string): string => path.join(directory, 'settled.json');

/** Written last, so where it is missing the folder was never finished. */
async function readSettled(directory: string): Promise<Settled | undefined> {
  try {
    return JSON.parse(await readFile(settledFile(directory), 'utf8')) as Settled;
  } catch {
    return undefined;
  }
}
