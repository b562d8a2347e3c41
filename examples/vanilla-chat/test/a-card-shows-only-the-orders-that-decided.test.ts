/** A blocked or questioned file shows the summary and help of the orders that decided, and of no other order in force. */
import type { OrderDigest, OrderStatus } from '@lodestone/client';
import { createFakeGuard } from '@lodestone/client/testing';
import { expect, test } from 'vitest';
import { wordsOfOrders } from '../src/lodestone.ts';

const [LIST, MODEL] = ['a'.repeat(64), 'b'.repeat(64)] as [OrderDigest, OrderDigest];

/** An order in force, as far as the card reads it. */
function order(orderDigest: OrderDigest, summary: string, phone: string): OrderStatus {
  const document = { summary: { en: summary }, help: [{ language: 'en', name: summary, phone }] };
  return { orderDigest, state: 'in-force', order: document } as unknown as OrderStatus;
}
const orders = [order(LIST, 'A match is signalled.', '+1'), order(MODEL, 'Nothing is signalled.', '+2')];

test.each([
  ['a list', [LIST], ['A match is signalled.'], ['+1']],
  ['a model', [MODEL], ['Nothing is signalled.'], ['+2']],
  ['both', [LIST, MODEL], ['A match is signalled.', 'Nothing is signalled.'], ['+1', '+2']],
  ['an order that is gone', ['c'.repeat(64) as OrderDigest], [], []],
] as const)('a block by %s', (_, decided, summaries, labels) => {
  const answer = { outcome: 'match', action: 'block', orders: [...decided] } as const;
  const guard = createFakeGuard({ answer, status: { orders } });
  const words = wordsOfOrders(guard, answer, ['en']);
  expect(words.summaries).toEqual(summaries);
  expect(words.help.map(({ label }) => label)).toEqual(labels);
});
