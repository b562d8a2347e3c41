/**
 * The samples of docs/integrate/react.md and testing.md run as they are written, together: the page's components render on a server with a
 * fake guard, the page's own test passes with the other page's `send.ts`, and the plug-in for Vite serves a test authority.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { samplesOf } from '@lodestone/tools/docs/samples';
import { ROOT } from '@lodestone/tools/run/program';
import { createFakeGuard, createTestAuthority, type FakeGuard } from '@lodestone/client/testing';
import { afterAll, expect, test, vi } from 'vitest';

/** The reader's part. */
const OWN = {
  'guard.ts': `
import { createFakeGuard } from '@lodestone/client/testing';
export const guard = createFakeGuard({ answer: { outcome: 'clear', action: 'allow', orders: [] } });`,
  'messages.ts': 'export const sendMessage = async () => undefined;',
  'rendered.tsx': `
import { renderToString } from 'react-dom/server';
import { GuardProvider } from '@lodestone/client/react';
import { App } from './app.tsx';
import { Composer } from './composer.tsx';
import { guard } from './guard.ts';
import { Preview } from './preview.tsx';
const file = new File(['a'], 'a.jpg');
export const app = renderToString(<App />);
export const preview = renderToString(
  <GuardProvider guard={guard}><Preview file={file} send={async () => undefined} /></GuardProvider>,
);
let onChange;
function Captured() {
  const form = Composer({ send: async () => undefined });
  onChange = form.props.children[0].props.onChange;
  return form;
}
/** Chooses a file in the form, and returns when its check has been answered. */
export function choose(guard) {
  renderToString(<GuardProvider guard={guard}><Captured /></GuardProvider>);
  return onChange({ target: { files: [file] } });
}`,
};
const cache = path.join(import.meta.dirname, '../.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(path.join(cache, 'samples-')); // inside the package, where its dependencies resolve
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, code: string): void => writeFileSync(path.join(folder, name), code);
const samples = (page: string) => samplesOf(readFileSync(path.join(ROOT, 'docs/integrate', page), 'utf8'));

for (const { code } of samples('react.md')) write(/^\/\/ (\S+)/.exec(code)?.[1] ?? '', code);
for (const [name, code] of Object.entries(OWN)) write(name, code);
const [pageTest, plugIn] = samples('testing.md');
write('page.test.ts', pageTest?.code ?? '');
write('plug-in.ts', plugIn?.code ?? '');

// Registers the page's own test in this file.
await import(path.join(folder, 'page.test.ts'));

test('the app renders its form, and the preview the progress of its check before any button', async () => {
  const { app, preview } = (await import(path.join(folder, 'rendered.tsx'))) as Record<'app' | 'preview', string>;
  expect(app).toContain('aria-label="Attach a file"');
  expect(preview).toContain('aria-label="Checking"');
  expect(preview).not.toContain('<button');
});

test('the composer names the order also when it arrives during the check, as on a first start', async () => {
  const { choose } = (await import(path.join(folder, 'rendered.tsx'))) as {
    choose: (guard: FakeGuard) => Promise<void>;
  };
  const confirm = vi.fn();
  vi.stubGlobal('window', { confirm });
  const guard: FakeGuard = createFakeGuard({
    answer: () => {
      guard.setStatus({ orders: [{ orderDigest: 'a', order: { summary: { en: 'An order.' } } }] as never });
      return { outcome: 'match', action: 'warn', orders: ['a'] as never };
    },
  });
  await choose(guard);
  vi.unstubAllGlobals();
  expect(confirm).toHaveBeenCalledExactlyOnceWith('Send it? An order.');
});

test('the plug-in serves the repositories, answers 404 below its address, and leaves other requests to the app', async () => {
  type Handle = (request: { url: string }, response: object, next: () => void) => void;
  const { testAuthority } = (await import(path.join(folder, 'plug-in.ts'))) as {
    testAuthority: () => { configureServer: (server: object) => Promise<void> };
  };
  let handle: Handle | undefined;
  await testAuthority().configureServer({ middlewares: { use: (one: Handle) => (handle = one) } });
  const statusOf = (url: string) => {
    const response = { statusCode: 200, setHeader: vi.fn(), end: vi.fn() };
    const next = vi.fn();
    handle?.({ url }, response, next);
    return next.mock.calls.length > 0 ? 'the app' : response.statusCode;
  };
  const { authorities } = await createTestAuthority({ url: 'http://localhost:5173/test-authority/' });
  const { pathname } = new URL(authorities.provider.url);
  expect(statusOf('/test-authority/options.json')).toBe(200);
  expect(statusOf(`${pathname}metadata/timestamp.json`)).toBe(200);
  expect(statusOf(`${pathname}metadata/2.root.json`)).toBe(404); // the app's page would be taken for a root
  expect(statusOf('/src/main.ts')).toBe('the app');
});
