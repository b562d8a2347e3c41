/** The build gives one document whose policy allows its own window script, and the same bytes from the same sources. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeSandbox } from '../build/build-sandbox.ts';
import { composeSandbox } from '../build/document.ts';
import type { SandboxLock } from '../build/lock.ts';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const dist = (name: string): Promise<string> => readFile(path.join(import.meta.dirname, '../dist', name), 'utf8');

describe('the built sandbox', () => {
  test('is the same byte for byte, whatever the working directory of the build', async () => {
    const built = await dist('sandbox.html');
    const before = process.cwd();
    process.chdir('/');
    try {
      expect((await makeSandbox()).html === built).toBe(true);
    } finally {
      process.chdir(before);
    }
  });

  test('agrees with its lock file, and is within its budget', async () => {
    const built = await dist('sandbox.html');
    const lock = JSON.parse(await dist('sandbox.lock.json')) as SandboxLock;
    expect(lock.sha256).toBe(sha256(built).toString('hex'));
    expect(lock.build).toBe(sha256(built.replace(lock.build, '0'.repeat(64))).toString('hex'));
    expect(lock.bytes).toBe(Buffer.byteLength(built));
    expect(built).toContain(`script-src ${lock.script} `);
    expect(gzipSync(built, { level: 9 }).byteLength).toBeLessThanOrEqual(40_000);
  });

  test('is the one in the client package', async () => {
    const module = await readFile(
      path.join(import.meta.dirname, '../../client/src/content/sandbox.generated.ts'),
      'utf8',
    );
    const text = /SANDBOX_DOCUMENT: string = (".*");$/m.exec(module)?.[1] ?? '""';
    expect(JSON.parse(text) === (await dist('sandbox.html'))).toBe(true);
  });
});

describe('a document', () => {
  const { html, build } = composeSandbox({ window: 'start();', scanner: 'scan("é");' });

  test('has a policy that allows its window script by hash, data: modules, WebAssembly, and nothing else', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      "connect-src 'none'",
      `script-src 'sha256-${sha256('start();').toString('base64')}' 'wasm-unsafe-eval'`,
      'worker-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  test('contains the digest of itself with zeros in place of the digest', () => {
    expect(html.split(build)).toHaveLength(2);
    expect(sha256(html.replace(build, '0'.repeat(64))).toString('hex')).toBe(build);
  });

  test('has another build digest if one character differs', () => {
    expect(composeSandbox({ window: 'start();', scanner: 'scan("e");' }).build).not.toBe(build);
  });

  test.for(['"</script>"', '"<!-- x"', '"<script>"', 'a\r\nb', '"\0"'])(
    'cannot be composed of a script with %j',
    (scanner) => {
      expect(() => composeSandbox({ window: '', scanner })).toThrow(/which an HTML parser changes/);
    },
  );
});
