/** Only the account service's key makes a subject id, and each id is bound to an endpoint, a pseudonym and a last day. */
import { fromHex, toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import type { SubjectId } from '@lodestone/protocol/signal';
import { type Month, parseSubjectIds } from '@lodestone/protocol/subject-ids';
import type { Day } from '@lodestone/protocol/time';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  digestOfEndpoint,
  importSubjectKey,
  importSubjectPublicKey,
  issueSubjectIds,
  verifySubjectId,
} from '@lodestone/seal';
import vector from './vectors/subject-ids-v1.json' with { type: 'json' };

const pseudonym = fromHex(vector.pseudonym);
const request = { endpoint: vector.endpoint, pseudonym, month: vector.month as Month };
let privateKey: CryptoKey;
let publicKey: CryptoKey;
let endpointDigest: Digest;
let id: SubjectId;
beforeAll(async () => {
  privateKey = await importSubjectKey(vector.privateKey);
  publicKey = await importSubjectPublicKey(vector.publicKey);
  endpointDigest = await digestOfEndpoint(vector.endpoint);
  id = firstId(fromHex(vector.batch));
});

function firstId(batch: Uint8Array): SubjectId {
  const { pseudonym, lastDay, ids } = parseSubjectIds(batch);
  const [first] = ids;
  if (!first) throw new Error('an empty batch');
  return { ...first, pseudonym, lastDay };
}
const flip = (bytes: Uint8Array, bit: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(bytes, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

describe('vectors of another implementation', () => {
  test('issuing with the vector’s key and ids returns its batch', async () => {
    expect(toHex(await issueSubjectIds(privateKey, request, vector.signalIds.map(fromHex)))).toBe(vector.batch);
  });
  test('every id of the vector verifies', async () => {
    const { ids, ...rest } = parseSubjectIds(fromHex(vector.batch));
    expect(rest.lastDay).toBe(vector.lastDay);
    expect(toHex(id.signature)).toBe(vector.signature);
    for (const each of ids) expect(await verifySubjectId([publicKey], endpointDigest, { ...rest, ...each })).toBe(true);
  });
});

test('two batches of one account and month have the same pseudonym and last day, and no id in common', async () => {
  const [a, b] = [
    parseSubjectIds(await issueSubjectIds(privateKey, request)),
    parseSubjectIds(await issueSubjectIds(privateKey, request)),
  ];
  expect([b.pseudonym, b.lastDay, b.endpointDigest]).toEqual([a.pseudonym, a.lastDay, a.endpointDigest]);
  expect(new Set([...a.ids, ...b.ids].map(({ signalId }) => toHex(signalId))).size).toBe(80);
});

test('an id with any one bit of its fields changed is refused', async () => {
  const changed: SubjectId[] = [
    ...Array.from({ length: 128 }, (_, bit) => ({ ...id, signalId: flip(id.signalId, bit) })),
    ...Array.from({ length: 128 }, (_, bit) => ({ ...id, pseudonym: flip(id.pseudonym, bit) })),
    ...Array.from({ length: 512 }, (_, bit) => ({ ...id, signature: flip(id.signature, bit) })),
    ...Array.from({ length: 32 }, (_, bit) => ({ ...id, lastDay: ((id.lastDay ^ (1 << bit)) >>> 0) as Day })),
  ];
  for (const each of changed) expect(await verifySubjectId([publicKey], endpointDigest, each)).toBe(false);
});

test('an id for another endpoint is refused', async () => {
  expect(await verifySubjectId([publicKey], await digestOfEndpoint(`${vector.endpoint}/`), id)).toBe(false);
});

test('two spellings of one address are the same endpoint', async () => {
  expect(await digestOfEndpoint('HTTPS://Signals.Example:443/v1/signals')).toBe(endpointDigest);
});

test('an id verifies with any of several keys, as during a rotation, and not without its own', async () => {
  // A constant (RFC 8032, section 7.1, test 1), because WebKitGTK fails to generate or import one private key in 100. Account
  // services run in Node, where the receiver's tests generate keys.
  const next = {
    privateKey: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  };
  const keys = [await importSubjectPublicKey(next.publicKey), publicKey];
  const issued = firstId(await issueSubjectIds(await importSubjectKey(next.privateKey), request));
  for (const each of [id, issued]) expect(await verifySubjectId(keys, endpointDigest, each)).toBe(true);
  expect(await verifySubjectId([publicKey], endpointDigest, issued)).toBe(false);
  expect(await verifySubjectId([], endpointDigest, id)).toBe(false);
});

test('the zeros of an order with subject "none" do not verify', async () => {
  const zeros = {
    signalId: id.signalId,
    pseudonym: new Uint8Array(16),
    lastDay: 0 as Day,
    signature: new Uint8Array(64),
  };
  expect(await verifySubjectId([publicKey], endpointDigest, zeros)).toBe(false);
});

test('an imported private key cannot be exported', () => {
  expect(privateKey.extractable).toBe(false);
});

test.each(['', 'ab', 'AB'.repeat(32), 'ab'.repeat(33)])('the key %j is refused', async (text) => {
  await expect(importSubjectKey(text)).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
  await expect(importSubjectPublicKey(text)).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
});

test('a pseudonym of another length, or of zeros, is refused', async () => {
  for (const wrong of [new Uint8Array(15).fill(1), new Uint8Array(17).fill(1), new Uint8Array(16)])
    await expect(issueSubjectIds(privateKey, { ...request, pseudonym: wrong })).rejects.toMatchObject({
      code: 'ERR_SUBJECT',
    });
});
