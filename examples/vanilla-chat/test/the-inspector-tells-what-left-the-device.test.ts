/** The inspector's field tables are those of the contract, and its story of a check never claims that something left when nothing could. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Check, GuardStatus, OrderDigest, OrderStatus } from '@lodestone/client';
import { createFakeGuard } from '@lodestone/client/testing';
import { expect, test } from 'vitest';
import type { CheckRecord } from '../src/device.ts';
import { type Field, READ, SEEN } from '../src/inspector/signal-bytes.ts';
import { storyOf } from '../src/inspector/story.ts';

const contracts = readFileSync(path.join(import.meta.dirname, '../../../docs/design/contracts.md'), 'utf8');
const section = contracts.slice(contracts.indexOf('\n## Signal\n'), contracts.indexOf('\n## Subject ids\n'));
const [seen = [], read = []] = section
  .split('| at | bytes | what |')
  .slice(1)
  .map((table) => [...table.matchAll(/^\| (\d+) \| (\d+) \|/gm)].map(([, at, bytes]) => [Number(at), Number(bytes)]));

test.each([
  ['an eavesdropper', SEEN, seen, 256],
  ['the receiver', READ, read, 192],
] as const)(
  'what %s sees has the fields of the contract, without a gap',
  (_, fields: readonly Field[], expected, length) => {
    expect(fields.map(({ at, bytes }) => [at, bytes])).toEqual(expected);
    expect(fields.reduce((end, { at, bytes }) => (at === end ? at + bytes : Number.NaN), 0)).toBe(length);
  },
);

const DIGEST = 'a'.repeat(64) as OrderDigest;
function statusWith(signal: boolean): GuardStatus {
  const order = {
    id: 'demo',
    issuer: { authority: 'Demo authority' },
    legal: { instrument: 'Invented Act' },
    detect: [{ signal: signal ? { surfaces: ['send'] } : undefined }],
    receiver: signal ? { endpoint: 'https://signals.example/' } : undefined,
  };
  const orders = [{ orderDigest: DIGEST, state: 'in-force', order }] as unknown as OrderStatus[];
  return createFakeGuard({ answer: checkOf('clear'), status: { orders } }).status;
}
const checkOf = (outcome: Check['outcome']): Check =>
  ({
    outcome,
    action: outcome === 'match' ? 'block' : 'allow',
    orders: [DIGEST],
    reason: 'no-order',
  }) as unknown as Check;

const OUTCOMES = ['clear', 'skipped', 'match', 'sensitive', 'unscannable'] as const;
for (const surface of ['send', 'receive'] as const)
  for (const outcome of OUTCOMES)
    for (const signal of [true, false]) {
      const may = signal && surface === 'send' && (outcome === 'match' || outcome === 'sensitive');
      test(`${surface}, ${outcome}, an order that ${signal ? 'signals' : 'does not signal'}: ${may ? 'a signal may leave' : 'nothing'}`, () => {
        const record = { id: '1', surface, check: checkOf(outcome) } as unknown as CheckRecord & { check: Check };
        const story = storyOf(record, statusWith(signal));
        expect(story.left.includes('256 bytes')).toBe(may);
        expect(story.left.startsWith('Nothing')).toBe(true); // a signal leaves later, if at all
        expect(story.went.startsWith('Into the sandbox')).toBe(outcome !== 'skipped');
        expect(story.decided).toContain('Order demo of Demo authority, under Invented Act');
      });
    }
