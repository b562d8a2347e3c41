/**
 * Inside the running app's own rooms: every way to the network and to storage is refused, and what the scanner's worker
 * sends on its ports as an attacker would, comlink's CONSTRUCT above all, reaches nothing in the host. Spec: DESIGN §1.
 */
import type { Frame, Worker } from '@playwright/test';
import { impostorOf } from '../../room/test/derive.ts';
import type { ChatPage } from './fixture/chat-page.ts';
import { builtRoom } from './fixture/host-page.ts';
import { firstRoomsAre } from './fixture/other-rooms.ts';
import { expect, test } from './fixture/test.ts';

/** Each way out, by name, as it is tried in a frame and in a worker: `refused`, `absent`, or what it reached. */
async function tryEveryWayOut(address: string): Promise<Record<string, string>> {
  const scope = globalThis as unknown as Record<string, (new (...args: unknown[]) => EventTarget) | undefined>;
  const settled = async (work: () => unknown): Promise<string> => {
    try {
      await work();
      return 'reached';
    } catch {
      return 'refused';
    }
  };
  const opens = (name: string, url: string): Promise<string> => {
    const Constructor = has(name) ? scope[name] : undefined;
    if (!Constructor) return Promise.resolve('absent');
    return new Promise((resolve) => {
      try {
        const opened = new Constructor(url);
        opened.addEventListener('open', () => resolve('reached'));
        opened.addEventListener('message', () => resolve('reached'));
        opened.addEventListener('error', () => resolve('refused'));
        setTimeout(() => resolve('refused'), 3_000);
      } catch {
        resolve('refused');
      }
    });
  };
  const has = (name: string): boolean => {
    try {
      return scope[name] !== undefined;
    } catch {
      return false; // reading it is refused already
    }
  };
  const database = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open('escape');
      request.addEventListener('success', resolve);
      request.addEventListener('error', reject);
    });
  const load = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.addEventListener('load', resolve);
      request.addEventListener('error', reject);
      request.open('GET', address);
      request.send();
    });
  return {
    fetch: has('fetch') ? await settled(() => fetch(address)) : 'absent',
    'fetch, no-cors': has('fetch') ? await settled(() => fetch(address, { mode: 'no-cors' })) : 'absent',
    XMLHttpRequest: has('XMLHttpRequest') ? await settled(load) : 'absent',
    WebSocket: await opens('WebSocket', address.replace('http', 'ws')),
    EventSource: await opens('EventSource', address),
    'import()': await settled(() => import(/* @vite-ignore */ address)),
    Worker: await opens('Worker', address),
    indexedDB: has('indexedDB') ? await settled(database) : 'absent',
    caches: has('caches') ? await settled(() => caches.open('escape')) : 'absent',
  };
}

/** One for each device. */
async function roomsOf({ page }: ChatPage): Promise<{ frames: Frame[]; workers: Worker[] }> {
  await expect.poll(() => page.workers().length).toBe(2);
  const frames = page.frames().filter((frame) => frame !== page.mainFrame());
  expect(frames).toHaveLength(2);
  return { frames, workers: page.workers() };
}

test('in the window and in the worker every way out is refused, and no server sees one', async ({ demo, chat }) => {
  await chat.open(demo.chat);
  const { frames, workers } = await roomsOf(chat);
  const address = `${demo.chat}escape`;
  const tried = await Promise.all([
    ...frames.map((frame) => frame.evaluate(tryEveryWayOut, address)),
    ...workers.map((worker) => worker.evaluate(tryEveryWayOut, address)),
  ]);
  expect(tried).toHaveLength(4);
  for (const ways of tried) {
    expect(Object.keys(ways)).toHaveLength(9);
    for (const [way, result] of Object.entries(ways)) expect(['refused', 'absent'], way).toContain(result);
  }
  expect(demo.requests.filter(({ url }) => url.pathname.includes('escape'))).toEqual([]);
});

test('the window’s origin is opaque, and the host’s document is out of its reach', async ({ demo, chat }) => {
  await chat.open(demo.chat);
  const { frames } = await roomsOf(chat);
  for (const frame of frames) {
    expect(await frame.evaluate(() => self.origin)).toBe('null');
    await expect(frame.evaluate(() => parent.document.title)).rejects.toThrow(/SecurityError/);
  }
});

test('the same attempts do reach the server from the page, so the test can tell', async ({ demo, chat }) => {
  await chat.open(demo.chat);
  const ways = await chat.page.evaluate(tryEveryWayOut, `${demo.chat}escape-from-the-page`);
  expect(ways['fetch']).toBe('reached');
  expect(ways['indexedDB']).toBe('reached');
  expect(demo.requests.filter(({ url }) => url.pathname.includes('escape')).length).toBeGreaterThan(2);
});

/** Messages that a worker which is in an attacker's hands could send to the host. */
const ATTACKS = [
  {
    what: 'CONSTRUCT of a function that fetches',
    message: {
      id: 'attack',
      type: 'CONSTRUCT',
      path: ['constructor', 'constructor'],
      argumentList: [{ type: 'RAW', value: 'fetch("/escape-by-construct"); document.title = "escaped"' }],
    },
  },
  {
    what: 'APPLY on a path of the prototype',
    message: {
      id: 'attack',
      type: 'APPLY',
      path: ['constructor', 'constructor', 'call'],
      argumentList: [
        { type: 'RAW', value: null },
        { type: 'RAW', value: 'document.title = "escaped"' },
      ],
    },
  },
  { what: 'GET of everything', message: { id: 'attack', type: 'GET', path: [] } },
  {
    what: 'SET on the prototype',
    message: { id: 'attack', type: 'SET', path: ['__proto__', 'escaped'], value: { type: 'RAW', value: 1 } },
  },
  { what: 'ENDPOINT', message: { id: 'attack', type: 'ENDPOINT' } },
  { what: 'an answer that nobody asked for', message: { id: 'attack', type: 'RAW', value: { ok: true } } },
  { what: 'no comlink at all', message: 'escape' },
];

/** Each answer that is a verdict becomes the message. It runs before the scanner freezes what ports do. */
function attackInsteadOfVerdict(message: unknown): string {
  return `
    const { postMessage } = MessagePort.prototype;
    MessagePort.prototype.postMessage = function (first, ...more) {
      const isVerdict = first?.value?.media !== undefined;
      return postMessage.call(this, isVerdict ? ${JSON.stringify(message)} : first, ...more);
    };`;
}

for (const { what, message } of ATTACKS) {
  test(`${what} from the worker: reaches nothing, the room is torn down, the ledger says so`, async ({
    demo,
    chat,
  }) => {
    // The first room of each device; those after it are the client's own.
    await firstRoomsAre(chat.page, 2, await impostorOf(builtRoom, attackInsteadOfVerdict(message)));
    await chat.open(demo.chat);

    for (const person of ['alice', 'bob'] as const) {
      const answer = { outcome: 'unscannable', action: 'warn', reason: 'room' };
      expect(await chat.attach(demo.photograph('lily-leek.jpg'), person)).toEqual(answer);
    }
    for (const device of ['Alice’s device', 'Bob’s device']) {
      await chat.inspector.getByRole('button', { name: device }).click();
      await expect(chat.inspector.locator('tr.note', { hasText: 'room-torn-down' })).toHaveCount(1);
    }
    expect(await chat.page.title()).not.toContain('escaped');
    expect(await chat.page.evaluate(() => 'escaped' in {})).toBe(false);
    expect(demo.requests.filter(({ url }) => url.pathname.includes('escape'))).toEqual([]);
    expect(demo.signals()).toEqual([]);

    expect(await chat.attach(demo.photograph('mountains.jpg'), 'alice')).toMatchObject({ outcome: 'clear' });
    expect(await chat.attach(demo.photograph('mountains.jpg'), 'bob')).toMatchObject({ outcome: 'clear' });
  });
}
