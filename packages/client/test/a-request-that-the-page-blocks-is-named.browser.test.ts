/** The report of each engine about a request that the page's connect-src blocks, and about one without an answer. Spec: docs/design/client.md#problems */
import { afterEach, expect, test } from 'vitest';
import { watchPagePolicy } from '../src/network/page-policy.ts';

const POLICY = '<meta http-equiv="Content-Security-Policy" content="connect-src \'self\' http://localhost:9">';
let frame: HTMLIFrameElement | undefined;
afterEach(() => frame?.remove());

/** A page of its own with this policy: the test's page has none. */
async function pageWithPolicy(): Promise<Window & typeof globalThis> {
  const element = document.createElement('iframe');
  frame = element;
  element.srcdoc = POLICY;
  const loaded = new Promise((resolve) => element.addEventListener('load', resolve, { once: true }));
  document.body.append(element);
  await loaded;
  return element.contentWindow as Window & typeof globalThis;
}

test.each([
  ['blocked by connect-src', 'https://orders.example/metadata/timestamp.json', true],
  ['allowed and without an answer', 'http://localhost:9/metadata/timestamp.json', false],
])('a request that is %s', async (_, address, isBlocked) => {
  const page = await pageWithPolicy();
  const policy = watchPagePolicy(page.document, new AbortController().signal);
  await expect(page.fetch(address)).rejects.toThrow();
  expect(await policy.blocked(new URL(address))).toBe(isBlocked);
});
