/** The sandbox starts only as the document that was published, of its host's build, in an opaque origin, under its own policy. */
import { digestOf } from '@lodestone/testkit/digests';
import { toHex } from '@lodestone/protocol/bytes';
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

/** Refused for this reason, after no more than `started`, and nothing answers calls. */
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

test('as it should: started, then ready, with its build and with what the engine is known to need', async () => {
  const { event, events } = await boot();
  const needsBitmap = inject('engine') === 'webkit';
  expect(await event('ready')).toEqual({ type: 'ready', build, needsBitmap });
  expect(events.map((entry) => SandboxEvent.safeParse(entry).success)).toEqual([true, true]);
});

test('another build is refused by name', async () => {
  await expectRefused({ build: digestOf('0') }, 'version');
});

test('an origin that is not opaque is refused', async () => {
  await expectRefused({ sandboxAttribute: 'allow-scripts allow-same-origin' }, 'origin');
});

test('a document that something changed on its way is refused: its scanner, or its policy', async () => {
  await expectRefused({ html: builtDocument.replace('id="scanner">', '$&/* cached by a proxy */') }, 'digest');
  sandbox?.close();
  await expectRefused({ html: builtDocument.replace("connect-src 'none'", 'connect-src *') }, 'digest');
  sandbox?.close();
  await expectRefused({ html: builtDocument.replace(/<meta http-equiv[^>]*>/, '') }, 'digest');
});

test('what browser extensions add to pages is no change: they add to every frame', async () => {
  const html = builtDocument
    .replace('<html ', '<html data-theme="dark" ')
    .replace('</head>', '<style>body { color: white }</style></head>');
  const { event } = await boot({ html });
  expect(await event('ready')).toMatchObject({ build });
});

test('a policy that is written there and not in force is refused: in the body no browser minds it', async () => {
  const html = builtDocument.replace(/(<meta http-equiv[^>]*>)([^]*?<body>)/, '$2$1');
  await expectRefused({ html }, 'policy');
});

test('a policy that lets requests out is refused, though the digest is right', async () => {
  const html = await derive(builtDocument, (parts) => ({
    ...parts,
    policy: parts.policy.replace("connect-src 'none'", 'connect-src data:'),
  }));
  await expectRefused({ html }, 'policy');
});

test('a policy without workers is refused by that name; so is one without WebAssembly', async () => {
  const withPolicy = (part: string, by: string) =>
    derive(builtDocument, (parts) => ({ ...parts, policy: parts.policy.replace(part, by) }));
  await expectRefused({ html: await withPolicy('worker-src data:', "worker-src 'none'") }, 'worker');
  sandbox?.close();
  const { event } = await boot({ html: await withPolicy(" 'wasm-unsafe-eval'", '') });
  expect(await event('refused')).toMatchObject({ reason: 'wasm' });
});

test('a second boot message changes nothing', async () => {
  const { event, frame } = await boot();
  await event('ready');
  const { port1, port2 } = new MessageChannel();
  const heard = new Promise((resolve) => {
    port1.addEventListener('message', resolve);
    port1.start();
    setTimeout(resolve, 500, 'silence');
  });
  const message = { type: 'lodestone-boot', build: '0'.repeat(64) };
  frame.contentWindow?.postMessage(message, '*', [new MessageChannel().port2, port2]);
  expect(await heard).toBe('silence');
});

test('the document’s build digest is the SHA-256 of it with zeros in the digest’s place', async () => {
  const blank = new TextEncoder().encode(builtDocument.replace(build, '0'.repeat(64)));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', blank));
  expect(toHex(digest)).toBe(build);
});
