/** The control of the engine projects: it fails where a project runs in another engine than its name promises. */
import { expect, inject, test } from 'vitest';
import type { Engine } from '@lodestone/audit/browsers';

/** Traits that come from the engine itself; a changed user agent does not move them. */
const TRAITS: Record<Engine, () => boolean> = {
  chromium: () => 'userAgentData' in navigator && 'webkitRequestFileSystem' in window,
  firefox: () => CSS.supports('-moz-appearance', 'none') && 'mozInnerScreenX' in window,
  webkit: () => Object.hasOwn(new Error('made to look at'), 'sourceURL'),
};

test('the engine that runs is the one that the project names, and none of the others', () => {
  const real = (Object.keys(TRAITS) as Engine[]).filter((engine) => TRAITS[engine]());
  expect(real).toEqual([inject('engine')]);
});

test('the page is a secure context with WebCrypto, as an app would have it', () => {
  expect(window.isSecureContext).toBe(true);
  expect(crypto.subtle).toBeDefined();
});
