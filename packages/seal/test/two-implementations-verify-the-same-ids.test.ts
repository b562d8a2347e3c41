/** `verifySubjectIdSync` on `node:crypto` and `verifySubjectId` on WebCrypto: the same answer for any id and keys. */
import { fromHex } from '@lodestone/protocol/bytes';
import { parseSubjectIds } from '@lodestone/protocol/subject-ids';
import type { Day } from '@lodestone/protocol/time';
import { digestOfEndpoint, generateSubjectKey, importSubjectPublicKey, verifySubjectId } from '@lodestone/seal';
import { digestOfEndpointSync, importNodeSubjectKey, verifySubjectIdSync } from '@lodestone/seal/node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import vector from './vectors/subject-ids-v1.json' with { type: 'json' };

const other = (await generateSubjectKey()).publicKey;
const { ids, pseudonym, lastDay } = parseSubjectIds(fromHex(vector.batch));
const [first] = ids;
if (!first) throw new Error('an empty batch');
const endpoint = fc.constantFrom(vector.endpoint, vector.endpoint.toUpperCase(), `${vector.endpoint}/`);
const keySets = [[], [vector.publicKey], [other], [other, vector.publicKey]] as const;

test('ids of the vector, with one bit of a field changed, for several endpoints and keys', async () => {
  const answers = new Set<boolean>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ids),
      endpoint,
      fc.constantFrom(...keySets),
      fc.constantFrom('nothing', 'signalId', 'pseudonym', 'signature', 'lastDay'),
      fc.nat({ max: 511 }),
      async (one, at, publicKeys, field, bit) => {
        const id = { ...one, pseudonym, lastDay };
        if (field === 'lastDay') id.lastDay = (lastDay ^ (1 << (bit % 16))) as Day;
        else if (field !== 'nothing')
          id[field] = id[field].map((byte, i, { length }) =>
            i === (bit >> 3) % length ? byte ^ (1 << (bit & 7)) : byte,
          );
        const web = await Promise.all(publicKeys.map(importSubjectPublicKey));
        const node = await Promise.all(publicKeys.map(importNodeSubjectKey));
        const expected = await verifySubjectId(web, await digestOfEndpoint(at), id);
        expect(verifySubjectIdSync(node, digestOfEndpointSync(at), id)).toBe(expected);
        answers.add(expected);
      },
    ),
    { numRuns: 100, examples: [[first, vector.endpoint, [vector.publicKey], 'nothing', 0]] },
  );
  expect(answers).toEqual(new Set([false, true]));
});

test('signatures of small order and of zeros', async () => {
  const [web, node] = [
    [await importSubjectPublicKey(vector.publicKey)],
    [await importNodeSubjectKey(vector.publicKey)],
  ];
  const digest = digestOfEndpointSync(vector.endpoint);
  for (const low of [0, 1, 0xec, 0xff]) {
    const signature = new Uint8Array(64);
    signature[0] = low;
    const id = { ...first, pseudonym, lastDay, signature };
    expect(verifySubjectIdSync(node, digest, id)).toBe(false);
    expect(await verifySubjectId(web, digest, id)).toBe(false);
  }
});

test('text that is no key is refused alike', async () => {
  for (const text of ['', 'ab', `${vector.publicKey}00`, vector.publicKey.toUpperCase()])
    await expect(importNodeSubjectKey(text)).rejects.toMatchObject({ code: 'ERR_SUBJECT' });
});
