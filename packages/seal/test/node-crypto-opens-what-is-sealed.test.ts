/** A second implementation of RFC 9180 §4 to §6, on node:crypto, for cross-checks in both directions. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from 'node:crypto';
import { concatBytes, fromHex, utf8 } from '@lodestone/protocol/bytes';
import { toInstant } from '@lodestone/protocol/time';
import { parseSignal, printSignal, printSignalHeader, SIGNAL_INFO } from '@lodestone/protocol/signal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generateReceiverKey, importPrivateKeys, openSignal, sealSignal } from '@lodestone/seal';
import { signal as anySignal } from '@lodestone/testkit/arbitrary';

const KEM_ID = concatBytes(utf8('KEM'), Uint8Array.of(0, 0x20));
const SUITE_ID = concatBytes(utf8('HPKE'), Uint8Array.of(0, 0x20, 0, 1, 0, 1));
const none = new Uint8Array();

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac('sha256', key).update(data).digest();
const extract = (suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array =>
  hmac(salt.length ? salt : new Uint8Array(32), concatBytes(utf8('HPKE-v1'), suite, utf8(label), ikm));
/** At most 32 bytes, so one round of HKDF-Expand is enough. */
const expand = (suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array =>
  hmac(
    prk,
    concatBytes(Uint8Array.of(0, length), utf8('HPKE-v1'), suite, utf8(label), info, Uint8Array.of(1)),
  ).subarray(0, length);

const secretKey = (hex: string) =>
  createPrivateKey({
    key: Buffer.from(`302e020100300506032b656e04220420${hex}`, 'hex'),
    format: 'der',
    type: 'pkcs8',
  });
const publicKey = (raw: Uint8Array) =>
  createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), raw]),
    format: 'der',
    type: 'spki',
  });

/** §4.1 and §5.1 in base mode: key and nonce of the first message, from the Diffie-Hellman value. */
function schedule(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const shared = expand(KEM_ID, extract(KEM_ID, none, 'eae_prk', dh), 'shared_secret', concatBytes(enc, recipient), 32);
  const context = concatBytes(
    Uint8Array.of(0),
    extract(SUITE_ID, none, 'psk_id_hash', none),
    extract(SUITE_ID, none, 'info_hash', utf8(SIGNAL_INFO)),
  );
  const secret = extract(SUITE_ID, shared, 'secret', none);
  return {
    key: expand(SUITE_ID, secret, 'key', context, 16),
    nonce: expand(SUITE_ID, secret, 'base_nonce', context, 12),
  };
}

const receiver = await generateReceiverKey(9, toInstant(0), toInstant(7e9));
const recipient = fromHex(receiver.publicKey.publicKey);

test('node:crypto opens any sealed signal', async () => {
  await fc.assert(
    fc.asyncProperty(anySignal, async (signal) => {
      const body = await sealSignal(signal, receiver.publicKey);
      const [header, enc, ct, tag] = [
        body.subarray(0, 16),
        body.subarray(16, 48),
        body.subarray(48, 240),
        body.subarray(240),
      ];
      const dh = diffieHellman({ privateKey: secretKey(receiver.privateKey.privateKey), publicKey: publicKey(enc) });
      const { key, nonce } = schedule(dh, enc, recipient);
      const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAAD(header).setAuthTag(tag);
      const plaintext = Buffer.concat([decipher.update(ct), decipher.final()]);
      expect(parseSignal(new Uint8Array(plaintext))).toEqual(signal);
    }),
    { numRuns: 40 },
  );
});

test('any signal that node:crypto seals opens here', async () => {
  const keys = await importPrivateKeys([receiver.privateKey]);
  await fc.assert(
    fc.asyncProperty(anySignal, async (signal) => {
      const ephemeral = await generateReceiverKey(1, toInstant(0), toInstant(7e9));
      const enc = fromHex(ephemeral.publicKey.publicKey);
      const dh = diffieHellman({
        privateKey: secretKey(ephemeral.privateKey.privateKey),
        publicKey: publicKey(recipient),
      });
      const { key, nonce } = schedule(dh, enc, recipient);
      const header = printSignalHeader();
      const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(header);
      const ct = Buffer.concat([cipher.update(printSignal(signal)), cipher.final()]);
      expect(await openSignal(concatBytes(header, enc, ct, cipher.getAuthTag()), keys)).toEqual({ signal, keyId: 9 });
    }),
    { numRuns: 40 },
  );
});
