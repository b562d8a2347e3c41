import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromInstant, toInstant } from '@lodestone/protocol/time';
import { checkBasis, checkOrderPower, orderState } from '@lodestone/trust';
import { ENDPOINT, makeOrder } from './order/make-order.ts';

const minute = fc.integer({ min: 0, max: 40_000_000 }).map((minutes) => minutes * 60_000);

describe('the period', () => {
  test('an order is not yet in force, then in force, then ended, and never goes back', () => {
    fc.assert(
      fc.property(minute, fc.integer({ min: 1, max: 700 * 1440 }), minute, (start, minutes, now) => {
        const order = makeOrder({ notBefore: toInstant(start), notAfter: toInstant(start + minutes * 60_000) });
        const state = orderState(order, now);
        if (now < start) expect(state).toBe('not-yet');
        else if (now < start + minutes * 60_000) expect(state).toBe('in-force');
        else expect(state).toBe('ended');
      }),
    );
  });

  test('the period includes notBefore and excludes notAfter', () => {
    const order = makeOrder();
    const [start, end] = [fromInstant(order.notBefore), fromInstant(order.notAfter)];
    expect([start - 1, start, end - 1, end].map((now) => orderState(order, now))).toEqual([
      'not-yet',
      'in-force',
      'in-force',
      'ended',
    ]);
  });
});

describe('a source’s power', () => {
  const table = [
    { basis: 'order', power: 'orders', counts: true },
    { basis: 'order', power: 'lists', counts: false },
    { basis: 'order', power: 'provider', counts: false },
    { basis: 'consent', power: 'orders', counts: false },
    { basis: 'consent', power: 'lists', counts: false },
    { basis: 'consent', power: 'provider', counts: true },
    { basis: 'provider-policy', power: 'orders', counts: false },
    { basis: 'provider-policy', power: 'lists', counts: false },
    { basis: 'provider-policy', power: 'provider', counts: true },
  ] as const;
  test.for(table)('basis $basis from authorities.$power counts: $counts', ({ basis, power, counts }) => {
    const order = makeOrder({ basis });
    for (const ask of [() => checkBasis(order, power), () => checkOrderPower(order, { power, endpoint: ENDPOINT })]) {
      if (counts) expect(ask()).toBeUndefined();
      else expect(ask).toThrow(expect.objectContaining({ code: 'ERR_TRUST_POWER' }));
    }
  });
});

describe('the endpoint', () => {
  const by = (endpoint: string) => ({ power: 'orders', endpoint }) as const;
  test.for([
    'https://signals.example/v1/signals?x',
    'https://signals.example:444/v1/signals',
    'https://signals.example.evil/v1/signals',
    'https://signals.example/v1/signals/',
  ])('an order with another endpoint than %s is refused', (endpoint) => {
    expect(() => checkOrderPower(makeOrder(), by(endpoint))).toThrow(
      expect.objectContaining({ code: 'ERR_TRUST_ENDPOINT' }),
    );
  });
  test('two spellings of the same URL match', () => {
    expect(checkOrderPower(makeOrder(), by('https://SIGNALS.example:443/v1/signals'))).toBeUndefined();
  });
  test('an order without signals needs no endpoint', () => {
    const { receiver: _, ...silent } = makeOrder();
    expect(checkOrderPower(silent, by('https://elsewhere.example/'))).toBeUndefined();
  });
});
