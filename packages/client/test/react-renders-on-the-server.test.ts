/** `@lodestone/client/react` in Node: server-side rendering shows the idle guard. Spec: docs/design/client.md#status */
import { createElement, type FunctionComponent } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { createGuard, type Guard } from '../src/index.ts';
import { GuardProvider, useCheck, useGuardStatus } from '../src/react.ts';
import { createFakeGuard } from '../src/testing/index.ts';

const rendered = (guard: Guard, component: FunctionComponent) =>
  renderToString(createElement(GuardProvider, { guard }, createElement(component)));

test('the status on a server is idle', () => {
  const source = (name: string) => ({
    name,
    url: `https://${name}.example/`,
    root: '{"signed":{"_type":"root"},"signatures":[]}',
  });
  const guard = createGuard({
    authorities: { orders: [source('court')], lists: [], provider: source('provider') },
    endpoint: 'https://receiver.example/v1/signals',
  });
  const Status = () => createElement('p', undefined, useGuardStatus().state);
  expect(rendered(guard, Status)).toBe('<p>idle</p>');
});

test('a server renders the beginning of a check, and checks nothing', () => {
  const guard = createFakeGuard({ answer: { outcome: 'clear', action: 'allow', orders: [] } });
  const content = new Blob(['a']);
  const Shown = () => createElement('p', undefined, useCheck(content, { surface: 'receive' }).state);
  expect(rendered(guard, Shown)).toBe('<p>checking</p>');
  expect(guard.checks).toEqual([]);
});

test('a hook outside of a provider, and a provider without a guard, say what to do', () => {
  const Status = () => createElement('p', undefined, useGuardStatus().state);
  const Shown = () => createElement('p', undefined, useCheck(undefined, { surface: 'receive' }).state);
  const missing = {
    code: 'ERR_OPTIONS',
    message:
      'a hook of @lodestone/client/react is used outside of a GuardProvider: render <GuardProvider guard={guard}> around the component',
  };
  for (const component of [Status, Shown])
    expect(() => renderToString(createElement(component))).toThrow(expect.objectContaining(missing));
  const nothing = undefined as unknown as Guard; // what an import of a wrong name gives in JavaScript
  expect(() => rendered(nothing, Status)).toThrow('GuardProvider: guard is missing: pass what createGuard returned');
});
