/** Control of the engine projects: fails if a project runs in another engine than its name states. */
import { expect, inject, test } from 'vitest';
import type { Engine } from '@lodestone/audit/browsers';

/** Traits of the engine itself, which do not depend on the user agent string. */
const TRAITS: Record<Engine, () => boolean> = {
  chromium: () => 'userAgentData' in navigator && 'webkitRequestFileSystem' in window,
  firefox: () => CSS.supports('-moz-appearance', 'none') && 'mozInnerScreenX' in window,
  webkit: () => Object.hasOwn(new Error('made to look at'), 'sourceURL'),
};

test('the running engine is the one that the project names', () => {
  const real = (Object.keys(TRAITS) as Engine[]).filter((engine) => TRAITS[engine]());
  expect(real).toEqual([inject('engine')]);
});

test('the page is a secure context with WebCrypto, like an app', () => {
  expect(window.isSecureContext).toBe(true);
  expect(crypto.subtle).toBeDefined();
});
