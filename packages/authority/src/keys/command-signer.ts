/**
 * A signer behind a command, for PKCS#11 tokens and key services. The command reads one JSON request from standard input and
 * writes one JSON answer to standard output. Promise: an answer counts only if its signature verifies.
 * Spec: docs/design/authority.md#signer-commands
 */
import { spawn } from 'node:child_process';
import * as z from 'zod/mini';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { isSignature, type Signer } from './signer.ts';

export interface CommandSignerOptions {
  /** Runs in a shell. */
  command: string;
  /** How long one answer may take, in ms. Default: 60,000, so that a person can touch a token. */
  timeoutMs?: number;
}

const SCHEMA = 'lodestone/signer/v1';
const MAX_ANSWER_BYTES = 4_096;

type Request =
  | { schema: typeof SCHEMA; operation: 'public-key' }
  | { schema: typeof SCHEMA; operation: 'sign'; publicKey: string; about: string; data: string };

const PublicKeyAnswer: z.ZodMiniType<{ publicKey: string }> = z.strictObject({
  publicKey: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'not 32 bytes in lower-case hex')),
});
const SignatureAnswer: z.ZodMiniType<{ signature: string }> = z.strictObject({
  signature: z.string().check(z.regex(/^[0-9a-f]{128}$/, 'not 64 bytes in lower-case hex')),
});

/** @throws {LodestoneError} `ERR_SIGNER` if the command fails, is too slow, or its answer is invalid */
export async function commandSigner(options: CommandSignerOptions): Promise<Signer> {
  const { publicKey } = await ask(options, { schema: SCHEMA, operation: 'public-key' }, PublicKeyAnswer);
  return {
    publicKey,
    async sign(data, about) {
      const base64 = Buffer.from(data).toString('base64');
      const request: Request = { schema: SCHEMA, operation: 'sign', publicKey, about, data: base64 };
      const { signature } = await ask(options, request, SignatureAnswer);
      if (!isSignature(publicKey, data, signature)) {
        throw failed(options, `its signature of ${about} does not verify with the key ${publicKey}`);
      }
      return signature;
    },
  };
}

async function ask<T>(options: CommandSignerOptions, request: Request, answer: z.ZodMiniType<T>): Promise<T> {
  const text = await run(options, `${JSON.stringify(request)}\n`);
  try {
    return check(answer, JSON.parse(text), 'answer');
  } catch (cause) {
    const why = cause instanceof LodestoneError ? cause.message : 'not a JSON document';
    throw failed(options, `its answer to "${request.operation}" is invalid: ${why}`, cause);
  }
}

async function run(options: CommandSignerOptions, input: string): Promise<string> {
  const { command, timeoutMs = 60_000 } = options;
  // The command gets no passphrase of this tool. Its own process group lets a timeout end what it has started.
  const { LODESTONE_PASSPHRASE: _, LODESTONE_NEW_PASSPHRASE: __, ...env } = process.env;
  const child = spawn(command, { shell: true, detached: true, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A command that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const timer = setTimeout(() => end(child.pid), timeoutMs);
  try {
    const output = await readAnswer(child.stdout, () => end(child.pid));
    const code = await ended;
    if (output === undefined) throw failed(options, `its answer has more than ${MAX_ANSWER_BYTES} bytes`);
    if (code === null) throw failed(options, `it gave no answer within ${timeoutMs / 1_000} s`);
    if (code !== 0) throw failed(options, `it exited with ${code}`);
    return output;
  } finally {
    clearTimeout(timer);
  }
}

async function readAnswer(stream: AsyncIterable<Buffer>, tooLong: () => void): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) {
      tooLong();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function end(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}

function failed({ command }: CommandSignerOptions, why: string, cause?: unknown): LodestoneError<'ERR_SIGNER'> {
  return new LodestoneError('ERR_SIGNER', `the signer command "${command}": ${why}`, { cause });
}
