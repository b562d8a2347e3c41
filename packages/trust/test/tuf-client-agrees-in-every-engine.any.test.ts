/** The client workflow has the same results in every engine, with WebCrypto's Ed25519. */
import { expect, test } from 'vitest';
import { utf8 } from '@lodestone/protocol/bytes';
import { readTrusted, type TufState } from '@lodestone/trust';
import { OurClient } from './repository/our-client.ts';
import vector from './vectors/repository.json' with { type: 'json' };

const ORDER = 'v1/orders/one.json';
const files = new Map(Object.entries(vector.files).map(([path, text]) => [path, utf8(text)]));
const pinned: TufState = { root: files.get('metadata/1.root.json') ?? new Uint8Array() };

/** The vector with one text in one file replaced. */
function served(path?: string, change?: (text: string) => string): (asked: string) => Promise<Uint8Array | undefined> {
  return (asked) => {
    const bytes = files.get(asked);
    return Promise.resolve(bytes && asked === path && change ? utf8(change(new TextDecoder().decode(bytes))) : bytes);
  };
}

test('a repository with new keys in every role is followed from the first root', async () => {
  const ours = new OurClient(pinned);
  await ours.refreshWith([ORDER], served(), vector.now);
  expect(await readTrusted(ours.state)).toMatchObject({ version: 1, timestampVersion: 1 });
});

/** Changes the first digit of the first signature. */
const otherSignature = (text: string): string =>
  text.replace(/"sig":"./, (start) => start.slice(0, -1) + (start.endsWith('0') ? '1' : '0'));

test.for([
  ['metadata/2.root.json', otherSignature, 'ERR_TRUST_SIGNATURE'],
  ['metadata/timestamp.json', otherSignature, 'ERR_TRUST_SIGNATURE'],
  ['metadata/1.snapshot.json', otherSignature, 'ERR_TRUST_DIGEST'],
  ['metadata/1.targets.json', otherSignature, 'ERR_TRUST_DIGEST'],
  ['metadata/timestamp.json', (text: string) => `${text} `, 'ERR_TRUST_METADATA'],
  ['metadata/timestamp.json', (text: string) => text.replace('"version":1', '"version":2'), 'ERR_TRUST_SIGNATURE'],
] as const)('$0 changed is refused: $2', async ([path, change, code]) => {
  await expect(new OurClient(pinned).refresh(served(path, change), vector.now)).rejects.toMatchObject({ code });
});
