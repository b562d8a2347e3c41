/** `@lodestone/client/react`: a component shows the guard's status, and renders again only when it changes. Spec: docs/design/client.md#status */
import { act, createElement, StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GuardProvider, useGuardStatus } from '../src/react.ts';
import { createFakeGuard, type FakeGuard } from '../src/testing/index.ts';

beforeEach(() => vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true));
afterEach(() => vi.unstubAllGlobals());

function mount(guard: FakeGuard) {
  const rendered = vi.fn<(state: string) => void>();
  function Status() {
    const { state } = useGuardStatus();
    rendered(state);
    return createElement('p', undefined, state);
  }
  const element = document.body.appendChild(document.createElement('div'));
  const root = createRoot(element);
  const show = (of: FakeGuard) =>
    act(() =>
      root.render(
        createElement(StrictMode, undefined, createElement(GuardProvider, { guard: of }, createElement(Status))),
      ),
    );
  show(guard);
  return { element, rendered, show, unmount: () => act(() => root.unmount()) };
}

const CLEAR = { outcome: 'clear', action: 'allow', orders: [] } as const;
const guardOf = () => createFakeGuard({ answer: CLEAR });

test('a component shows the current status and each change', () => {
  const guard = guardOf();
  const { element, unmount } = mount(guard);
  expect(element.textContent).toBe('ready');
  act(() => guard.setStatus({ state: 'starting' }));
  expect(element.textContent).toBe('starting');
  act(() => guard.dispose());
  expect(element.textContent).toBe('disposed');
  unmount();
});

test('the guard of the next account replaces that of the one before', () => {
  const first = guardOf();
  const { element, rendered, show, unmount } = mount(first);
  const second = createFakeGuard({ answer: CLEAR, status: { state: 'starting' } });
  show(second);
  expect(element.textContent).toBe('starting');
  const before = rendered.mock.calls.length;
  act(() => first.dispose());
  expect(rendered.mock.calls.length).toBe(before);
  unmount();
});

test('without a change it does not render again', () => {
  const guard = guardOf();
  const { rendered, unmount } = mount(guard);
  const before = rendered.mock.calls.length;
  act(() => guard.subscribe(() => {})());
  expect(rendered.mock.calls.length).toBe(before);
  unmount();
});

test('an unmounted component no longer listens', () => {
  const guard = guardOf();
  const { rendered, unmount } = mount(guard);
  unmount();
  const before = rendered.mock.calls.length;
  guard.setStatus({ state: 'starting' });
  expect(rendered.mock.calls.length).toBe(before);
});

test('a page that a server rendered hydrates without a mismatch, and then shows the status', async () => {
  const guard = guardOf();
  const Status = () => createElement('p', undefined, useGuardStatus().state);
  const page = createElement(StrictMode, undefined, createElement(GuardProvider, { guard }, createElement(Status)));
  const element = document.body.appendChild(document.createElement('div'));
  element.innerHTML = '<p>idle</p>';
  const errors: unknown[] = [];
  const options = { onRecoverableError: (error: unknown) => errors.push(error) };
  const root = await act(async () => hydrateRoot(element, page, options));
  expect(errors).toEqual([]);
  expect(element.textContent).toBe('ready');
  act(() => root.unmount());
});
