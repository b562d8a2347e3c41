/** The sandbox starts only if the document is as published and of the host's build, its origin is opaque, and its policy is in force. */
import { toHex } from '@lodestone/protocol/bytes';
import { digestOf } from '@lodestone/testkit/digests';
import { SandboxEvent } from '@lodestone/protocol/sandbox';
import { afterEach, expect, inject, test } from 'vitest';
import { buildOf, derive } from './derive.ts';
import { builtDocument, type OpenOptions, type OpenSandbox, openSandbox } from './open-sandbox.ts';

const build = buildOf(builtDocument);
let sandbox: OpenSandbox | undefined;
afterEach(() => sandbox?.close());

async function boot(options: OpenOptions = {}): Promise<OpenSandbox> {
  sandbox = await openSandbox(options);
  return sandbox;
}

/** Expects a refusal for this reason after `started`, and no answer to calls. */
async function expectRefused(options: OpenOptions, reason: string): Promise<void> {
  const { event, events, calls } = await boot(options);
  const refused = await event('refused');
  expect(refused).toMatchObject({ type: 'refused', reason });
  const answer = await Promise.race([
    calls.unload(digestOf('0')),
    new Promise((resolve) => setTimeout(resolve, 300, 'silence')),
  ]);
  expect(answer).toBe('silence');
  expect(events).toEqual([{ type: 'started', build: refused.build }, refused]);
  expect(events.map((entry) => SandboxEvent.safeParse(entry).success)).toEqual([true, true]);
}

test('sends started, then ready, with its build and the needs of this engine', async () => {
  const { event, events } = await boot();
  const needsBitmap = inject('engine') === 'webkit';
  expect(await event('ready')).toEqual({ type: 'ready', build, needsBitmap });
  expect(events.map((entry) => SandboxEvent.safeParse(entry).success)).toEqual([true, true]);
});

test('refuses another build', async () => {
  await expectRefused({ build: digestOf('0') }, 'version');
});

test('refuses an origin that is not opaque', async () => {
  await expectRefused({ sandboxAttribute: 'allow-scripts allow-same-origin' }, 'origin');
});

test('refuses a document whose scanner or policy was changed', async () => {
  await expectRefused({ html: builtDocument.replace('id="scanner">', '$&/* cached by a proxy */') }, 'digest');
  sandbox?.close();
  await expectRefused({ html: builtDocument.replace("connect-src 'none'", 'connect-src *') }, 'digest');
  sandbox?.close();
  await expectRefused({ html: builtDocument.replace(/<meta http-equiv[^>]*>/, '') }, 'digest');
});

test('starts if a browser extension has added elements to the document', async () => {
  const html = builtDocument
    .replace('<html ', '<html data-theme="dark" ')
    .replace('</head>', '<style>body { color: white }</style></head>');
  const { event } = await boot({ html });
  expect(await event('ready')).toMatchObject({ build });
});

test('refuses a policy that is not in force because it is in the body', async () => {
  const html = builtDocument.replace(/(<meta http-equiv[^>]*>)([^]*?<body>)/, '$2$1');
  await expectRefused({ html }, 'policy');
});

test('refuses a policy that allows requests, even with a matching digest', async () => {
  const html = await derive(builtDocument, (parts) => ({
    ...parts,
    policy: parts.policy.replace("connect-src 'none'", 'connect-src data:'),
  }));
  await expectRefused({ html }, 'policy');
});

test('refuses with worker or wasm if the policy blocks them', async () => {
  const withPolicy = (part: string, by: string) =>
    derive(builtDocument, (parts) => ({ ...parts, policy: parts.policy.replace(part, by) }));
  await expectRefused({ html: await withPolicy('worker-src data:', "worker-src 'none'") }, 'worker');
  sandbox?.close();
  const { event } = await boot({ html: await withPolicy(" 'wasm-unsafe-eval'", '') });
  expect(await event('refused')).toMatchObject({ reason: 'wasm' });
});

test('ignores a second boot message', async () => {
  const { event, frame } = await boot();
  await event('ready');
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise((resolve) => {
    port1.addEventListener('message', resolve);
    port1.start();
    setTimeout(resolve, 500, 'silence');
  });
  const message = { type: 'lodestone-boot', build: '0'.repeat(64) };
  frame.contentWindow?.postMessage(message, '*', [new MessageChannel().port2, port2]);
  expect(await answered).toBe('silence');
});

test('has the SHA-256 of itself, with zeros in place of the digest, as build digest', async () => {
  const blank = new TextEncoder().encode(builtDocument.replace(build, '0'.repeat(64)));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', blank));
  expect(toHex(digest)).toBe(build);
});
