/** An authority stages only documents that match their schema, its power and the legal rules. orders-are-judged-by-their-jurisdiction has the rules. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  importList,
  publish,
  stageKeys,
  stageOrder,
  suppressEntries,
  verifyRepository,
  withdrawTarget,
} from '@lodestone/authority';
import { check } from '@lodestone/protocol/document';
import { DetectionOrder, printOrder } from '@lodestone/protocol/order';
import { newAuthority, NOW } from './support/authority-folder.ts';
import { KEYS, order } from './support/documents.ts';

describe('staging', () => {
  test('an order is published in canonical form at a path with its id', async () => {
    const { directory } = await newAuthority('orders');
    expect(await stageOrder({ directory, order: order(), now: NOW })).toMatchObject({
      path: 'v1/orders/demo-order.json',
    });
    const staged = await readFile(path.join(directory, 'staged/v1/orders/demo-order.json'));
    expect(staged.equals(printOrder(check(DetectionOrder, order(), 'order')))).toBe(true);
  });

  test('the error for an order with a key of another version names this version', async () => {
    const { directory } = await newAuthority('orders');
    const old: unknown = JSON.parse(JSON.stringify(order()).replaceAll('"threshold":', '"after":'));
    await expect(stageOrder({ directory, order: old, now: NOW })).rejects.toMatchObject({
      code: 'ERR_SCHEMA',
      message: expect.stringMatching(
        /detect\.0\.signal: unknown key after.*This release reads lodestone\/order\/v1/,
      ) as unknown,
    });
  });

  test.for([
    ['of another shape', order({ basis: 'curiosity' }), 'ERR_SCHEMA'],
    ['with an unknown member', { ...(order() as object), user: 'someone' }, 'ERR_SCHEMA'],
    ['that signals what is received', order({ surfaces: ['receive'] }), 'ERR_SCHEMA'],
    ['of the provider’s basis', order({ basis: 'provider-policy' }), 'ERR_TRUST_POWER'],
    ['that the law excludes', order({ legal: { instrument: 'x', jurisdiction: 'GB' } }), 'ERR_ORDER_LAW'],
    [
      'that has ended',
      order({ notBefore: '2025-11-24T08:00:00Z', notAfter: '2026-11-24T08:00:00Z' }),
      'ERR_TRUST_EXPIRED',
    ],
  ] as const)('an order %s is refused', async ([, document, code]) => {
    const { directory } = await newAuthority('orders');
    await expect(stageOrder({ directory, order: document, now: NOW })).rejects.toMatchObject({ code });
  });

  test('an order whose threshold is too high for its send slots is staged with a warning', async () => {
    const { directory } = await newAuthority('orders');
    const example = order() as DetectionOrder;
    const [item] = example.detect;
    const { receiver } = example;
    const warningsOf = async (threshold: number, slotsPerDay: number): Promise<string[]> => {
      const signal = { surfaces: ['send'], evidence: ['exact'], threshold, withinDays: 2 };
      const document = { ...example, detect: [{ ...item, signal }], receiver: { ...receiver, slotsPerDay } };
      return (await stageOrder({ directory, order: document, now: NOW })).warnings;
    };
    expect(await warningsOf(4, 8)).toEqual([]);
    expect(await warningsOf(5, 8)).toEqual([expect.stringContaining('Use at least 10 slotsPerDay')]);
    expect(await warningsOf(5, 10)).toEqual([]);
  });

  test('a provider stages and withdraws its policy and keys', async () => {
    const { directory, rootFile } = await newAuthority('provider');
    await stageOrder({ directory, order: order({ basis: 'provider-policy' }), now: NOW });
    await stageKeys({ directory, name: 'receiver', keys: KEYS });
    const root = await readFile(rootFile);
    const now = async () => {
      const { repository } = await publish({ directory, now: NOW });
      const { orders, keys } = await verifyRepository({ repository, root, now: NOW });
      return [...orders, ...keys].map(({ path: target }) => target);
    };
    expect(await now()).toEqual(['v1/orders/demo-order.json', 'v1/keys/receiver.json']);
    await withdrawTarget({ directory, path: 'v1/orders/demo-order.json' });
    expect(await now()).toEqual(['v1/keys/receiver.json']);
    await expect(withdrawTarget({ directory, path: 'v1/orders/demo-order.json' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
    await expect(withdrawTarget({ directory, path: '../../root.json' })).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
  });

  test('invalid keys are refused', async () => {
    const { directory } = await newAuthority('provider');
    const keys = { schema: 'lodestone/keys/v1', keys: [] };
    await expect(stageKeys({ directory, name: 'receiver', keys })).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
    await expect(stageKeys({ directory, name: '../x', keys: KEYS })).rejects.toMatchObject({ code: 'ERR_SCHEMA' });
  });
});

describe('an authority publishes only what apps accept from it', () => {
  const what = {
    'import a list': (directory: string) =>
      importList({ directory, list: 'demo', source: directory, purpose: 'verified', by: 'x', now: NOW }),
    'suppress an entry': (directory: string) =>
      suppressEntries({ directory, list: 'demo', entries: [1], by: 'x', now: NOW }),
    'stage keys': (directory: string) => stageKeys({ directory, name: 'receiver', keys: KEYS }),
    'stage an order': (directory: string) => stageOrder({ directory, order: order(), now: NOW }),
    'stage its policy': (directory: string) => stageOrder({ directory, order: order({ basis: 'consent' }), now: NOW }),
  };
  test.for([
    ['orders', 'import a list'],
    ['orders', 'suppress an entry'],
    ['orders', 'stage keys'],
    ['orders', 'stage its policy'],
    ['provider', 'import a list'],
    ['provider', 'suppress an entry'],
    ['provider', 'stage an order'],
    ['lists', 'stage keys'],
    ['lists', 'stage an order'],
    ['lists', 'stage its policy'],
  ] as const)('the power "%s" does not %s', async ([power, does]) => {
    const { directory } = await newAuthority(power);
    await expect(what[does](directory)).rejects.toMatchObject({ code: 'ERR_TRUST_POWER' });
  });
});
