/**
 * A page that is left in the middle of a transaction does not keep the next one from the database (in WebKitGTK it would, where
 * whole pages follow one another), and one that comes back goes on where it was.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { openStorage } from '../src/network/storage/storage.ts';

const name = `left ${crypto.randomUUID()}`;
const unexpected = (): never => {
  throw new Error('storage was refused');
};
afterEach(() => {
  for (const frame of document.querySelectorAll('iframe')) frame.remove();
  indexedDB.deleteDatabase(name);
});

test('a page left in a transaction lets go of the database', async () => {
  const frame = document.createElement('iframe');
  const module = new URL('../src/network/storage/storage.ts', import.meta.url).href;
  frame.srcdoc = `<script type="module">
    import { openStorage } from ${JSON.stringify(module)};
    const storage = await openStorage(${JSON.stringify(name)}, () => {});
    void storage.transact(['slot'], async (tx) => {
      parent.postMessage('in the middle', '*');
      for (;;) await tx.get('slot', 'next');
    });
  </script>`;
  const inTheMiddle = new Promise((resolve) =>
    addEventListener('message', ({ data }) => data === 'in the middle' && resolve(data)),
  );
  document.body.append(frame);
  await inTheMiddle;
  const left = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  frame.removeAttribute('srcdoc');
  frame.src = 'about:blank';
  await left;

  const storage = await openStorage(name, unexpected);
  await storage.transact(['slot'], (tx) => tx.put('slot', 'next', { atMs: 1 } as never));
  expect(await storage.transact(['slot'], (tx) => tx.get('slot', 'next'))).toEqual({ atMs: 1 });
  storage.close();
});

test('a page that comes back does again what was aborted', async () => {
  const storage = await openStorage(name, unexpected);
  let begun = 0;
  const done = storage.transact(['slot'], async (tx) => {
    begun += 1;
    // Long enough to be left in the middle, the first time.
    for (let i = 0; begun === 1 && i < 1e6; i++) await tx.get('slot', 'next');
    await tx.put('slot', 'next', { atMs: begun } as never);
  });
  await vi.waitFor(() => expect(begun).toBe(1));
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
  const later = storage.transact(['slot'], (tx) => tx.get('slot', 'next'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(begun).toBe(1);
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  await done;
  await later;
  expect(begun).toBe(2);
  expect(await storage.transact(['slot'], (tx) => tx.get('slot', 'next'))).toEqual({ atMs: 2 });
  storage.close();
});
