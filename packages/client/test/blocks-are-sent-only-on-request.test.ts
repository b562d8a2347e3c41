/** The block feeder: which bytes go to the sandbox, and when. Spec: docs/design/contracts.md#sandbox-messages */
import { type BytesMessage, LIMITS, type SandboxEvent } from '@lodestone/protocol';
import { expect, test } from 'vitest';
import { createBlockFeeder } from '../src/content/block-feeder.ts';

const CONTENT_ID = 7;
const SIZE = 2 * LIMITS.blockBytes + 10;

function aFeeder(content = new Blob([new Uint8Array(SIZE)])) {
  const sent: BytesMessage[] = [];
  const progress: number[] = [];
  const feeder = createBlockFeeder({
    content,
    contentId: CONTENT_ID,
    send: (message) => sent.push(message),
    progress: (sixteenths) => progress.push(sixteenths),
  });
  const request = (first: number, count: number, contentId = CONTENT_ID): void =>
    feeder.receive({ type: 'bytes-wanted', contentId, first, count });
  const report = (sixteenths: number, contentId = CONTENT_ID): void =>
    feeder.receive({ type: 'progress', contentId, sixteenths } satisfies SandboxEvent);
  return { feeder, sent, progress, request, report };
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('nothing is sent without a request', async () => {
  const { sent } = aFeeder();
  await settle();
  expect(sent).toEqual([]);
});
test('a request gets its blocks: fewer bytes at the end, none after it', async () => {
  const { sent, request } = aFeeder();
  request(0, 1);
  request(1, 16);
  request(5, 1);
  await settle();
  expect(sent.map(({ first, bytes }) => [first, bytes.byteLength])).toEqual([
    [0, LIMITS.blockBytes],
    [1, SIZE - LIMITS.blockBytes],
    [5, 0],
  ]);
});
test('a file that can no longer be read gives no bytes', async () => {
  const content = new Blob(['x']);
  content.slice = () => Object.assign(new Blob(['x']), { arrayBuffer: () => Promise.reject(new Error('moved')) });
  const { sent, request } = aFeeder(content);
  request(0, 1);
  await settle();
  expect(sent.map(({ bytes }) => bytes.byteLength)).toEqual([0]);
});
test('requests of another item, or after the stop, get no answer', async () => {
  const { feeder, sent, progress, request, report } = aFeeder();
  request(0, 1, CONTENT_ID + 1);
  report(3, CONTENT_ID + 1);
  request(0, 1);
  feeder.stop(); // while the block is read
  request(1, 1);
  report(4);
  await settle();
  expect(sent).toEqual([]);
  expect(progress).toEqual([]);
});
test('progress only rises', () => {
  const { progress, report } = aFeeder();
  for (const sixteenths of [2, 1, 2, 5, 16, 3]) report(sixteenths);
  expect(progress).toEqual([2, 5, 16]);
});
