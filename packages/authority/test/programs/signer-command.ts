/**
 * A signer command for tests: `signer-command.ts KEY_FILE [FAULT]`. It follows the protocol of docs/design/authority.md#signer-commands
 * with an unencrypted key file, and a fault breaks one rule.
 */
import { spawn } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

type Request = { operation: 'public-key' } | { operation: 'sign'; publicKey: string; about: string; data: string };

const [keyFile = '', fault] = process.argv.slice(2);
const secret = createPrivateKey(readFileSync(keyFile));
const publicKey = Buffer.from(createPublicKey(secret).export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');

const request = JSON.parse(await text(process.stdin)) as Request;
if (request.operation === 'public-key') answer({ publicKey });
else if (fault === undefined)
  answer({ signature: sign(null, Buffer.from(request.data, 'base64'), secret).toString('hex') });
else fail(fault, request.data);

function fail(what: string, data: string): void {
  const good = sign(null, Buffer.from(data, 'base64'), secret).toString('hex');
  if (what === 'exit') process.exitCode = 3;
  if (what === 'wrong') answer({ signature: sign(null, Buffer.from('other'), secret).toString('hex') });
  if (what === 'extra') answer({ signature: good, note: 'x' });
  if (what === 'text') console.log('signed');
  if (what === 'long') console.log('x'.repeat(1_000_000));
  if (what === 'environment') answer({ signature: process.env['LODESTONE_PASSPHRASE'] === undefined ? good : 'seen' });
  if (what.startsWith('hang:')) {
    // A process that the command has started, and that would outlive it.
    const child = spawn('sleep', ['600'], { stdio: ['ignore', 'inherit', 'inherit'] });
    writeFileSync(what.slice('hang:'.length), String(child.pid));
  }
}

function answer(value: object): void {
  console.log(JSON.stringify(value));
}
