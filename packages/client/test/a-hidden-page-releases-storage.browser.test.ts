/**
 * A page that is hidden during a transaction does not block the next page's access to the database (in WebKitGTK it
 * would), and a page that is shown again repeats the transaction.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { openStorage } from '../src/network/storage/storage.ts';

const name = `hidden ${crypto.randomUUID()}`;
const unexpected = (): never => {
  throw new Error('storage fell back to memory');
};
afterEach(() => {
  for (const frame of document.querySelectorAll('iframe')) frame.remove();
  indexedDB.deleteDatabase(name);
});

test('a page that is left during a transaction releases the database', async () => {
  const frame = document.createElement('iframe');
  const module = new URL('../src/network/storage/storage.ts', import.meta.url).href;
  frame.srcdoc = `<script type="module">
    import { openStorage } from ${JSON.stringify(module)};
    const storage = await openStorage(${JSON.stringify(name)}, () => {});
    void storage.transact(['slot'], async (tx) => {
      parent.postMessage('transaction is open', '*');
      for (;;) await tx.get('slot', 'next');
    });
  </script>`;
  const isOpen = new Promise((resolve) =>
    addEventListener('message', ({ data }) => data === 'transaction is open' && resolve(data)),
  );
  document.body.append(frame);
  await isOpen;
  const left = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  frame.removeAttribute('srcdoc');
  frame.src = 'about:blank';
  await left;

  const storage = await openStorage(name, unexpected);
  await storage.transact(['slot'], (tx) => tx.put('slot', 'next', { atMs: 1 } as never));
  expect(await storage.transact(['slot'], (tx) => tx.get('slot', 'next'))).toEqual({ atMs: 1 });
  storage.close();
});

test('a page that is shown again repeats the aborted transaction', async () => {
  const storage = await openStorage(name, unexpected);
  let starts = 0;
  const done = storage.transact(['slot'], async (tx) => {
    starts += 1;
    // The first time, long enough for the page to be hidden meanwhile.
    for (let i = 0; starts === 1 && i < 1e6; i++) await tx.get('slot', 'next');
    await tx.put('slot', 'next', { atMs: starts } as never);
  });
  await vi.waitFor(() => expect(starts).toBe(1), { timeout: 10_000 });
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
  const later = storage.transact(['slot'], (tx) => tx.get('slot', 'next'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(starts).toBe(1);
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  await done;
  await later;
  expect(starts).toBe(2);
  expect(await storage.transact(['slot'], (tx) => tx.get('slot', 'next'))).toEqual({ atMs: 2 });
  storage.close();
});
