/** Private key files are encrypted with a passphrase that is never shown and never an argument, and are never replaced. */
import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createKeyFile, initAllKeysHere, keyIdOf, openKeyFile, publish } from '@lodestone/authority';
import { newPassphrase, readPassphrase, type Terminal, unattended } from '../src/cli/passphrase.ts';
import { ITERATIONS } from '../src/keys/pbes2.ts';
import { isSignature } from '../src/keys/signer.ts';
import { NOW, temporaryFolder } from './support/authority-folder.ts';

const PASSPHRASE = 'correct horse battery';
const keyPath = async (): Promise<string> => path.join(await temporaryFolder(), 'alice.pem');
const isRefused = (why: string) =>
  expect.objectContaining({ code: 'ERR_SIGNER', message: expect.stringContaining(why) as unknown });

describe('a key file', () => {
  test('is PKCS#8 with PBES2, and opens with the passphrase here and in OpenSSL', async () => {
    const file = await keyPath();
    const created = await createKeyFile(file, PASSPHRASE);
    const pem = await readFile(file, 'utf8');
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(createPrivateKey({ key: pem, passphrase: PASSPHRASE }).asymmetricKeyType).toBe('ed25519');
    const opened = await openKeyFile(file, () => Promise.resolve(PASSPHRASE));
    expect(keyIdOf(opened.publicKey)).toBe(keyIdOf(created.publicKey));
    const data = Uint8Array.of(1, 2, 3);
    expect(isSignature(created.publicKey, data, await opened.sign(data, 'test'))).toBe(true);
    const { stdout } = await promisify(execFile)('openssl', ['asn1parse', '-in', file]);
    expect(stdout).toMatch(/:PBES2\n[^]*:PBKDF2\n[^]*:hmacWithSHA256\n[^]*:aes-256-cbc\n/);
    expect(stdout).toContain(`:0${ITERATIONS.toString(16).toUpperCase()}\n`);
  });

  test('does not open with another passphrase', async () => {
    const file = await keyPath();
    await createKeyFile(file, PASSPHRASE);
    await expect(openKeyFile(file, () => Promise.resolve('another passphrase'))).rejects.toThrow(
      isRefused('the passphrase does not open this key'),
    );
  });

  test('is not created with a short passphrase, and is never replaced', async () => {
    const file = await keyPath();
    await expect(createKeyFile(file, 'short')).rejects.toThrow(isRefused('use at least 12'));
    await createKeyFile(file, PASSPHRASE);
    const before = await readFile(file);
    await expect(createKeyFile(file, PASSPHRASE)).rejects.toThrow(isRefused('a key file is never replaced'));
    expect(await readFile(file)).toEqual(before);
  });

  test('that is missing, of another kind, or no key is refused', async () => {
    const ask = () => Promise.resolve(PASSPHRASE);
    await expect(openKeyFile(await keyPath(), ask)).rejects.toThrow(isRefused('cannot be read'));
    const file = await keyPath();
    await writeFile(file, 'x');
    await expect(openKeyFile(file, ask)).rejects.toThrow(isRefused('is not an Ed25519 key'));
    await promisify(execFile)('openssl', ['genpkey', '-algorithm', 'X25519', '-out', file]);
    await expect(openKeyFile(file, ask)).rejects.toThrow(isRefused('a key of type x25519'));
  });
});

test('keys in the folder are encrypted if init has a passphrase, and publish then needs it', async () => {
  const directory = path.join(await temporaryFolder(), 'lists');
  await initAllKeysHere({
    directory,
    name: 'a',
    power: 'lists',
    now: NOW,
    keys: 1,
    threshold: 1,
    passphrase: PASSPHRASE,
  });
  for (const role of ['root', 'targets', 'snapshot', 'timestamp']) {
    expect(await readFile(path.join(directory, `keys/${role}-1.pem`), 'utf8')).toContain('ENCRYPTED');
  }
  await expect(publish({ directory, now: NOW })).rejects.toMatchObject({ code: 'ERR_SIGNER' });
  const passphrase = () => Promise.resolve(PASSPHRASE);
  expect((await publish({ directory, now: NOW, passphrase })).versions.targets).toBe(1);
});

/** A terminal whose user types these lines. */
function terminal(typed: string): Terminal & { shown: () => string; raw: boolean[] } {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  let shown = '';
  const output = new Writable({
    write(chunk, _, done) {
      shown += String(chunk);
      done();
    },
  });
  const raw: boolean[] = [];
  // One key at a time, as a terminal in raw mode sends them.
  void (async () => {
    for (const key of typed) {
      await new Promise((resolve) => setImmediate(resolve));
      input.write(key);
    }
  })();
  return { input, output, raw, shown: () => shown };
}

describe('a passphrase', () => {
  test('is entered without echo, with backspace, and the terminal is restored', async () => {
    const user = terminal('secrer\u007ft words\r');
    expect(await readPassphrase('alice.pem', { env: {}, terminal: user })).toBe('secret words');
    expect(user.shown()).toBe('Passphrase of alice.pem: \n');
    expect(user.raw).toEqual([true, false]);
  });

  test('is not echoed although it is typed early: the terminal is in raw mode from before the first question on', async () => {
    const events: string[] = [];
    const input = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (on: boolean) => events.push(`raw ${on}`),
    });
    const output = new Writable({ write: (chunk, _, done) => (events.push(String(chunk)), done()) });
    input.write('secret words\rsecret words\r');
    expect(await newPassphrase('a.pem', { env: {}, terminal: { input, output } })).toBe('secret words');
    expect(events).toEqual([
      'raw true',
      'New passphrase of a.pem: ',
      '\n',
      'The same passphrase again: ',
      '\n',
      'raw false',
    ]);
  });

  test('of a new key is entered twice', async () => {
    const same = terminal('secret words\rsecret words\r');
    expect(await newPassphrase('alice.pem', { env: {}, terminal: same })).toBe('secret words');
    const differ = terminal('secret words\rsecret word\r');
    await expect(newPassphrase('alice.pem', { env: {}, terminal: differ })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
  });

  test('is not read after Ctrl-C, and the terminal is restored', async () => {
    const user = terminal('sec\u0003');
    await expect(readPassphrase('alice.pem', { env: {}, terminal: user })).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(user.raw).toEqual([true, false]);
  });

  test('comes from the first line of a file, else from the environment', async () => {
    const file = path.join(await temporaryFolder(), 'passphrase');
    await writeFile(file, 'from a file\nmore\n');
    const env = { LODESTONE_PASSPHRASE: 'from the environment' };
    expect(await unattended({ file, env })).toBe('from a file');
    expect(await unattended({ env })).toBe('from the environment');
    expect(await unattended({ env: {} })).toBeUndefined();
    await expect(unattended({ file: `${file}.missing`, env })).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('is required: without a terminal the error names the alternatives', async () => {
    const noTerminal = { input: new PassThrough(), output: new PassThrough() };
    await expect(readPassphrase('alice.pem', { env: {}, terminal: noTerminal })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining('--passphrase-file') as unknown,
    });
  });
});
