/**
 * A test authority: creates real signed repositories, in a browser or in Node, with one list and one order that never signals.
 * A host's tests serve `files` (a dev server's middleware, a mocked fetch) and pass `authorities` to `createGuard`.
 * Spec: docs/design/signed-inputs.md#repositories
 */
import {
  type Action,
  DAY_MS,
  type DetectionOrder,
  type Digest,
  fromHex,
  listFilePath,
  listManifestPath,
  type ListPurpose,
  type ListRecord,
  type Media,
  type Name,
  orderPath,
  parseRelease,
  printManifest,
  printOrder,
  printRelease,
  SURFACES,
  type TargetPath,
  targetReference,
  toHex,
  toInstant,
} from '@lodestone/protocol';
import type { LockedParameters } from '@lodestone/protocol/locked-rows';
import { exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import { canonicalJson, merkleRoot, sha256Hex } from '@lodestone/trust';
import type { GuardOptions } from '../options.ts';
import { TEST_PICTURE_PDQ, testPicture } from './picture.ts';

const TEST = 'test' as Name;

/** A signed repository: the root to trust, and every file by its path below the repository's address. */
export interface SignedRepository {
  root: Uint8Array<ArrayBuffer>;
  files: Map<string, Uint8Array<ArrayBuffer>>;
}

export interface TestAuthority {
  authorities: GuardOptions['authorities'];
  /** By path below `url`. */
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

export interface TestAuthorityOptions {
  /** The address at which the host's test serves the files, such as `http://localhost:5173/test-authority/`. */
  url: string;
  /** The action for the test picture. Default "block". */
  action?: Action;
  /** What the order covers. Default pictures alone. */
  media?: readonly Media[];
  /** The current time in milliseconds. Default `Date.now()`. */
  now?: number;
}

/** Creates three sources: the list holds the test picture, and the order applies the action to it and sends nothing. */
export async function createTestAuthority({
  url,
  action = 'block',
  media = ['image'],
  now = Date.now(),
}: TestAuthorityOptions): Promise<TestAuthority> {
  const base = new URL(url.endsWith('/') ? url : `${url}/`).href;
  const parts = {
    'test-orders': await signRepository(new Map([[orderPath(TEST), printOrder(testOrder(action, media, now))]]), {
      now,
    }),
    'test-lists': await signRepository(listTargets(TEST, testPictureRecords(1), { now }), { now }),
    'test-provider': await signRepository(new Map(), { now }),
  };
  const source = (name: keyof typeof parts): GuardOptions['authorities']['provider'] => ({
    name,
    url: `${base}${name}/`,
    root: parts[name].root,
  });
  return {
    authorities: { orders: [source('test-orders')], lists: [source('test-lists')], provider: source('test-provider') },
    files: new Map(
      Object.entries(parts).flatMap(([name, { files }]) =>
        [...files].map(([path, bytes]) => [`${name}/${path}`, bytes] as const),
      ),
    ),
  };
}

/** The rows of the test picture: its PDQ hash and the SHA-256 digest of its file. */
export function testPictureRecords(entry: number): ListRecord[] {
  return [
    { type: 'pdq', entry, payload: fromHex(TEST_PICTURE_PDQ) },
    { type: 'sha256', entry, payload: fromHex(sha256Hex(testPicture())) },
  ];
}

/** In force for thirty days, on every surface. */
function testOrder(action: Action, media: readonly Media[], now: number): DetectionOrder {
  return exampleOrder({
    id: TEST,
    legal: { instrument: 'None: this order is for tests', jurisdiction: 'test' },
    issuer: { authority: 'Lodestone test authority', reference: 'test' },
    service: { name: 'test', endToEndEncrypted: true },
    notBefore: toInstant(now - DAY_MS),
    notAfter: toInstant(now + 30 * DAY_MS),
    summary: { en: 'A test: pictures are compared with one harmless test picture. Nothing leaves this device.' },
    surfaces: [...SURFACES],
    media: [...media],
    detect: [
      exampleKnown({
        list: targetReference('test-lists' as Name, listManifestPath(TEST)),
        action,
        signal: undefined,
      }),
    ],
  });
}

/** A list's two targets: manifest and `.lode` file. */
export function listTargets(
  list: Name,
  records: readonly ListRecord[],
  {
    now,
    version = 1,
    purpose = 'verified',
    locked,
  }: { now: number; version?: number; purpose?: ListPurpose; locked?: LockedParameters },
): Map<TargetPath, Uint8Array<ArrayBuffer>> {
  const file = printRelease(records, locked);
  const release = parseRelease(file);
  const path = listFilePath(list, version);
  const manifest = printManifest({
    schema: 'lodestone/list/v1',
    list,
    purpose,
    version,
    ...(locked && { form: 'locked' }),
    counts: { pdq: (release.locked ?? release.pdq).count, sha256: release.sha256.count, vpdq: release.vpdq.count },
    file: { path, length: file.length, sha256: sha256Hex(file) },
    merkleRoot: merkleRoot(release),
    notAfter: toInstant(now + 30 * DAY_MS),
  });
  return new Map([
    [path, file],
    [listManifestPath(list), manifest],
  ]);
}

/** An Ed25519 key that signs every role of a test repository. */
export type Signer = {
  id: Digest;
  key: { keytype: 'ed25519'; scheme: 'ed25519'; keyval: { public: string } };
  privateKey: CryptoKey;
};

/**
 * Signs targets as a TUF repository, one key for all four roles: enough for tests, never for a real authority.
 * To continue a repository, pass the same `signer` (from `newSigner`) and a higher version.
 */
export async function signRepository(
  targets: ReadonlyMap<TargetPath, Uint8Array<ArrayBuffer>>,
  {
    now,
    version = 1,
    expiresMs = 7 * DAY_MS,
    signer,
  }: { now: number; version?: number; expiresMs?: number; signer?: Signer },
): Promise<SignedRepository> {
  const by = signer ?? (await newSigner());
  const common = { spec_version: '1.0.31', expires: toInstant(now + expiresMs) };
  const role = { keyids: [by.id], threshold: 1 };
  const meta = (bytes: Uint8Array<ArrayBuffer>): object => ({
    version,
    length: bytes.length,
    hashes: { sha256: sha256Hex(bytes) },
  });

  const root = await sign(by, {
    ...common,
    _type: 'root',
    version: 1,
    expires: toInstant(now + 365 * DAY_MS),
    consistent_snapshot: true,
    keys: { [by.id]: by.key },
    roles: { root: role, targets: role, snapshot: role, timestamp: role },
  });
  const signedTargets = await sign(by, {
    ...common,
    _type: 'targets',
    version,
    targets: Object.fromEntries(
      [...targets].map(([path, bytes]) => [path, { length: bytes.length, hashes: { sha256: sha256Hex(bytes) } }]),
    ),
  });
  const snapshot = await sign(by, {
    ...common,
    _type: 'snapshot',
    version,
    meta: { 'targets.json': meta(signedTargets) },
  });
  const timestamp = await sign(by, {
    ...common,
    _type: 'timestamp',
    version,
    issued: toInstant(now),
    meta: { 'snapshot.json': meta(snapshot) },
  });
  const files = new Map([
    ['metadata/1.root.json', root],
    [`metadata/${version}.targets.json`, signedTargets],
    [`metadata/${version}.snapshot.json`, snapshot],
    ['metadata/timestamp.json', timestamp],
  ]);
  for (const [path, bytes] of targets) {
    files.set(`targets/${path.replace(/[^/]+$/, (file) => `${sha256Hex(bytes)}.${file}`)}`, bytes);
  }
  return { root, files };
}

export async function newSigner(): Promise<Signer> {
  const { publicKey, privateKey } = await generateKey();
  const bytes = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
  const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: toHex(bytes) } } as const;
  return { id: sha256Hex(canonicalJson(key)), key, privateKey };
}

/** WebKitGTK 2.50 fails to generate a key about once in 130 times. */
async function generateKey(drawsLeft = 8): Promise<CryptoKeyPair> {
  try {
    return await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']);
  } catch (error) {
    if (drawsLeft === 1) throw error;
    return generateKey(drawsLeft - 1);
  }
}

async function sign({ id, privateKey }: Signer, signed: object): Promise<Uint8Array<ArrayBuffer>> {
  const signature = await crypto.subtle.sign({ name: 'Ed25519' }, privateKey, canonicalJson(signed));
  return canonicalJson({ signatures: [{ keyid: id, sig: toHex(new Uint8Array(signature)) }], signed });
}
