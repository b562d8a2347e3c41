/** Banners say whether a signal, a list or a model is meant, and each is acknowledged by itself. */
import type { GuardStatus, Notice, OrderDigest, OrderStatus, SignalNotice } from '@lodestone/client';
import { createFakeGuard } from '@lodestone/client/testing';
import { expect, test } from 'vitest';
import type { Contests, Outcome } from '../src/contest.ts';
import { Banners } from '../src/ui/banners.ts';

const NO_CONTESTS: Contests = { contest: () => Promise.reject(), outcome: () => Promise.resolve(undefined) };
const ORDER = 'a'.repeat(64) as OrderDigest;
const order = {
  orderDigest: ORDER,
  state: 'in-force',
  order: { summary: { en: 'Pictures are checked.' }, service: { name: 'The chat' } },
} as unknown as OrderStatus;
const about = (reference: string): Pick<GuardStatus['lists'][number], 'reference'> & { orders: OrderDigest[] } => ({
  reference: reference as never,
  orders: [ORDER],
});
const notices: Notice[] = [
  { kind: 'signal', id: '1', orderDigest: ORDER, since: '2026-11-24T00:00:00Z' as never, delivery: 'sent' },
  {
    kind: 'list-grew',
    id: '2',
    ...about('lists:v1/lists/demo/manifest.json'),
    from: { version: 1, records: 100 },
    to: { version: 2, records: 126 },
  },
  { kind: 'model-replaced', id: '3', ...about('provider:v1/models/shapes/manifest.json'), from: 1, to: 2 },
];

test('a list and a model of one order have one banner each', () => {
  const guard = createFakeGuard({
    answer: { outcome: 'clear', action: 'allow', orders: [] },
    status: { orders: [order], notices },
  });
  const banners = new Banners(guard, NO_CONTESTS, () => undefined);
  const shown = (): (string | null)[] => [...banners.region.children].map((one) => one.getAttribute('aria-label'));
  banners.show();
  expect(shown()).toEqual(['A match was signalled', 'A list grew', 'A model was replaced']);
  expect(banners.region.children[1]?.textContent).toContain(
    'The list "demo" had 100 records and has 126 now. Pictures are checked.',
  );
  expect(banners.region.children[2]?.textContent).toContain('The model "shapes" was replaced');

  banners.region.children[1]?.querySelector('button')?.click();
  banners.show();
  expect(shown()).toEqual(['A match was signalled', 'A model was replaced']);
  expect(guard.status.notices.map(({ id }) => id)).toEqual(['1', '3']);
});

test('the banner of a model that finds what it found before names the version between', () => {
  const returned: Notice[] = notices.map((one) =>
    one.kind === 'model-replaced' ? { ...one, to: 3, through: 2 } : one,
  );
  const guard = createFakeGuard({
    answer: { outcome: 'clear', action: 'allow', orders: [] },
    status: { orders: [order], notices: returned },
  });
  const banners = new Banners(guard, NO_CONTESTS, () => undefined);
  banners.show();
  expect(banners.region.children[2]?.textContent).toContain('It finds the same as before now.');
});

test('the notice of a signal with a receipt contests it: the text goes out once, and the answer is shown when there is one', async () => {
  const guard = createFakeGuard({
    answer: { outcome: 'clear', action: 'allow', orders: [] },
    status: { orders: [order], notices: [{ ...(notices[0] as SignalNotice), receipt: 'MFRG-GZDF-MZTW-Q2LK' }] },
  });
  const sent: string[] = [];
  const outcomes: Outcome[] = [];
  const contests: Contests = {
    contest(receipt, text) {
      sent.push(`${receipt} ${text}`);
      return sent.length === 1 ? Promise.reject(new Error('offline')) : Promise.resolve('2026-12-14');
    },
    outcome: () => Promise.resolve(outcomes[0]),
  };
  const banners = new Banners(guard, contests, () => undefined);
  banners.show();
  document.body.append(banners.region);
  const find = <E extends Element>(selector: string): E => banners.region.querySelector<E>(selector) as E;
  const state = (): string => find('[role=status]').textContent ?? '';
  find<HTMLTextAreaElement>('textarea').value = 'My dog.';
  for (const expected of ['Try again later.', 'There is an answer by 2026-12-14']) {
    find<HTMLButtonElement>('form button').click();
    await expect.poll(state).toContain(expected);
  }
  expect(sent).toEqual(['MFRG-GZDF-MZTW-Q2LK My dog.', 'MFRG-GZDF-MZTW-Q2LK My dog.']);
  const ask = find<HTMLButtonElement>('.contest > button');
  ask.click();
  await expect.poll(state).toBe('There is no answer yet.');
  outcomes.push({ outcome: 'overturned', answer: '<b>A dog.</b>' });
  ask.click();
  await expect.poll(state).toBe('The decision was overturned. <b>A dog.</b>');
  banners.region.remove();
});
