/** The relay: order, repetitions, and requests of a hostile client. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Relay, startRelay, type Traffic } from '../relay/relay.ts';

let relay: Relay;
const traffic: Traffic[] = [];
beforeAll(async () => {
  relay = await startRelay({ port: 0, onTraffic: (one) => traffic.push(one) });
});
afterAll(() => relay.close());

const ROOM = '0'.repeat(32);
const frameOf = (id: number): Uint8Array<ArrayBuffer> => new Uint8Array(40).fill(id);

/** What a member receives, until `live` and `count` frames have come. */
async function member(after: string, count: number, ...frames: readonly Uint8Array<ArrayBuffer>[]): Promise<string[]> {
  const socket = new WebSocket(`${relay.origin.replace('http', 'ws')}/rooms/${ROOM}?after=${after}`);
  socket.binaryType = 'arraybuffer';
  const got: string[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error('the relay refuses'));
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      const sequence =
        typeof data === 'string' ? data : `${new DataView(data).getUint32(0)}: ${new Uint8Array(data)[4]}`;
      got.push(sequence);
      if (data === 'live') for (const frame of frames) socket.send(frame);
      if (got.length === count + 1) resolve();
    };
  });
  socket.close();
  return got;
}

test('a frame that is sent again is kept once; a member that comes back gets what it has not read', async () => {
  expect(await member('0', 2, frameOf(1), frameOf(1), frameOf(2))).toEqual(['live', '1: 1', '2: 2']);
  expect(await member('1', 1)).toEqual(['2: 2', 'live']);
  expect(relay.stored()).toEqual([frameOf(1), frameOf(2)]);
});

test.each(['-1', '-99999999999', 'NaN', 'x', ''])('after=%s means from the beginning', async (after) => {
  const before = traffic.length;
  expect(await member(after, 2)).toEqual(['1: 1', '2: 2', 'live']);
  expect(traffic.length - before).toBe(2);
});

test('an attachment is never replaced, and a name that is none is not found', async () => {
  const address = `${relay.origin}/rooms/${ROOM}/${'a'.repeat(32)}`;
  for (const body of ['first', 'second']) expect((await fetch(address, { method: 'PUT', body })).status).toBe(204);
  expect(await (await fetch(address)).text()).toBe('first');
  expect((await fetch(`${relay.origin}/rooms/${ROOM}/..%2f${'a'.repeat(29)}`)).status).toBe(404);
  expect((await fetch(`${relay.origin}/rooms/short`)).status).toBe(404);
});
