/** Storage of every kind, and memory shared with other documents. Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { keep } = attemptGroup('Storage');

export const storage: readonly Attempt[] = [
  keep('window', 'localStorage', "localStorage.setItem('probe', '1'); return localStorage.length"),
  keep('window', 'sessionStorage', "sessionStorage.setItem('probe', '1'); return sessionStorage.length"),
  keep('window', 'cookie', "document.cookie = 'probe=1'; if (document.cookie === '') throw new Error('not kept')"),
  keep(
    'both',
    'cookieStore',
    "await cookieStore.set('probe', '1'); if ((await cookieStore.getAll()).length === 0) throw new Error('not kept')",
  ),
  keep('both', 'IndexedDB', "return eventOf(indexedDB.open('probe'), 'success')"),
  keep(
    'both',
    'Cache storage',
    "const c = await caches.open('probe'); await c.put('https://probe.test/', new Response('x')); if (!(await c.match('https://probe.test/'))) throw new Error('not kept')",
  ),
  keep('both', 'origin private file system', 'return navigator.storage.getDirectory()'),
  keep('worker', 'legacy file system', 'return new Promise((yes, no) => webkitRequestFileSystem(0, 1, yes, no))'),
  keep('both', 'Storage buckets', "return navigator.storageBuckets.open('probe')"),
  keep('both', 'Web locks', "return navigator.locks.request('probe', () => 1)"),
  keep('both', 'SharedArrayBuffer', 'return new SharedArrayBuffer(8)'),
];
