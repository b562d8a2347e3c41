/** A holder's review shows every change, and a draft that does not parse, is older, or builds on another repository is not signed. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  describeReview,
  keyIdOf,
  prepare,
  reviewDraft,
  rotate,
  signDraft,
  stageKeys,
  stageOrder,
  suppressEntries,
  withdrawTarget,
} from '@lodestone/authority';
import { DAY_MS } from '@lodestone/protocol/time';
import { canonicalJson } from '@lodestone/trust';
import { sha256Hex } from '../src/repository/digest.ts';
import { NOW, temporaryFolder } from './support/authority-folder.ts';
import { KEYS, order } from './support/documents.ts';
import {
  addRows,
  type Ceremony,
  holderOf,
  newCeremony,
  newHolder,
  publishedCeremony,
  publishWith,
  signAs,
} from './support/holders.ts';

type Json = Record<string, unknown>;

async function words(ceremony: Ceremony, now = NOW): Promise<string> {
  await prepare({ directory: ceremony.directory, now });
  return describeReview(await reviewDraft({ draft: ceremony.draft, now })).join('\n');
}
const firstTwo = (ceremony: Ceremony) => ceremony.holders.slice(0, 2);
const stage = (ceremony: Ceremony, members: object = {}) =>
  stageOrder({ directory: ceremony.directory, order: order(members), now: NOW });
const newOrders = () => newCeremony(undefined, { power: 'orders' });

describe('the review says', () => {
  test('who holds the first root', async () => {
    const ceremony = await newCeremony();
    const text = await words(ceremony);
    expect(text).toContain('root 1, the first root, which apps pin');
    for (const { name, signer } of ceremony.holders) {
      expect(text).toContain(`${name} (key ${keyIdOf(signer.publicKey).slice(0, 16)})`);
    }
    expect(text).toContain('targets: 2 of 3 must sign');
  });

  test('what a new order does, every field of it, and what the law says', async () => {
    const ceremony = await newOrders();
    await stage(ceremony);
    const text = await words(ceremony);
    expect(text).toContain('new: v1/orders/demo-order.json');
    expect(text).toContain('based on an order of an authority or a court');
    expect(text).toContain('signals go to https://signals.example/v1/signals');
    expect(text).toContain('law: no rule of ZZ forbids this order');
    expect(text).toContain('not legal advice');
    const fields = [...JSON.stringify(order()).matchAll(/"(\w+)":/g)].map((match) => match[1] ?? '');
    for (const field of fields) expect(text).toMatch(new RegExp(`\\b${field}\\b`));
  });

  test('which fields of an order change, and that the order becomes wider', async () => {
    const ceremony = await newOrders();
    await stage(ceremony);
    await publishWith(ceremony, firstTwo(ceremony));
    const document = order() as Json;
    await stage(ceremony, { receiver: { ...(document['receiver'] as Json), slotsPerDay: 25 } });
    const text = await words(ceremony);
    expect(text).toContain('changed: v1/orders/demo-order.json');
    expect(text).toContain('receiver.slotsPerDay: 24 → 25');
    expect(text).toContain('wider than before in receiver.slotsPerDay: apps announce it');
    expect(text).not.toContain('notAfter:');
    await stage(ceremony, { media: ['image', 'video'] });
    expect(await words(ceremony)).toContain('wider than before in media: apps announce it');
  });

  test('that an order is withdrawn', async () => {
    const ceremony = await newOrders();
    await stage(ceremony);
    await publishWith(ceremony, firstTwo(ceremony));
    await withdrawTarget({ directory: ceremony.directory, path: 'v1/orders/demo-order.json' });
    expect(await words(ceremony)).toContain('withdrawn: v1/orders/demo-order.json\n    devices stop checking');
  });

  test('how many rows a list gains, and how many entries are suppressed', async () => {
    const ceremony = await newCeremony();
    await addRows(ceremony.directory, [1, 2]);
    await publishWith(ceremony, firstTwo(ceremony));
    await addRows(ceremony.directory, [3]);
    const record = await readFile(path.join(ceremony.directory, 'record/demo/000001.ndjson'), 'utf8');
    const { entry } = JSON.parse(record.split('\n')[1] ?? '') as { entry: number };
    await suppressEntries({ directory: ceremony.directory, list: 'demo', entries: [entry], by: 'x', now: NOW });
    const text = await words(ceremony);
    expect(text).toContain('list demo, release 2: rows pdq 2 → 2, sha256 0 → 0, vpdq 0 → 0');
    expect(text).toContain('suppresses 1 more entries, and 0 fewer');
  });

  test('characters that would hide or rewrite text by their codes', async () => {
    const ceremony = await newOrders();
    const { issuer } = order() as { issuer: Json };
    await stage(ceremony, { issuer: { ...issuer, reference: '1/2026 \u202Enothing else\u200B' } });
    const text = await words(ceremony);
    expect(text).toContain('1/2026 \\u{202e}nothing else\\u{200b}');
    expect(text).not.toMatch(/[\u202E\u200B]/u);
  });

  test('whose key a new root removes, by name', async () => {
    const ceremony = await publishedCeremony();
    const { signer } = holderOf(ceremony, 'carol');
    const dave = await newHolder('dave');
    await rotate({ directory: ceremony.directory, remove: ['carol'], add: [dave.document], now: NOW });
    const text = describeReview(await reviewDraft({ draft: ceremony.draft, now: NOW })).join('\n');
    expect(text).toContain(`targets: removes carol (key ${keyIdOf(signer.publicKey).slice(0, 16)})`);
  });

  test('that nothing changes but the signatures', async () => {
    const ceremony = await newCeremony();
    await publishWith(ceremony, firstTwo(ceremony));
    expect(await words(ceremony)).toContain('this publication only renews the signatures');
  });
});

/** A draft whose targets list `v1/…` with these bytes, as a coordinator could forge it. */
async function forge({ draft }: Ceremony, target: string, bytes: Uint8Array, { write = true } = {}): Promise<void> {
  const file = path.join(draft, 'metadata/targets.json');
  const targets = JSON.parse(await readFile(file, 'utf8')) as { targets: Json };
  targets.targets[target] = { length: bytes.length, hashes: { sha256: sha256Hex(bytes) } };
  await writeFile(file, canonicalJson(targets));
  if (!write) return;
  const place = path.join(draft, 'targets', path.dirname(target), `${sha256Hex(bytes)}.${path.basename(target)}`);
  await cp(file, place, { recursive: true });
  await writeFile(place, bytes);
}
const edit = async (
  { draft }: Pick<Ceremony, 'draft'>,
  file: string,
  change: (signed: Json) => void,
): Promise<void> => {
  const place = path.join(draft, file);
  const signed = JSON.parse(await readFile(place, 'utf8')) as Json;
  change(signed);
  await writeFile(place, canonicalJson(signed));
};
const utf8 = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('a draft is refused', () => {
  const review = ({ draft }: Ceremony, now = NOW) => reviewDraft({ draft, now });

  test.for([
    ['an order that is not an order', 'v1/orders/demo-order.json', utf8({ hello: 1 }), 'ERR_SCHEMA'],
    ['an order under another name', 'v1/orders/other.json', utf8(order()), 'ERR_TRUST_METADATA'],
    ['an order of a provider', 'v1/orders/demo-order.json', utf8(order({ basis: 'consent' })), 'ERR_TRUST_POWER'],
    [
      'an order that a rule of law forbids',
      'v1/orders/demo-order.json',
      utf8(order({ legal: { instrument: 'x', jurisdiction: 'GB' } })),
      'ERR_ORDER_LAW',
    ],
    ['a file that no manifest names', 'v1/lists/demo/1.lode', utf8('rows'), 'ERR_REPOSITORY'],
    ['a path outside of the repository', '../../alice.pem', utf8({}), 'ERR_SCHEMA'],
    ['a path of a later version', 'v2/orders/demo-order.json', utf8(order()), 'ERR_SCHEMA'],
    ['a document of an unknown kind', 'v1/other/demo.json', utf8({}), 'ERR_REPOSITORY'],
  ] as const)('with %s', async ([, target, bytes, code]) => {
    const ceremony = await newOrders();
    await forge(ceremony, target, bytes);
    await expect(review(ceremony)).rejects.toMatchObject({ code });
  });

  test('with a target that is not in it, or differs from its digest', async () => {
    const ceremony = await newOrders();
    await forge(ceremony, 'v1/orders/demo-order.json', utf8(order()), { write: false });
    await expect(review(ceremony)).rejects.toMatchObject({ code: 'ERR_TRUST_MISSING' });
    const other = await newOrders();
    await stage(other);
    await prepare({ directory: other.directory, now: NOW });
    const folder = path.join(other.draft, 'targets/v1/orders');
    for (const name of await readdir(folder)) await writeFile(path.join(folder, name), 'x');
    await expect(review(other)).rejects.toMatchObject({ code: 'ERR_TRUST_DIGEST' });
  });

  test.for([
    ['that skips a version of the targets', 'metadata/targets.json', { version: 3 }, 'ERR_REPOSITORY'],
    ['that skips a version of the root', 'metadata/root.json', { version: 2 }, 'ERR_REPOSITORY'],
    ['that has expired', 'metadata/targets.json', { expires: '2026-11-24T08:00:00Z' }, 'ERR_TRUST_EXPIRED'],
    ['whose targets are not TUF metadata', 'metadata/targets.json', { targets: [] }, 'ERR_REPOSITORY'],
    [
      'whose root names no consistent snapshots',
      'metadata/root.json',
      { consistent_snapshot: false },
      'ERR_REPOSITORY',
    ],
  ] as const)('%s', async ([, file, members, code]) => {
    const ceremony = await newCeremony();
    await edit(ceremony, file, (signed) => Object.assign(signed, members));
    await expect(review(ceremony)).rejects.toMatchObject({ code });
  });

  test('whose published metadata was changed', async () => {
    const ceremony = await newCeremony();
    await publishWith(ceremony, firstTwo(ceremony));
    await prepare({ directory: ceremony.directory, now: NOW });
    const file = path.join(ceremony.draft, 'published/metadata/1.targets.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"sig":"(..)/, '"sig":"00'));
    await expect(review(ceremony)).rejects.toMatchObject({ code: 'ERR_REPOSITORY' });
  });

  test('that does not exist', async () => {
    await expect(reviewDraft({ draft: await temporaryFolder(), now: NOW })).rejects.toMatchObject({
      code: 'ERR_REPOSITORY',
      message: expect.stringContaining('has no publication to sign') as unknown,
    });
  });
});

describe('a key signs nothing older', () => {
  /** Two publications, and the draft of the second as it was. */
  async function twice(): Promise<{ ceremony: Ceremony; old: string; root: Uint8Array }> {
    const ceremony = await newCeremony();
    await publishWith(ceremony, firstTwo(ceremony));
    await addRows(ceremony.directory, [1]);
    await prepare({ directory: ceremony.directory, now: NOW });
    const old = path.join(await temporaryFolder(), 'draft');
    await cp(ceremony.draft, old, { recursive: true });
    await publishWith(ceremony, firstTwo(ceremony));
    await addRows(ceremony.directory, [2]);
    return { ceremony, old, root: await readFile(path.join(ceremony.directory, 'root.json')) };
  }
  const isOlder = expect.objectContaining({ code: 'ERR_TRUST_ROLLBACK' });

  test('not the draft of a publication before the last', async () => {
    const { ceremony, old, root } = await twice();
    await publishWith(ceremony, firstTwo(ceremony));
    const alice = holderOf(ceremony, 'alice');
    await expect(signAs({ draft: old }, alice, { root })).rejects.toThrow(isOlder);
    await expect(signAs({ draft: old }, alice, { root, replace: true })).rejects.toThrow(isOlder);
  });

  test('nor a second document of one version, unless the holder decides so', async () => {
    const { ceremony, root } = await twice();
    const [alice] = ceremony.holders;
    if (!alice) throw new Error('no holder');
    await prepare({ directory: ceremony.directory, now: NOW });
    await signAs(ceremony, alice, { root });
    await signAs(ceremony, alice, { root }); // the same document again
    await addRows(ceremony.directory, [3]);
    await prepare({ directory: ceremony.directory, now: NOW });
    await expect(signAs(ceremony, alice, { root })).rejects.toThrow(isOlder);
    await signAs(ceremony, alice, { root, replace: true });
  });

  test('nor a draft on another repository of the same name, with and without the pinned root', async () => {
    const { ceremony, root } = await twice();
    const alice = holderOf(ceremony, 'alice');
    // Mallory is the coordinator of a forged repository that names Alice's key.
    const forged = await newCeremony(['mallory', 'trent', { ...alice, journal: `${alice.journal}.unused` }]);
    for (let i = 0; i < 3; i++) await publishWith(forged, firstTwo(forged), NOW + i * 1_000);
    await prepare({ directory: forged.directory, now: NOW });
    await expect(signAs(forged, alice, { root })).rejects.toMatchObject({ code: 'ERR_TRUST_SIGNATURE' });
    await expect(signAs(forged, alice)).rejects.toThrow(isOlder);
    expect(await readdir(path.join(forged.draft, 'signatures'))).toEqual([]);
  });

  test('nor an old draft under another authority’s name', async () => {
    const { ceremony, old, root } = await twice();
    await publishWith(ceremony, firstTwo(ceremony));
    await edit({ draft: old }, 'draft.json', (file) => Object.assign(file, { authority: 'other-lists' }));
    await expect(signAs({ draft: old }, holderOf(ceremony, 'alice'), { root })).rejects.toMatchObject({
      code: 'ERR_SIGNER',
      message: expect.stringContaining('this key signs for demo-lists') as unknown,
    });
  });

  test('nor a draft on a root that is older than the pinned one', async () => {
    const { ceremony, old } = await twice();
    await rm(path.join(old, 'published/metadata'), { recursive: true });
    const root = await readFile(path.join(ceremony.directory, 'root.json'));
    await expect(reviewDraft({ draft: old, root, now: NOW })).rejects.toThrow(isOlder);
  });
});

test('the journal is written before the signature', async () => {
  const ceremony = await newCeremony();
  const alice = holderOf(ceremony, 'alice');
  const review = await reviewDraft({ draft: ceremony.draft, now: NOW });
  await rm(path.join(ceremony.draft, 'signatures'), { recursive: true });
  // A file in the place of the folder: the signature cannot be written.
  await writeFile(path.join(ceremony.draft, 'signatures'), '');
  await expect(signDraft({ review, signer: alice.signer, journal: alice.journal, now: NOW })).rejects.toThrow(
    /EEXIST|ENOTDIR/,
  );
  expect(JSON.parse(await readFile(alice.journal, 'utf8'))).toMatchObject({
    authority: 'demo-lists',
    root: { version: 1 },
    targets: { version: 1 },
  });
});

test('a damaged journal stops the signature', async () => {
  const ceremony = await newCeremony();
  const alice = holderOf(ceremony, 'alice');
  await writeFile(alice.journal, '{}');
  await expect(signAs(ceremony, alice)).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
});

test('a draft of a provider shows the receiver’s keys', async () => {
  const ceremony = await newCeremony(undefined, { power: 'provider' });
  await stageKeys({ directory: ceremony.directory, name: 'receiver', keys: KEYS });
  expect(await words(ceremony, NOW + DAY_MS)).toContain('keys.0.publicKey: "09');
});
