/** The shell of the guard, while the rest of the client is not there. Spec: docs/design/client.md#chunks */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGuard, type Guard } from '../src/index.ts';
import { World } from './world.ts';

const SEND = { surface: 'send' } as const;
let world: World;
let guard: Guard;

beforeEach(async () => {
  world = await World.create(Date.UTC(2026, 10, 24, 8));
  vi.stubGlobal('document', {});
  vi.doMock('../src/runner.ts', () => {
    throw new TypeError('404');
  });
});
afterEach(() => {
  guard.dispose();
  vi.doUnmock('../src/runner.ts');
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('a check says that orders are not known, with the action that the host chose, and the status names the fix', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  guard = createGuard(world.options({ whileUnknown: 'warn', debug: true }));
  expect(guard.status.state).toBe('starting');
  expect(await guard.check(new Blob(['x']), SEND)).toEqual({
    outcome: 'skipped',
    action: 'warn',
    orders: [],
    reason: 'orders-unknown',
    retry: true,
  });
  expect(guard.status.problems).toEqual([
    {
      code: 'ERR_LOAD',
      of: 'client',
      sentence: expect.stringMatching(/^the rest of @lodestone\/client could not be loaded: /),
      fix: 'serve every chunk of your bundle, also those of the version before; offline, the next check tries again',
    },
  ]);
  expect(warn.mock.calls.flat().join('\n')).toContain('Lodestone: ERR_LOAD (client): ');
  expect(guard.appliesTo(SEND)).toBe(true);
  guard.prepare(SEND);
  await expect(guard.acknowledgeNotice('a')).rejects.toMatchObject({ code: 'ERR_LOAD' });
  await Promise.all([guard.ready, guard.firstRefresh]);
});

test('the next check tries again', async () => {
  guard = createGuard(world.options());
  await guard.ready;
  vi.doUnmock('../src/runner.ts');
  vi.stubGlobal('isSecureContext', false); // which only the loaded code reports
  expect(await guard.check(new Blob(['x']), SEND)).toMatchObject({ outcome: 'skipped', reason: 'unsupported' });
  expect(guard.status.problems.map(({ code }) => code)).toEqual(['ERR_UNSUPPORTED']);
});

test('mistakes of the call are errors before anything is loaded', async () => {
  guard = createGuard(world.options());
  await expect(guard.check('x' as never, SEND)).rejects.toMatchObject({ code: 'ERR_CONTENT' });
  await expect(guard.check(new Blob(['x']), undefined as never)).rejects.toMatchObject({ code: 'ERR_CONTENT' });
});

test('a guard that was disposed loads nothing, and a caller that aborts waits no longer', async () => {
  guard = createGuard(world.options());
  const stop = new AbortController();
  const aborted = guard.check(new Blob(['x']), { ...SEND, signal: stop.signal });
  const disposed = guard.check(new Blob(['y']), SEND);
  stop.abort('too long');
  await expect(aborted).rejects.toBe('too long');
  guard.dispose();
  await expect(disposed).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  expect(guard.status.state).toBe('disposed');
});
