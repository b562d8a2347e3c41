/** A command that holds a key signs like a key file, and every wrong answer of it is refused with the reason. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { commandSigner, createKeyFile, makeHolder, openKeyFile, type Signer } from '@lodestone/authority';
import { isSignature } from '../src/keys/signer.ts';
import { temporaryFolder } from './support/authority-folder.ts';

const SCRIPT = path.join(import.meta.dirname, 'programs/signer-command.ts');
const DATA = new TextEncoder().encode('the bytes to sign');

async function keyFile(): Promise<string> {
  const file = path.join(await temporaryFolder(), 'token.pem');
  await createKeyFile(file, undefined);
  return file;
}
async function signerWith(fault = '', timeoutMs = 60_000): Promise<Signer> {
  return commandSigner({ command: `'${process.execPath}' '${SCRIPT}' '${await keyFile()}' ${fault}`, timeoutMs });
}
const isRefused = (why: string) =>
  expect.objectContaining({ code: 'ERR_SIGNER', message: expect.stringContaining(why) as unknown });

test('its signatures are those of the key', { timeout: 240_000 }, async () => {
  const file = await keyFile();
  const signer = await commandSigner({ command: `'${process.execPath}' '${SCRIPT}' '${file}'` });
  const direct = await openKeyFile(file, () => Promise.resolve(''));
  expect(signer.publicKey).toBe(direct.publicKey);
  expect(await signer.sign(DATA, 'test')).toBe(await direct.sign(DATA, 'test'));
  const { proof, ...document } = await makeHolder('alice', signer);
  expect(document).toMatchObject({ name: 'alice', publicKey: direct.publicKey, roles: ['root', 'targets'] });
  expect(proof).toMatch(/^[0-9a-f]{128}$/);
});

describe('it is refused', { tags: '@all' }, () => {
  test.for([
    ['exit', 'it exited with 3'],
    ['wrong', 'its signature of targets 5 of demo does not verify'],
    ['extra', 'unknown key note'],
    ['text', 'not a JSON document'],
    ['long', 'its answer has more than 4096 bytes'],
  ])('with the fault "%s", and the error says: %s', { timeout: 240_000 }, async ([fault = '', why = '']) => {
    const signer = await signerWith(fault);
    await expect(signer.sign(DATA, 'targets 5 of demo')).rejects.toThrow(isRefused(why));
  });

  test('if it cannot be started, or fails before it answers', { timeout: 240_000 }, async () => {
    await expect(commandSigner({ command: '/nowhere/signer' })).rejects.toThrow(isRefused('it exited with 127'));
    await expect(commandSigner({ command: 'true' })).rejects.toThrow(isRefused('not a JSON document'));
    await expect(commandSigner({ command: 'echo \'{"publicKey":"00"}\'' })).rejects.toThrow(isRefused('not 32 bytes'));
  });

  test('if it gives no answer in time, and everything it started is ended', { timeout: 240_000 }, async () => {
    const pidFile = path.join(await temporaryFolder(), 'pid');
    const signer = await signerWith(`'hang:${pidFile}'`, 600_000);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const refusal = signer.sign(DATA, 'test').catch((error: unknown) => error);
    const pid = await vi.waitFor(() => pidIn(pidFile), { timeout: 60_000 });
    expect(await isRunning(pid)).toBe(true);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(await refusal).toEqual(isRefused('it gave no answer within 600 s'));
    vi.useRealTimers();
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });
});

test('it does not see the passphrase of this tool', { timeout: 240_000 }, async () => {
  process.env['LODESTONE_PASSPHRASE'] = 'correct horse battery';
  onTestFinished(() => void delete process.env['LODESTONE_PASSPHRASE']);
  const signer = await signerWith('environment');
  expect(isSignature(signer.publicKey, DATA, await signer.sign(DATA, 'test'))).toBe(true);
});

async function pidIn(file: string): Promise<number> {
  const pid = Number(await readFile(file, 'utf8'));
  expect(pid).toBeGreaterThan(0);
  return pid;
}

/** A process that has ended, but that nobody has waited for, counts as ended. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return status !== undefined && !/\) [ZX] /.test(status);
}
