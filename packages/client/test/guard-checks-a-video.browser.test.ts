/** The whole client in a browser, with the built sandbox and its video part: an order for videos loads the part, and a listed video is blocked. Spec: docs/design/sandbox.md#video */
import { enlarged, hasH264, listed, listedVideo, unrelated } from '@lodestone/sandbox/testing/listed-video';
import type { ListRecord } from '@lodestone/protocol/list-file';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGuard, type Guard } from '../src/index.ts';
import { anOrder, orderTargets, World } from './world.ts';

const read = globalThis.fetch.bind(globalThis);
const blobOf = async (url: string): Promise<Blob> => (await read(url)).blob();

let world: World;
let guard: Guard;
/** WebKitGTK decodes what its GStreamer plug-ins decode; the others need the system's H.264 decoder. */
let mayLackCodecs: boolean;

beforeEach(async () => {
  await start([await listedVideo(4711)]);
});

async function start(records: ListRecord[]): Promise<void> {
  mayLackCodecs = !/Chrome|Firefox/.test(navigator.userAgent) || !(await hasH264());
  world = await World.create(Date.now());
  await world.publishList(records, 2);
  await world.publish('orders', orderTargets(anOrder(Date.now(), { media: ['image', 'video'] })));
  vi.stubGlobal('fetch', world.fetch);
  guard = createGuard(world.options({ storageName: `test ${crypto.randomUUID()}` }));
}
afterEach(() => {
  guard.dispose();
  vi.unstubAllGlobals();
});

test('a listed video is blocked with progress, an innocent one is clear, and no check causes a request', async () => {
  const progress: number[] = [];
  const options = { surface: 'send', onProgress: (percent: number) => void progress.push(percent) } as const;
  await vi.waitUntil(() => guard.status.lists[0]?.release !== undefined, 10_000);
  const first = await guard.check(await blobOf(listed), options);
  const before = world.requests.length;
  const second = await guard.check(await blobOf(unrelated), { surface: 'send' });
  if (mayLackCodecs && first.outcome === 'unscannable') {
    const codec = { outcome: 'unscannable', reason: 'codec' };
    return expect([first, second]).toMatchObject([codec, codec]);
  }
  expect([first, second]).toMatchObject([{ outcome: 'match', action: 'block' }, { outcome: 'clear' }]);
  expect(progress.length).toBeGreaterThan(2);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(world.requests.length).toBe(before);
});

test(
  'a video of more than 64 MiB, read in slices, ends whatever happens while it is read',
  { tags: ['@all', '@one-engine'] },
  async ({ skip }) => {
    await vi.waitUntil(() => guard.status.lists[0]?.release !== undefined, 10_000);
    const video = new Uint8Array(await (await read(listed)).arrayBuffer());
    const surface = 'send';
    const whole = enlarged(video);
    const [first, second] = await Promise.all([
      guard.check(whole, { surface }),
      guard.check(whole.slice(), { surface }),
    ]);
    skip(mayLackCodecs && first.outcome === 'unscannable', 'this engine does not decode it');
    expect([first, second]).toMatchObject([{ outcome: 'match' }, { outcome: 'match' }]);

    const lost = withReads(enlarged(video), 1, () => Promise.reject(new DOMException('changed', 'NotReadableError')));
    expect(await guard.check(lost, { surface })).toMatchObject({ outcome: 'unscannable', reason: 'decode' });

    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const hanging = (): Blob => withReads(enlarged(video), 1, () => (resolve(), new Promise(() => undefined)));
    const aborting = new AbortController();
    const aborted = guard.check(hanging(), { surface, signal: aborting.signal });
    await reached;
    aborting.abort(new Error('left'));
    await expect(aborted).rejects.toThrow('left');
    expect(await guard.check(whole.slice(), { surface })).toMatchObject({ outcome: 'match' });

    const unfinished = guard.check(hanging(), { surface });
    guard.dispose();
    await expect(unfinished).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  },
);

/** After some reads, each further one gives what `then` gives. */
function withReads(content: Blob, reads: number, then: () => Promise<ArrayBuffer>): Blob {
  content.slice = (from, to) => {
    const part = Blob.prototype.slice.call(content, from, to);
    if (reads-- <= 0) part.arrayBuffer = then;
    return part;
  };
  return content;
}

test(
  'a listed file of more than 64 MiB is blocked, also after an aborted check of it',
  { tags: ['@long', '@one-engine'] },
  async () => {
    guard.dispose();
    const large = enlarged(new Uint8Array(await (await read(unrelated)).arrayBuffer()));
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await large.arrayBuffer()));
    await start([{ type: 'sha256', entry: 9, payload: digest }]);
    await vi.waitUntil(() => guard.status.lists[0]?.release !== undefined, 10_000);
    const aborting = new AbortController();
    const options = {
      surface: 'send',
      signal: aborting.signal,
      onProgress: () => aborting.abort(new Error('left')),
    } as const;
    await expect(guard.check(large.slice(), options)).rejects.toThrow('left');
    expect(await guard.check(large, { surface: 'send' })).toMatchObject({ outcome: 'match', action: 'block' });
  },
);
