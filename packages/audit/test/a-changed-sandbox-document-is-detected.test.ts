import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditSandbox, type SandboxLock } from '../src/index.ts';

const DIST = new URL('../../sandbox/dist/', import.meta.url);
const HTML = readFileSync(new URL('sandbox.html', DIST));
const LOCK = JSON.parse(readFileSync(new URL('sandbox.lock.json', DIST), 'utf8')) as SandboxLock;

const [PUBLISHED, STATES, PLAIN, POLICY, SCRIPT] = [0, 1, 2, 3, 4];
const audit = (html: Uint8Array | string, published?: Partial<SandboxLock>) =>
  auditSandbox({ name: 'sandbox', html: typeof html === 'string' ? Buffer.from(html) : html, published });
const statuses = (html: Uint8Array | string, published?: Partial<SandboxLock>) =>
  audit(html, published).claims.map(({ status }) => status);

/** A changed sandbox with a recalculated digest, as someone who publishes it could make. */
function changed(from: string | RegExp, to: string): string {
  const html = HTML.toString();
  const edited = html.replace(from, () => to);
  expect(edited).not.toBe(html);
  const other = edited.replace(/data-build="[^"]*"/, `data-build="${'0'.repeat(64)}"`);
  const build = createHash('sha256').update(other).digest('hex');
  return other.replace('0'.repeat(64), build);
}

test('the sandbox that this repository builds passes every claim', () => {
  expect(statuses(HTML, LOCK)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass']);
  expect(audit(HTML).facts).toMatchObject({ sha256: LOCK.sha256, bytes: LOCK.bytes });
});

test('without a release the comparison is not tested', () => {
  expect(statuses(HTML)[PUBLISHED]).toBe('not-tested');
});

test('one changed bit fails the comparison', () => {
  for (let at = 0; at < HTML.length; at += 997) {
    const other = Buffer.from(HTML);
    other[at]! ^= 1;
    expect(statuses(other, LOCK)[PUBLISHED], `bit at ${at}`).toBe('fail');
  }
});

test.each([
  ['its build', { build: '0'.repeat(64) }],
  ['its SHA-256', { sha256: '0'.repeat(64) }],
  ['its length', { bytes: 1 }],
])('%s is compared with the release', (_what, wrong) => {
  expect(statuses(HTML, { ...LOCK, ...wrong } as SandboxLock)[PUBLISHED]).toBe('fail');
});

test('a wrong stated digest fails', () => {
  const other = HTML.toString().replace('Lodestone sandbox', 'Lodestone Sandbox');
  expect(statuses(other)[STATES]).toBe('fail');
  expect(statuses(changed('Lodestone sandbox', 'Lodestone Sandbox'))[STATES]).toBe('pass');
});

const BODY = '<body>\n';
test.each([
  ['a picture', BODY, `${BODY}<img src="https://evil.example/">`],
  ['a link', BODY, `${BODY}<link rel="preconnect" href="https://evil.example/">`],
  ['a handler', BODY, '<body onload="run()">\n'],
  ['a base', '<title>', '<base href="https://evil.example/"><title>'],
  ['a refresh', '<title>', '<meta http-equiv="refresh" content="0;url=https://evil.example/"><title>'],
  ['a script by address', BODY, `${BODY}<script src="https://evil.example/"></script>`],
  ['a module', BODY, `${BODY}<script type="module">1</script>`],
  ['an attribute without quotes', BODY, '<body class=a>\n'],
  ['an entity', BODY, '<body>&#60;img&#62;\n'],
  ['a comment that ends early', BODY, `${BODY}<!--><img src="https://evil.example/">-->`],
  ['capitals', BODY, `${BODY}<IMG SRC="https://evil.example/">`],
  ['CDATA', BODY, `${BODY}<![CDATA[x]]>`],
  ['a carriage return', BODY, '<body>\r\n'],
  ['a script before the policy', '<meta charset="utf-8">', '<script>1</script><meta charset="utf-8">'],
  ['no policy', /<meta http-equiv[^>]*>/, ''],
])('%s is refused', (_what, from, to) => {
  expect(statuses(changed(from, to))[PLAIN]).toBe('fail');
});

test.each([
  ['default-src', "default-src 'none'", 'default-src https://evil.example'],
  ['a missing default-src', "default-src 'none'; ", ''],
  ['connect-src', "connect-src 'none'", "connect-src 'self'"],
  ['a missing connect-src', "connect-src 'none'; ", ''],
  ['a host in script-src', "'wasm-unsafe-eval'", "'wasm-unsafe-eval' evil.example"],
  ['unsafe-inline', "'wasm-unsafe-eval'", "'unsafe-inline'"],
  ['unsafe-eval', "'wasm-unsafe-eval'", "'unsafe-eval'"],
  ['a wildcard', 'worker-src data:', 'worker-src *'],
  ['blob:', 'worker-src data:', 'worker-src blob:'],
  ['img-src', "base-uri 'none'", "base-uri 'none'; img-src https:"],
  ['a missing form-action', "; form-action 'none'", ''],
  ['a missing base-uri', "base-uri 'none'; ", ''],
])('an open policy fails: %s', (_what, from, to) => {
  expect(statuses(changed(from, to))[POLICY]).toBe('fail');
});

test('a script that the policy does not allow, or a second script, fails', () => {
  expect(statuses(changed(/self\.origin !== .null./, 'false'))[SCRIPT]).toBe('fail');
  expect(statuses(changed(BODY, `${BODY}<script>1</script>`))[SCRIPT]).toBe('fail');
});
