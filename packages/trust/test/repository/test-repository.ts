/**
 * A real TUF repository in memory, made with @tufjs/models like a published one. A test replaces parts, or signs them
 * again with the keys that its attack assumes.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { Key, Metadata, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import { utf8 } from '@lodestone/protocol/bytes';
import { toInstant } from '@lodestone/protocol/time';
import { canonicalJson, type Role, type TufGet, type TufState } from '@lodestone/trust';

export interface TestKey {
  key: Key;
  secret: KeyObject;
}
type Json = Record<string, unknown>;
type Signable = Root | Timestamp | Snapshot | Targets;

export const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;

/** `unknown`: further members of the key, and of its `keyval`, which the key id covers. */
export function newKey(
  unknown: { key?: Record<string, string | string[]>; keyval?: Record<string, string> } = {},
): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const members = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw, ...unknown.keyval }, ...unknown.key };
  const keyID = createHash('sha256').update(canonicalJson(members)).digest('hex');
  const { keyval: keyVal } = members;
  return {
    key: new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal, unrecognizedFields: unknown.key ?? {} }),
    secret: privateKey,
  };
}

/** `signed` in its envelope, signed by these keys, as bytes. */
function signJson(signed: Json, keys: readonly TestKey[]): Uint8Array {
  const data = canonicalJson(signed);
  const signatures = keys.map(({ key, secret }) => ({
    keyid: key.keyID,
    sig: sign(null, data, secret).toString('hex'),
  }));
  return canonicalJson({ signatures, signed });
}

export class TestRepository {
  /** Path in the repository → bytes, as a server has them. */
  readonly files = new Map<string, Uint8Array>();
  readonly now: number;
  /** Threshold 2 of 3 for root and targets, 1 of 1 for the online roles. */
  keys: Record<Role, TestKey[]> = {
    root: [newKey(), newKey(), newKey()],
    targets: [newKey(), newKey(), newKey()],
    snapshot: [newKey()],
    timestamp: [newKey()],
  };
  versions: Record<Role, number> = { root: 0, targets: 0, snapshot: 0, timestamp: 0 };
  expires: Record<Role, string>;
  /** When the next timestamp is signed. */
  issued: string;

  constructor(now: number) {
    this.now = now;
    this.issued = toInstant(now);
    const later = toInstant(now + YEAR);
    this.expires = { root: later, targets: later, snapshot: later, timestamp: later };
    this.publishRoot();
  }

  /** The root that a host app pins. */
  get pinned(): TufState {
    return { root: this.file('metadata/1.root.json') };
  }

  file(path: string): Uint8Array {
    const bytes = this.files.get(path);
    if (!bytes) throw new Error(`the repository has no ${path}`);
    return bytes;
  }

  readonly get: TufGet = (path) => Promise.resolve(this.files.get(path));

  /** The keys that sign: exactly as many as are needed, so that every signature matters. */
  signers(role: Role): TestKey[] {
    return this.keys[role].slice(0, this.threshold(role));
  }
  threshold(role: Role): number {
    return role === 'root' || role === 'targets' ? 2 : 1;
  }

  /** The next root, signed by `signers`: by default those before and those now. */
  publishRoot(signers: readonly TestKey[] = this.signers('root')): Root {
    const root = new Root({ ...this.head('root'), consistentSnapshot: true });
    for (const role of ROLES) {
      const entry = root.roles[role];
      if (!entry) throw new Error(role);
      root.roles[role] = Object.assign(entry, { threshold: this.threshold(role) });
      for (const { key } of this.keys[role]) root.addKey(key, role);
    }
    this.put(`metadata/${root.version}.root.json`, root, signers);
    return root;
  }

  /** Targets, snapshot and timestamp, each one version on. */
  publish(targets: Readonly<Record<string, string>> = { 'v1/orders/one.json': '{"one":1}\n' }): void {
    this.publishTargets(targets);
    this.publishSnapshot();
    this.publishTimestamp();
  }

  publishTargets(targets: Readonly<Record<string, string>>): void {
    const signed = new Targets(this.head('targets'));
    for (const [path, text] of Object.entries(targets)) {
      const bytes = utf8(text);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      signed.addTarget(new TargetFile({ path, length: bytes.length, hashes: { sha256 } }));
      this.files.set(`targets/${path.replace(/[^/]+$/, (name) => `${sha256}.${name}`)}`, bytes);
    }
    this.put(`metadata/${signed.version}.targets.json`, signed, this.signers('targets'));
  }
  publishSnapshot(targetsFile: MetaFile = this.metaFile('targets')): void {
    const signed = new Snapshot({ ...this.head('snapshot'), meta: { 'targets.json': targetsFile } });
    this.put(`metadata/${signed.version}.snapshot.json`, signed, this.signers('snapshot'));
  }
  publishTimestamp(snapshotMeta: MetaFile = this.metaFile('snapshot')): void {
    const unrecognizedFields = { issued: this.issued };
    const signed = new Timestamp({ ...this.head('timestamp'), snapshotMeta, unrecognizedFields });
    this.put('metadata/timestamp.json', signed, this.signers('timestamp'));
    this.files.set(`metadata/${signed.version}.timestamp.json`, this.file('metadata/timestamp.json'));
  }

  metaFile(role: 'snapshot' | 'targets'): MetaFile {
    const version = this.versions[role];
    const bytes = this.file(`metadata/${version}.${role}.json`);
    return new MetaFile({
      version,
      length: bytes.length,
      hashes: { sha256: createHash('sha256').update(bytes).digest('hex') },
    });
  }

  /** Where the role's newest metadata is. */
  pathOf(role: Role): string {
    return role === 'timestamp' ? 'metadata/timestamp.json' : `metadata/${this.versions[role]}.${role}.json`;
  }

  signedPart(role: Role): Json {
    const { signed } = JSON.parse(Buffer.from(this.file(this.pathOf(role))).toString()) as { signed: Json };
    return signed;
  }

  /** Replaces the role's newest signed part, signs it again, and has the roles above name it, as its key holders could. */
  forge(role: Role, change: (signed: Json) => Json, signers: readonly TestKey[] = this.signers(role)): void {
    this.files.set(this.pathOf(role), signJson(change(this.signedPart(role)), signers));
    this.nameAgain(role);
  }

  /** Changes the signatures of the role's newest metadata, which they do not cover. */
  changeSignatures(role: Role, change: (signatures: Json[]) => unknown[]): void {
    const envelope = JSON.parse(Buffer.from(this.file(this.pathOf(role))).toString()) as { signatures: Json[] };
    this.files.set(this.pathOf(role), canonicalJson({ ...envelope, signatures: change(envelope.signatures) }));
    this.nameAgain(role);
  }

  /** Has snapshot and timestamp name the changed file at the same versions. */
  nameAgain(role: Role): void {
    if (role === 'targets') {
      this.versions.snapshot--;
      this.publishSnapshot();
    }
    if (role === 'targets' || role === 'snapshot') {
      this.versions.timestamp--;
      this.publishTimestamp();
    }
  }

  private head(role: Role): { version: number; specVersion: string; expires: string } {
    this.versions[role]++;
    return { version: this.versions[role], specVersion: '1.0.31', expires: this.expires[role] };
  }

  private put(path: string, signed: Signable, signers: readonly TestKey[]): void {
    const metadata = new Metadata(signed);
    for (const { key, secret } of signers) {
      metadata.sign((data) => new Signature({ keyID: key.keyID, sig: sign(null, data, secret).toString('hex') }));
    }
    this.files.set(path, canonicalJson(metadata.toJSON()));
  }
}
