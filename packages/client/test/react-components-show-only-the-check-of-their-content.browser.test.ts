/** `useCheck` of `@lodestone/client/react` in StrictMode: progress, answer, and never the answer of other content. Spec: docs/design/client.md#status */
import { act, createElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Check, CheckOptions } from '../src/index.ts';
import { type CheckState, GuardProvider, useCheck } from '../src/react.ts';
import { createFakeGuard } from '../src/testing/index.ts';

beforeEach(() => vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true));
afterEach(() => vi.unstubAllGlobals());

const CLEAR: Check = { outcome: 'clear', action: 'allow', orders: [] };
const MATCH: Check = { outcome: 'match', action: 'block', orders: [] };

/** A guard whose checks end when the test says so. */
function guardOfTest() {
  const running: { content: unknown; options: CheckOptions; answer: (check: Check) => void }[] = [];
  const guard = createFakeGuard({
    answer: (content, options) =>
      new Promise((resolve, reject) => {
        running.push({ content, options, answer: resolve });
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error));
      }),
  });
  return { guard, running };
}

function mount({ guard }: ReturnType<typeof guardOfTest>) {
  const rendered: { content: Blob | undefined; checked: CheckState }[] = [];
  function Shown({ content }: { content: Blob | undefined }) {
    const checked = useCheck(content, { surface: 'receive' });
    rendered.push({ content, checked });
    return createElement('p', undefined, checked.state);
  }
  const root = createRoot(document.body.appendChild(document.createElement('div')));
  const pageOf = (content: Blob | undefined) =>
    createElement(StrictMode, undefined, createElement(GuardProvider, { guard }, createElement(Shown, { content })));
  const show = (content: Blob | undefined) => act(async () => root.render(pageOf(content)));
  return { rendered, show, last: () => rendered.at(-1)?.checked, unmount: () => act(() => root.unmount()) };
}

test('a component shows the progress, then the answer; the check of StrictMode’s first mount was ended', async () => {
  const test = guardOfTest();
  const { show, last, unmount } = mount(test);
  const content = new Blob(['a']);
  await show(content);
  expect(last()).toEqual({ state: 'checking', percent: 0 });
  expect(test.running.map(({ options }) => options.signal?.aborted)).toEqual([true, false]);
  await act(async () => test.running[1]?.options.onProgress?.(50));
  expect(last()).toEqual({ state: 'checking', percent: 50 });
  await act(async () => test.running[0]?.answer(MATCH));
  await act(async () => test.running[1]?.answer(CLEAR));
  expect(last()).toEqual({ state: 'checked', check: CLEAR });
  unmount();
});

test('other content is never shown with the answer of the content before, not even for one render', async () => {
  const test = guardOfTest();
  const { rendered, show, last, unmount } = mount(test);
  const [first, second] = [new Blob(['first']), new Blob(['second'])];
  await show(first);
  await act(async () => test.running.at(-1)?.answer(CLEAR));
  await show(second);
  expect(rendered.filter(({ content, checked }) => content === second && checked.state === 'checked')).toEqual([]);
  expect(last()).toEqual({ state: 'checking', percent: 0 });
  await act(async () => test.running.at(-1)?.answer(MATCH));
  expect(last()).toEqual({ state: 'checked', check: MATCH });
  unmount();
});

test('without content nothing is checked; a component that goes ends its check', async () => {
  const test = guardOfTest();
  const { show, last, unmount } = mount(test);
  await show(undefined);
  expect(last()).toEqual({ state: 'none' });
  expect(test.running).toEqual([]);
  await show(new Blob(['a']));
  unmount();
  expect(test.running.map(({ options }) => options.signal?.aborted)).toEqual([true]);
});

test('a guard that is disposed of gives the state failed', async () => {
  const test = guardOfTest();
  const { show, last, unmount } = mount(test);
  test.guard.dispose();
  await show(new Blob(['a']));
  expect(last()).toMatchObject({ state: 'failed', error: { code: 'ERR_DISPOSED' } });
  unmount();
});
