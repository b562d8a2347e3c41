/** `@lodestone/client/react` in Node: server-side rendering shows the idle guard. Spec: docs/design/client.md#status */
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { createGuard } from '../src/index.ts';
import { useCheck, useGuardStatus } from '../src/react.ts';
import { createFakeGuard } from '../src/testing/index.ts';

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
  const Status = () => createElement('p', undefined, useGuardStatus(guard).state);
  expect(renderToString(createElement(Status))).toBe('<p>idle</p>');
});

test('a server renders the beginning of a check, and checks nothing', () => {
  const guard = createFakeGuard({ answer: { outcome: 'clear', action: 'allow', orders: [] } });
  const content = new Blob(['a']);
  const Shown = () => createElement('p', undefined, useCheck(guard, content, { surface: 'receive' }).state);
  expect(renderToString(createElement(Shown))).toBe('<p>checking</p>');
  expect(guard.checks).toEqual([]);
});
