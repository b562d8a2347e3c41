/** The test environment of the client: three signed repositories, receiver keys, and a recorded network in place of fetch. */
import {
  DAY_MS,
  type DetectClassifier,
  type DetectionOrder,
  type DetectKnown,
  type FileDigest,
  fromHex,
  type ListRecord,
  type ModelManifest,
  type Name,
  printKeys,
  printModelManifest,
  printOrder,
  type ReceiverKey,
  type TargetPath,
  type TargetReference,
  toHex,
  toInstant,
  type WebAddress,
} from '@lodestone/protocol';
import { exampleClassifier, exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import { canonicalJson, sha256Hex } from '@lodestone/trust';
import { shapesModel } from '@lodestone/model-shapes';
import type { GuardOptions, Source } from '../src/options.ts';
import { listTargets, newSigner, type Signer, signRepository, testPictureRecords } from '../src/testing/authority.ts';
import { TEST_PICTURE_PDQ } from '../src/testing/picture.ts';

export const BASE = 'http://localhost:9/';
export const ENDPOINT = `${BASE}v1/signals`;
export const LIST = 'lists:v1/lists/demo/manifest.json' as TargetReference;
const RECEIVER_KEYS = 'provider:v1/keys/receiver.json' as TargetReference;
export const MODEL = 'provider:v1/models/shapes/manifest.json' as TargetReference;
/** The base point of X25519: no test opens what is sealed to it. Fixed, because WebKitGTK sometimes fails to generate keys. */
const PUBLIC_KEY = '09'.padEnd(64, '0');
export const TEST_RECORD: ListRecord = { type: 'pdq', entry: 7, payload: fromHex(TEST_PICTURE_PDQ) };

/** The host lists `second`, a second list authority, once it has published. */
type SourceName = 'orders' | 'lists' | 'second' | 'provider';
type Targets = Map<TargetPath, Uint8Array<ArrayBuffer>>;

export interface Recorded {
  method: string;
  url: string;
  body: Uint8Array;
}

export function anOrder(now: number, change: Partial<DetectionOrder> = {}): DetectionOrder {
  return {
    ...exampleOrder({ notBefore: toInstant(now - DAY_MS), notAfter: toInstant(now + 30 * DAY_MS) }),
    receiver: {
      endpoint: ENDPOINT as WebAddress,
      keys: RECEIVER_KEYS,
      subject: 'none',
      slotsPerDay: 86_400,
      cover: false,
    },
    ...change,
  };
}

export const known: (change?: Partial<DetectKnown>) => DetectKnown = exampleKnown;

export function sensitive(change: Partial<DetectClassifier> = {}): DetectClassifier {
  return exampleClassifier({ model: MODEL, minBucket: 6, ...change });
}

export function orderTargets(...orders: DetectionOrder[]): Targets {
  return new Map(orders.map((order) => [`v1/orders/${order.id}.json` as TargetPath, printOrder(order)]));
}

export function receiverKey(now: number): ReceiverKey {
  return {
    id: 1,
    publicKey: PUBLIC_KEY,
    notBefore: toInstant(now - DAY_MS),
    notAfter: toInstant(now + 80 * DAY_MS),
  };
}

/** The receiver's key as a signed target of the provider. */
export function keyTargets(now: number): Targets {
  const keys = printKeys({ schema: 'lodestone/keys/v1', keys: [receiverKey(now)] });
  return new Map([['v1/keys/receiver.json' as TargetPath, keys]]);
}

export interface PublishedModel {
  manifest: ModelManifest;
  file: Uint8Array<ArrayBuffer>;
  runtime: Uint8Array<ArrayBuffer>;
}

/** The header of a WebAssembly module: the updater runs no code, and no sandbox runs this. */
export const RUNTIME: Uint8Array<ArrayBuffer> = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** The small test model of models/shapes. */
export function publishedModel(
  now: number,
  change: Partial<ModelManifest> = {},
  bytes: Partial<PublishedModel> = {},
): PublishedModel {
  const { spec, file: shapes, figures } = shapesModel();
  const { file = shapes, runtime = RUNTIME } = bytes;
  const { model = 'shapes' as Name, version = 1 } = change;
  const target = (path: string, of: Uint8Array) => ({
    path: path as TargetPath,
    length: of.length,
    sha256: sha256Hex<FileDigest>(of),
  });
  const manifest: ModelManifest = {
    schema: 'lodestone/model/v1',
    model,
    version,
    file: target(`v1/models/${model}/${version}.onnx`, file),
    runtime: target(`v1/models/runtime/${sha256Hex(runtime).slice(0, 16)}.wasm`, runtime),
    ...spec,
    figures,
    notAfter: toInstant(now + 60 * DAY_MS),
    ...change,
  };
  return { manifest, file, runtime };
}

export function modelTargets({ manifest, file, runtime }: PublishedModel): Targets {
  return new Map([
    [`v1/models/${manifest.model}/manifest.json` as TargetPath, printModelManifest(manifest)],
    [manifest.file.path, file],
    [manifest.runtime.path, runtime],
  ]);
}

/** Publishes repositories, also again with other targets under the same keys. */
export class World {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly requests: Recorded[] = [];
  isOffline = false;
  receiverStatus = 204;
  /** Requests whose address contains one of these get no answer. */
  readonly failing = new Set<string>();
  /** The next request whose address contains the key waits for the promise. */
  readonly #held = new Map<string, () => Promise<void>>();
  readonly #now: number;
  readonly #signers = new Map<SourceName, Signer>();
  readonly #rootVersions = new Map<SourceName, number>();
  readonly #roots = new Map<SourceName, Uint8Array>();
  readonly #fetch = globalThis.fetch.bind(globalThis);

  private constructor(now: number) {
    this.#now = now;
  }

  static async create(now: number): Promise<World> {
    const world = new World(now);
    for (const name of ['orders', 'lists', 'second', 'provider'] as const) world.#signers.set(name, await newSigner());
    await world.publish('orders', orderTargets(anOrder(now)));
    await world.publishList(testPictureRecords(7), 1);
    await world.publish('provider', keyTargets(now));
    return world;
  }

  async publish(
    name: SourceName,
    targets: Targets,
    options: { version?: number; now?: number; expiresMs?: number } = {},
  ): Promise<void> {
    const signer = this.#signers.get(name);
    if (!signer) throw new Error(`no source ${name}`);
    const { root, files } = await signRepository(targets, { now: this.#now, ...options, signer });
    if (!this.#roots.has(name)) this.#roots.set(name, root);
    for (const [path, bytes] of files) if (!path.endsWith('root.json')) this.files.set(`${name}/${path}`, bytes);
  }

  /**
   * A new root that replaces the keys of every role, as after a theft. Metadata that the old keys signed is no longer
   * valid; `publish` signs with the new ones. Returns the new root, as the host's next release ships it.
   */
  async rotate(name: SourceName): Promise<Uint8Array<ArrayBuffer>> {
    const before = this.#signers.get(name);
    if (!before) throw new Error(`no source ${name}`);
    const signer = await newSigner();
    const version = (this.#rootVersions.get(name) ?? 1) + 1;
    const role = { keyids: [signer.id], threshold: 1 };
    const signed = {
      _type: 'root',
      spec_version: '1.0.31',
      version,
      expires: toInstant(this.#now + 365 * DAY_MS),
      consistent_snapshot: true,
      keys: { [signer.id]: signer.key },
      roles: { root: role, targets: role, snapshot: role, timestamp: role },
    };
    const signatures = await Promise.all(
      [before, signer].map(async ({ id, privateKey }) => ({
        keyid: id,
        sig: toHex(new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, canonicalJson(signed)))),
      })),
    );
    const root = canonicalJson({ signatures, signed });
    this.#signers.set(name, signer);
    this.#rootVersions.set(name, version);
    this.files.set(`${name}/metadata/${version}.root.json`, root);
    return root;
  }

  /** The host's next release ships this root. */
  pin(name: SourceName, root: Uint8Array): void {
    this.#roots.set(name, root);
  }
  pinned(name: SourceName): Uint8Array {
    return this.#roots.get(name) ?? new Uint8Array();
  }

  /** Holds the next request whose address contains `part` until `release` is called; `arrived` resolves when it is sent. */
  holdNext(part: string): { arrived: Promise<void>; release: () => void } {
    const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.#held.set(part, () => {
      arrived.resolve();
      return released.promise;
    });
    return { arrived: arrived.promise, release: released.resolve };
  }

  publishList(records: readonly ListRecord[], version: number): Promise<void> {
    return this.publish('lists', listTargets('demo' as Name, records, { now: this.#now, version }), { version });
  }

  signals(): Recorded[] {
    return this.requests.filter(({ method }) => method === 'POST');
  }

  options(change: Partial<GuardOptions> = {}): GuardOptions {
    const source = (name: SourceName): Source => ({
      name,
      url: `${BASE}${name}/`,
      root: this.#roots.get(name) ?? new Uint8Array(),
    });
    const lists = this.#roots.has('second') ? [source('lists'), source('second')] : [source('lists')];
    return {
      authorities: { orders: [source('orders')], lists, provider: source('provider') },
      endpoint: ENDPOINT,
      ...change,
    };
  }

  async #whileHeld(url: string, signal: AbortSignal | null | undefined): Promise<void> {
    for (const [part, arrive] of this.#held) {
      if (!url.includes(part)) continue;
      this.#held.delete(part);
      return answerOrAbort(arrive(), signal);
    }
  }

  /** Replaces the page's fetch for addresses below BASE; other requests go to the real one. */
  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.startsWith(BASE)) return this.#fetch(input, init);
    const body = init?.body instanceof Uint8Array ? new Uint8Array(init.body) : new Uint8Array(0);
    this.requests.push({ method: init?.method ?? 'GET', url, body });
    await this.#whileHeld(url, init?.signal);
    if (this.isOffline || [...this.failing].some((part) => url.includes(part))) throw new TypeError('Failed to fetch');
    if (init?.method === 'POST') return new Response(null, { status: this.receiverStatus });
    const file = this.files.get(url.slice(BASE.length));
    return file ? new Response(file) : new Response('', { status: 404 });
  };
}

function answerOrAbort(answer: Promise<void>, signal: AbortSignal | null | undefined): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([answer, aborted]);
}
