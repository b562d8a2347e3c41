/**
 * TUF 1.0 §5, clause by clause: our client refuses every attack with the expected error code, and tuf-js refuses it too.
 * If our profile is stricter than the specification, the case says so, and tuf-js accepts.
 */
import { MetaFile } from '@tufjs/models';
import { describe, expect, test } from 'vitest';
import { concatBytes, utf8 } from '@lodestone/protocol/bytes';
import type { ErrorCode } from '@lodestone/protocol/error';
import { LIMITS } from '@lodestone/protocol/limits';
import { toInstant } from '@lodestone/protocol/time';
import { canonicalJson, readTrusted } from '@lodestone/trust';
import { OurClient } from './repository/our-client.ts';
import { FileServer, TufJsClient } from './repository/second-opinion.ts';
import { HOUR, newKey, TestRepository } from './repository/test-repository.ts';

interface Attack {
  /** Begins with the clause. */
  name: string;
  /** Changes the repository after the client has refreshed once, from a valid repository of version 1 in every role. */
  attack: (repository: TestRepository) => void;
  code: ErrorCode;
  /** Why tuf-js accepts; absent if it refuses. */
  stricter?: string;
}

const TARGET = 'v1/orders/one.json';
const PAST = toInstant(Date.now() - HOUR);

/** A signed part with one member changed. */
const having = (members: Record<string, unknown>) => (signed: Record<string, unknown>) => ({ ...signed, ...members });

const ATTACKS: Attack[] = [
  // 5.3 Root
  {
    name: '5.3.3 the next root is over the bound',
    attack: (r) => r.files.set('metadata/2.root.json', new Uint8Array(LIMITS.rootBytes + 1)),
    code: 'ERR_SIZE',
  },
  {
    name: '5.3.4 the next root is signed by its own keys only',
    attack: (r) => {
      r.keys.root = [newKey(), newKey(), newKey()];
      r.publishRoot();
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.3.4 the next root is signed by the keys before only',
    attack: (r) => {
      const before = r.signers('root');
      r.keys.root = [newKey(), newKey(), newKey()];
      r.publishRoot(before);
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.3.4 the next root is signed by one key of the two needed',
    attack: (r) => void r.publishRoot(r.signers('root').slice(1)),
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.3.4 one key signs twice under its key id',
    attack: (r) => {
      const [one] = r.signers('root');
      if (!one) throw new Error('no key');
      r.publishRoot();
      r.forge('root', (signed) => signed, [one, one]);
    },
    code: 'ERR_TRUST_METADATA',
  },
  {
    name: '4.3 one key is listed under two key ids',
    attack: (r) => {
      r.publishRoot();
      r.forge('root', (signed) => {
        const keys = signed['keys'] as Record<string, unknown>;
        return { ...signed, keys: { ...keys, ['ab'.repeat(32)]: Object.values(keys)[0] } };
      });
    },
    code: 'ERR_TRUST_METADATA',
    stricter: 'tuf-js does not calculate key ids',
  },
  {
    name: '5.3.5 the file of the next root holds the root before',
    attack: (r) => r.files.set('metadata/2.root.json', r.file('metadata/1.root.json')),
    code: 'ERR_TRUST_ROLLBACK',
  },
  {
    name: '5.3.5 a root version is skipped',
    attack: (r) => {
      r.versions.root++;
      r.publishRoot();
      r.files.set('metadata/2.root.json', r.file('metadata/3.root.json'));
    },
    code: 'ERR_TRUST_ROLLBACK',
  },
  {
    name: '5.3.10 the newest root has expired',
    attack: (r) => {
      r.expires.root = PAST;
      r.publishRoot();
    },
    code: 'ERR_TRUST_EXPIRED',
  },
  {
    name: '5.3.12 the next root gives up consistent snapshots',
    attack: (r) => {
      r.publishRoot();
      r.forge('root', having({ consistent_snapshot: false }));
      r.publish();
    },
    code: 'ERR_TRUST_METADATA',
  },

  // 5.4 Timestamp
  {
    name: '5.4.1 there is no timestamp',
    attack: (r) => r.files.delete('metadata/timestamp.json'),
    code: 'ERR_TRUST_MISSING',
  },
  {
    name: '5.4.1 the timestamp is longer than the limit',
    attack: (r) => r.files.set('metadata/timestamp.json', new Uint8Array(LIMITS.timestampBytes + 1).fill(0x20)),
    code: 'ERR_SIZE',
  },
  {
    name: '5.4.2 the timestamp has no signature',
    attack: (r) => {
      r.publish();
      r.forge('timestamp', (signed) => signed, []);
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.4.2 the timestamp is signed by a stranger',
    attack: (r) => {
      r.publish();
      r.forge('timestamp', (signed) => signed, [newKey()]);
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: "5.4.2 the timestamp is signed by another role's key",
    attack: (r) => {
      r.publish();
      r.forge('timestamp', (signed) => signed, r.keys.snapshot);
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.4.2 the whole repository is that of another authority',
    attack: (r) => {
      const other = new TestRepository(r.now);
      other.publish();
      other.publish();
      for (const [path, bytes] of other.files) r.files.set(path, bytes);
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.4.3.1 an older timestamp is served again',
    attack: (r) => r.files.set('metadata/timestamp.json', r.file('metadata/1.timestamp.json')),
    code: 'ERR_TRUST_ROLLBACK',
  },
  {
    name: '5.4.3.2 a newer timestamp names an older snapshot',
    attack: (r) => r.publishTimestamp(new MetaFile({ version: 1 })),
    code: 'ERR_TRUST_ROLLBACK',
  },
  {
    name: '5.4.4 the timestamp has expired',
    attack: (r) => {
      r.expires.timestamp = PAST;
      r.publish();
    },
    code: 'ERR_TRUST_EXPIRED',
  },

  // 5.5 Snapshot
  {
    name: '5.5.1 there is no snapshot of the version that is named',
    attack: (r) => {
      r.publish();
      r.files.delete(r.pathOf('snapshot'));
    },
    code: 'ERR_TRUST_MISSING',
  },
  {
    name: '5.5.1 the snapshot is longer than named',
    attack: (r) => {
      r.publish();
      r.files.set(r.pathOf('snapshot'), concatBytes(r.file(r.pathOf('snapshot')), utf8(' ')));
    },
    code: 'ERR_SIZE',
  },
  {
    name: '5.5.2 mix-and-match: a signed snapshot other than the named one',
    attack: (r) => {
      r.publish();
      const named = r.file(r.pathOf('timestamp'));
      r.forge('snapshot', having({ expires: toInstant(r.now + 3 * HOUR) }));
      r.files.set(r.pathOf('timestamp'), named);
    },
    code: 'ERR_TRUST_DIGEST',
  },
  {
    name: '5.5.3 the snapshot is signed by the timestamp key',
    attack: (r) => {
      r.publish();
      r.forge('snapshot', (signed) => signed, r.keys.timestamp);
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.5.4 the snapshot has another version than named',
    attack: (r) => {
      r.publish();
      r.forge('snapshot', having({ version: 7 }));
    },
    code: 'ERR_TRUST_METADATA',
  },
  {
    name: '5.5.5 a newer snapshot names older targets',
    attack: (r) => {
      r.publishSnapshot(new MetaFile({ version: 1 }));
      r.publishTimestamp();
    },
    code: 'ERR_TRUST_ROLLBACK',
  },
  {
    name: '5.5.5 a newer snapshot no longer names targets.json',
    attack: (r) => {
      r.publish();
      r.forge('snapshot', having({ meta: {} }));
    },
    code: 'ERR_TRUST_METADATA',
  },
  {
    name: '5.5.6 the snapshot has expired',
    attack: (r) => {
      r.expires.snapshot = PAST;
      r.publish();
    },
    code: 'ERR_TRUST_EXPIRED',
  },

  // 5.6 Targets
  {
    name: '5.6.1 there are no targets of the version that is named',
    attack: (r) => {
      r.publish();
      r.files.delete(r.pathOf('targets'));
    },
    code: 'ERR_TRUST_MISSING',
  },
  {
    name: '5.6.1 the targets are longer than named',
    attack: (r) => {
      r.publish();
      r.files.set(r.pathOf('targets'), concatBytes(r.file(r.pathOf('targets')), utf8(' ')));
    },
    code: 'ERR_SIZE',
  },
  {
    name: '5.6.2 mix-and-match: signed targets, but not those that are named',
    attack: (r) => {
      r.publish();
      const named = [r.pathOf('snapshot'), r.pathOf('timestamp')].map((path) => [path, r.file(path)] as const);
      r.forge('targets', having({ expires: toInstant(r.now + 3 * HOUR) }));
      for (const [path, bytes] of named) r.files.set(path, bytes);
    },
    code: 'ERR_TRUST_DIGEST',
  },
  {
    name: '5.6.3 the targets are signed by one key of the two needed',
    attack: (r) => {
      r.publish();
      r.forge('targets', (signed) => signed, r.keys.targets.slice(0, 1));
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.6.3 the targets are signed by one key and a stranger',
    attack: (r) => {
      r.publish();
      r.forge('targets', (signed) => signed, [...r.keys.targets.slice(0, 1), newKey()]);
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.6.3 the targets are signed by both online keys, as a thief of the server could',
    attack: (r) => {
      r.publish();
      r.forge('targets', (signed) => signed, [...r.keys.snapshot, ...r.keys.timestamp]);
    },
    code: 'ERR_TRUST_SIGNATURE',
  },
  {
    name: '5.6.4 the targets have another version than named',
    attack: (r) => {
      r.publish();
      r.forge('targets', having({ version: 7 }));
    },
    code: 'ERR_TRUST_METADATA',
  },
  {
    name: '5.6.5 the targets have expired',
    attack: (r) => {
      r.expires.targets = PAST;
      r.publish();
    },
    code: 'ERR_TRUST_EXPIRED',
  },
  {
    name: '5.6.7 the targets delegate',
    attack: (r) => {
      r.publish();
      r.forge('targets', having({ delegations: { keys: {}, roles: [] } }));
    },
    code: 'ERR_TRUST_METADATA',
    stricter: 'delegations are part of TUF, and not of our profile',
  },

  // 5.7 Target files
  {
    name: '5.7.3 a target has other bytes',
    attack: (r) => {
      r.publish();
      for (const path of r.files.keys()) if (path.startsWith('targets/')) r.files.set(path, utf8('{"two":2}\n'));
    },
    code: 'ERR_TRUST_DIGEST',
  },
  {
    name: '5.7.3 a target is longer than signed',
    attack: (r) => {
      r.publish();
      for (const [path, bytes] of r.files)
        if (path.startsWith('targets/')) r.files.set(path, concatBytes(bytes, bytes));
    },
    code: 'ERR_TRUST_DIGEST',
  },
  {
    name: '5.7.3 a target is cut off',
    attack: (r) => {
      r.publish();
      for (const [path, bytes] of r.files) if (path.startsWith('targets/')) r.files.set(path, bytes.slice(1));
    },
    code: 'ERR_TRUST_DIGEST',
  },

  // 4 Document formats
  {
    name: '4.2 the timestamp holds the metadata of another role',
    attack: (r) => {
      r.publish();
      const snapshot = r.signedPart('snapshot');
      r.forge('timestamp', () => snapshot);
    },
    code: 'ERR_TRUST_METADATA',
  },
  {
    name: '4.3 the metadata is of another major version of the specification',
    attack: (r) => {
      r.publish();
      r.forge('timestamp', having({ spec_version: '2.0.0' }));
    },
    code: 'ERR_TRUST_METADATA',
  },
  ...(['sha512', 'md5'] as const).map((algorithm) => ({
    name: `4.5 a target has a digest of ${algorithm}`,
    attack: (r: TestRepository) => {
      r.publish();
      r.forge('targets', (signed) => {
        const targets = signed['targets'] as Record<string, { hashes: Record<string, string> }>;
        const file = targets[TARGET];
        if (!file) throw new Error(TARGET);
        return having({ targets: { [TARGET]: { ...file, hashes: { ...file.hashes, [algorithm]: '00' } } } })(signed);
      });
    },
    code: 'ERR_TRUST_METADATA' as const,
  })),
  {
    name: '4.5 a target has a path outside of ours',
    attack: (r) => {
      r.publish();
      r.forge('targets', (signed) =>
        having({ targets: { ...(signed['targets'] as object), 'v1/../../x': { length: 1, hashes: {} } } })(signed),
      );
    },
    code: 'ERR_TRUST_METADATA',
    stricter: 'TUF leaves the form of paths to its users',
  },
  ...[
    ['a fraction as version', { version: 2.5 }],
    ['an expiry with a fraction of a second', { expires: '2100-01-01T00:00:00.5Z' }],
    ['an expiry on a day that is not', { expires: '2100-02-30T00:00:00Z' }],
  ].map(([what, members]) => ({
    name: `4.3 the timestamp has ${what as string}`,
    attack: (r: TestRepository) => {
      r.publish();
      const signed = JSON.stringify({ ...r.signedPart('timestamp'), ...(members as object) });
      r.files.set('metadata/timestamp.json', utf8(`{"signatures":[],"signed":${signed}}`));
    },
    code: 'ERR_TRUST_METADATA' as const,
  })),
  ...[
    ['has whitespace between its members', (text: string) => `${text}\n`],
    ['has its members in another order', (text: string) => reordered(text)],
    ['escapes a letter', (text: string) => text.replace('snapshot.json', String.raw`snapshot\u002ejson`)],
    ['has a member twice', (text: string) => text.replace(/"version":(\d)}}$/, '"version":9,"version":$1}}')],
  ].map(([what, change]) => ({
    name: `4.1 the timestamp ${what as string}, so that its signature is still valid`,
    attack: (r: TestRepository) => {
      r.publish();
      const text = Buffer.from(r.file('metadata/timestamp.json')).toString();
      const changed = (change as (text: string) => string)(text);
      expect(changed).not.toBe(text);
      r.files.set('metadata/timestamp.json', utf8(changed));
    },
    code: 'ERR_TRUST_METADATA' as const,
    stricter: 'only our profile requires canonical form; the content is the same',
  })),
  {
    name: '4.1 the only signature of the timestamp is in upper case',
    attack: (r) => {
      r.publish();
      r.changeSignatures('timestamp', (all) => all.map((one) => ({ ...one, sig: String(one['sig']).toUpperCase() })));
    },
    code: 'ERR_TRUST_SIGNATURE',
    stricter: 'only our profile requires canonical form; the content is the same',
  },
  ...[
    ['nothing', ''],
    ['no JSON', '{'],
    ['no object', '[]'],
    ['JSON nested without end', `${'['.repeat(8_000)}${']'.repeat(8_000)}`],
    ['an envelope without signatures', '{"signed":{}}'],
    ['an envelope without a signed part', '{"signatures":[]}'],
  ].map(([what, text]) => ({
    name: `4.2 the timestamp is ${what ?? ''}`,
    attack: (r: TestRepository) => void r.files.set('metadata/timestamp.json', utf8(text ?? '')),
    code: 'ERR_TRUST_METADATA' as const,
  })),
  {
    name: '4.2 the timestamp is not UTF-8',
    attack: (r) => r.files.set('metadata/timestamp.json', Uint8Array.of(0xff, 0xfe)),
    code: 'ERR_TRUST_METADATA',
  },
];

function reordered(text: string): string {
  const { signatures, signed } = JSON.parse(text) as { signatures: unknown; signed: unknown };
  return JSON.stringify({ signed, signatures });
}

const server = new FileServer();

async function bothAfterOneRefresh(): Promise<{ repository: TestRepository; ours: OurClient; theirs: TufJsClient }> {
  const repository = new TestRepository(Date.now());
  repository.publish();
  repository.publish();
  server.files = repository.files;
  const ours = new OurClient(repository.pinned);
  const theirs = await TufJsClient.create(server, repository.pinned.root);
  await ours.refreshWith([TARGET], repository.get, repository.now);
  await theirs.refresh([TARGET]);
  return { repository, ours, theirs };
}

describe('an attack of TUF 1.0 is refused', () => {
  test.for(ATTACKS)('$name: $code', async ({ attack, code, stricter }) => {
    const { repository, ours, theirs } = await bothAfterOneRefresh();
    attack(repository);

    await expect(ours.refreshWith([TARGET], repository.get, repository.now)).rejects.toMatchObject({
      name: 'LodestoneError',
      code,
    });
    if (stricter === undefined) await expect(theirs.refresh([TARGET])).rejects.toThrow();
    else await expect(theirs.refresh([TARGET])).resolves.toBeUndefined();

    // §5, note: a refused update leaves a client that can be updated again.
    await expect(readTrusted(ours.state)).resolves.toMatchObject({ files: new Map([[TARGET, expect.anything()]]) });
  });

  test('after an attack the next valid publication is accepted', async () => {
    const { repository, ours, theirs } = await bothAfterOneRefresh();
    repository.publish();
    const good = repository.file('metadata/timestamp.json');
    repository.forge('timestamp', (signed) => signed, [newKey()]);
    await expect(ours.refresh(repository.get, repository.now)).rejects.toMatchObject({ code: 'ERR_TRUST_SIGNATURE' });
    repository.files.set('metadata/timestamp.json', good);
    await ours.refreshWith([TARGET], repository.get, repository.now);
    await theirs.refresh([TARGET]);
  });
});

describe('5.2 the pinned root', () => {
  test('is refused if its own keys have not signed it', async () => {
    const repository = new TestRepository(Date.now());
    repository.publish();
    repository.forge('root', (signed) => signed, repository.keys.root.slice(0, 1));
    const ours = new OurClient(repository.pinned);
    await expect(ours.refresh(repository.get, repository.now)).rejects.toMatchObject({ code: 'ERR_TRUST_SIGNATURE' });
    server.files = repository.files;
    await expect(TufJsClient.create(server, repository.pinned.root).then((c) => c.refresh())).rejects.toThrow();
  });

  test('treats a key that is not a point of the curve as one that has not signed', async () => {
    const repository = new TestRepository(Date.now());
    const [first, second] = repository.keys.root;
    if (!first || !second) throw new Error('no keys');
    const members = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: 'ff'.repeat(32) } };
    const odd = newKey();
    Object.assign(odd.key, { keyVal: members.keyval, keyID: await sha256(canonicalJson(members)) });
    repository.keys.root = [first, odd, second];
    repository.versions.root = 0;
    repository.publishRoot();
    const ours = new OurClient(repository.pinned);
    await expect(ours.refresh(repository.get, repository.now)).rejects.toMatchObject({ code: 'ERR_TRUST_SIGNATURE' });
  });

  test('may have expired if a newer root has not', async () => {
    const repository = new TestRepository(Date.now());
    repository.forge('root', having({ expires: PAST }));
    const pinned = repository.pinned;
    repository.publishRoot();
    repository.publish();
    await new OurClient(pinned).refreshWith([TARGET], repository.get, repository.now);
    server.files = repository.files;
    await (await TufJsClient.create(server, pinned.root)).refresh([TARGET]);
  });
});

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}
