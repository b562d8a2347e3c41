/** A sandbox that a header blocks, or that is of another release: the status says what to change. Spec: docs/design/client.md#problems */
import type { LodestoneError } from '@lodestone/protocol';
import { digestOf } from '@lodestone/testkit/digests';
import { afterEach, expect, test, vi } from 'vitest';
import { refused, type SandboxSource, watchPage } from '../src/content/boot-errors.ts';
import { FIRST_STATE, nextGuard } from '../src/guard-state.ts';
import type { Problem } from '../src/status.ts';

afterEach(() => vi.unstubAllGlobals());

const OWN = digestOf('a');
const inlined: SandboxSource = { build: OWN, script: "'sha256-x'", from: { document: '<html>' } };
const served: SandboxSource = { ...inlined, from: { url: '/sandbox.html' } };
const problemOfSandbox = (error: LodestoneError): Problem | undefined =>
  nextGuard(FIRST_STATE, { type: 'sandbox', report: { state: 'failed', error } }).state.status.problems[0];
const forbidden = (sentence: string): Problem => ({
  code: 'ERR_SANDBOX_POLICY',
  of: 'sandbox',
  sentence,
  fix: 'add the header line that the sentence names, and load the page again',
});
const otherVersion = (sentence: string): Problem => ({
  code: 'ERR_SANDBOX_VERSION',
  of: 'sandbox',
  sentence,
  fix: 'serve the sandbox.html of the installed @lodestone/client, byte for byte, and load the page again',
});

test('whose worker the page’s worker-src blocks', () => {
  expect(problemOfSandbox(refused(inlined, 'worker', OWN))).toEqual(
    forbidden(
      "the page's Content-Security-Policy blocks the worker of the inlined sandbox: add Content-Security-Policy: script-src 'self' 'sha256-x' 'wasm-unsafe-eval'; worker-src 'self' data:, or serve sandbox.html and set `sandboxUrl`",
    ),
  );
});

test('whose own file has a header that blocks its worker', () => {
  expect(problemOfSandbox(refused(served, 'worker', OWN))).toEqual(
    forbidden(
      'a Content-Security-Policy header on /sandbox.html blocks the worker: serve the file without one, because it contains its own policy',
    ),
  );
});

test.each([
  ['its own origin', 'https://chat.example/sandbox.html', "'self'"],
  ['another origin', 'https://static.example/sandbox.html', 'https://static.example'],
])('that the page’s frame-src blocks, on %s', (_, url, source) => {
  const page = Object.assign(new EventTarget(), { baseURI: 'https://chat.example/' });
  vi.stubGlobal('document', page);
  vi.stubGlobal('location', new URL(page.baseURI));
  const errors: LodestoneError[] = [];
  const stopWatching = watchPage(url, (why) => errors.push(why));
  const report = { effectiveDirective: 'frame-src', blockedURI: url };
  page.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), report));
  stopWatching();
  expect(errors.map(problemOfSandbox)).toEqual([
    forbidden(`the page's Content-Security-Policy blocks ${url}: add Content-Security-Policy: frame-src ${source}`),
  ]);
});

test('of another release', () => {
  const other = digestOf('b');
  expect(problemOfSandbox(refused(served, 'version', other))).toEqual(
    otherVersion(
      `the sandbox document is build ${other}, but this client needs ${OWN}: serve the sandbox.html of the same release`,
    ),
  );
});

test('that was changed on its way', () => {
  expect(problemOfSandbox(refused(served, 'digest', OWN))).toEqual(
    otherVersion(
      'the sandbox document was changed on its way to the browser: serve sandbox.html unchanged, without a minifier or an inserted script',
    ),
  );
});
