/** The subject ids on a device: each is taken once, by its own account, on days that it covers. */
import {
  DAY_MS,
  type Day,
  lastDayOf,
  type LodestoneError,
  type Month,
  monthOf,
  toDay,
  toHex,
} from '@lodestone/protocol';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { digestOfAccount, openSubjectIds, type SubjectIds } from '../src/network/outbox/subject-ids.ts';
import { memoryStorage } from '../src/network/storage/memory.ts';
import type { Storage } from '../src/network/storage/transaction.ts';
import { subjectBatch } from './subject-batch.ts';
import { ENDPOINT } from './world.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const TODAY = toDay(NOW);
const [A, B] = [await digestOfAccount('alice'), await digestOfAccount('bob')];
const stopping: AbortController[] = [];
afterEach(() => {
  for (const one of stopping.splice(0)) one.abort();
});

interface Device {
  ids: SubjectIds;
  storage: Storage;
  clock: { now: number };
  requested: string[];
  errors: (LodestoneError | undefined)[];
  /** Wakes the store and waits until it has answered. */
  wake(): Promise<void>;
}

function device(
  account: string | undefined,
  fetchIds: (month: string) => Promise<Uint8Array> = subjectBatch,
  storage: Storage = memoryStorage(),
  isRequired = true,
): Device {
  const stop = new AbortController();
  stopping.push(stop);
  const clock = { now: NOW };
  const requested: string[] = [];
  const errors: (LodestoneError | undefined)[] = [];
  const ids = openSubjectIds({
    storage,
    account,
    fetchIds: (month) => {
      requested.push(month);
      return fetchIds(month);
    },
    endpoint: ENDPOINT,
    isRequired: () => isRequired,
    random: Math.random,
    now: () => clock.now,
    onLook: (error) => errors.push(error),
    stop: stop.signal,
  });
  return {
    ids,
    storage,
    clock,
    requested,
    errors,
    async wake() {
      const before = errors.length;
      ids.wake();
      await vi.waitFor(() => expect(errors.length).toBeGreaterThan(before), { timeout: 10_000 });
    },
  };
}

async function takeAll(ids: SubjectIds, account: string, day: Day): Promise<string[]> {
  const taken: string[] = [];
  for (let id = await ids.take(account, day); id; id = await ids.take(account, day)) taken.push(toHex(id.signalId));
  return taken;
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('ids of one account', () => {
  test('40 ids are taken, each once; then there are none', async () => {
    const { ids, wake } = device(A);
    expect(await ids.take(A, TODAY)).toBeUndefined();
    await wake();
    expect(new Set(await takeAll(ids, A, TODAY)).size).toBe(40);
    expect(await ids.take(A, TODAY)).toBeUndefined();
  });
  test('two tabs that take at the same time never take the same id', async () => {
    const one = device(A);
    await one.wake();
    const other = device(A, subjectBatch, one.storage);
    const taken = await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 ? one : other).ids.take(A, TODAY)));
    const ids = taken.flatMap((id) => (id ? [toHex(id.signalId)] : []));
    expect([ids.length, new Set(ids).size]).toEqual([40, 40]);
  });
  test('the batch is requested once a month, and not again when all ids are taken', async () => {
    const { ids, wake, requested, clock } = device(A);
    await wake();
    await takeAll(ids, A, TODAY);
    ids.wake();
    await settled();
    clock.now = Date.parse('2026-12-08T00:00:00Z');
    await wake();
    expect(requested).toEqual(['2026-11', '2026-12']);
  });
  test('of two tabs that are due at the same time, one sends the request', async () => {
    const one = device(A);
    const other = device(A, subjectBatch, one.storage);
    one.ids.wake();
    other.ids.wake();
    await vi.waitFor(() => expect(one.errors.length + other.errors.length).toBe(1), { timeout: 10_000 });
    await settled();
    expect(one.requested.length + other.requested.length).toBe(1);
  });
  test('an answer that arrives after another tab’s does not bring taken ids back', async () => {
    const answers: PromiseWithResolvers<Uint8Array>[] = [];
    const slow = (): Promise<Uint8Array> => {
      answers.push(Promise.withResolvers<Uint8Array>());
      return answers.at(-1)?.promise ?? never();
    };
    const one = device(A, slow);
    one.ids.wake();
    await vi.waitFor(() => expect(answers).toHaveLength(1), { timeout: 10_000 });
    const other = device(A, slow, one.storage);
    other.clock.now = NOW + DAY_MS; // the first tab was frozen, so its request is repeated
    other.ids.wake();
    await vi.waitFor(() => expect(answers).toHaveLength(2), { timeout: 10_000 });
    const same = await subjectBatch('2026-11'); // a service that answers both with the same ids
    answers[1]?.resolve(same);
    await vi.waitFor(() => expect(other.errors).toEqual([undefined]), { timeout: 10_000 });
    const first = await takeAll(other.ids, A, TODAY);
    answers[0]?.resolve(same);
    await vi.waitFor(() => expect(one.errors).toEqual([undefined]), { timeout: 10_000 });
    expect([first.length, await takeAll(one.ids, A, TODAY)]).toEqual([40, []]);
  });
  test('while the account service is down, requests are repeated, also after a restart, and last month’s ids are used', async () => {
    const one = device(A);
    await one.wake();
    const down = () => Promise.reject(new Error('503'));
    const other = device(A, down, one.storage);
    for (const date of ['2026-12-08', '2026-12-09', '2026-12-20', '2026-12-31']) {
      other.clock.now = Date.parse(date);
      await other.wake();
      expect(await other.ids.take(A, toDay(other.clock.now))).toBeDefined();
    }
    expect(other.requested).toEqual(['2026-12', '2026-12', '2026-12', '2026-12']);
    other.clock.now = Date.parse('2027-01-08');
    await other.wake();
    expect(await other.ids.take(A, toDay(other.clock.now))).toBeUndefined();
  });
  test('a restart during a request repeats it no sooner than its pause', async () => {
    const one = device(A, () => new Promise(() => undefined));
    one.ids.wake();
    await vi.waitFor(() => expect(one.requested).toHaveLength(1), { timeout: 10_000 });
    const after = device(A, subjectBatch, one.storage);
    after.ids.wake();
    await settled();
    expect(after.requested).toEqual([]);
    after.clock.now = NOW + 61_000;
    await after.wake();
    expect(after.requested).toEqual(['2026-11']);
  });
  test('without an order that requires a pseudonym, none is requested', async () => {
    const { ids, requested } = device(A, subjectBatch, memoryStorage(), false);
    ids.wake();
    await settled();
    expect(requested).toEqual([]);
  });
});

describe('ids of another account', () => {
  test('are not taken by this one, and are there when it signs in again', async () => {
    const alice = device(A);
    await alice.wake();
    const bob = device(B, (month) => subjectBatch(month, { pseudonym: 6 }), alice.storage);
    expect(await bob.ids.take(B, TODAY)).toBeUndefined();
    await bob.wake();
    expect((await bob.ids.take(B, TODAY))?.pseudonym).toEqual(new Uint8Array(16).fill(6));
    expect((await alice.ids.take(A, TODAY))?.pseudonym).toEqual(new Uint8Array(16).fill(5));
  });
  test('storage has digests of 8 bytes in place of account names', async () => {
    const { wake, storage } = device(await digestOfAccount('alice@mail.example'));
    await wake();
    const stored = await storage.transact(['subject-ids'], (tx) => tx.all('subject-ids'));
    expect(stored[0]?.[1].account).toMatch(/^[0-9a-f]{16}$/);
    expect(JSON.stringify(stored)).not.toContain('alice');
  });
});

describe('days', () => {
  test('last month’s ids cover this month until this month’s are there, and no later month', async () => {
    const { ids, wake, clock } = device(A);
    await wake();
    const next = toDay(Date.parse('2026-12-31'));
    expect((await ids.take(A, next))?.lastDay).toBe(lastDayOf('2026-11' as Month));
    expect(await ids.take(A, (next + 1) as Day)).toBeUndefined();
    clock.now = Date.parse('2026-12-08');
    await wake();
    expect((await ids.take(A, next))?.lastDay).toBe(lastDayOf('2026-12' as Month));
  });
  test('ids that were fetched by a clock a month ahead cover no day of this month; the corrected clock fetches this month’s', async () => {
    const { ids, wake, clock, requested } = device(A);
    clock.now = Date.parse('2026-12-24');
    await wake();
    expect(await ids.take(A, TODAY)).toBeUndefined();
    clock.now = NOW;
    await wake();
    expect((await ids.take(A, TODAY))?.lastDay).toBe(lastDayOf('2026-11' as Month));
    expect(requested).toEqual(['2026-12', '2026-11']);
  });
  test('a clock a month behind fetches last month’s ids, and the corrected clock this month’s', async () => {
    const { ids, wake, clock, requested } = device(A);
    clock.now = Date.parse('2026-10-24');
    await wake();
    clock.now = NOW;
    await wake();
    expect((await ids.take(A, TODAY))?.lastDay).toBe(lastDayOf('2026-11' as Month));
    expect(requested).toEqual(['2026-10', '2026-11']);
  });
  test('batches that ended two months ago are deleted, those of other accounts too', async () => {
    const alice = device(A);
    await alice.wake();
    const bob = device(B, subjectBatch, alice.storage);
    bob.clock.now = Date.parse('2027-04-10');
    await bob.wake();
    const stored = await bob.storage.transact(['subject-ids'], (tx) => tx.all('subject-ids'));
    expect(stored.map(([key]) => key)).toEqual([`${B} 2027-04`]);
  });
});

describe('an answer that is not the requested batch is an error, and nothing is stored', () => {
  test.each<[string, () => Promise<Uint8Array>]>([
    ['of another month', () => subjectBatch('2026-10')],
    ['for another endpoint', () => subjectBatch('2026-11', { endpoint: `${ENDPOINT}/other` })],
    ['of 32 bytes', async () => new Uint8Array(32).fill(5)],
    ['that is text', async () => 'ids' as unknown as Uint8Array],
    ['that fails', () => Promise.reject(new Error('503'))],
  ])('an answer %s', async (_, fetchIds) => {
    const { ids, wake, errors } = device(A, fetchIds);
    await wake();
    expect(errors).toMatchObject([{ code: 'ERR_SUBJECT' }]);
    expect(await ids.take(A, TODAY)).toBeUndefined();
  });
  test('without the option subject, the error names it', async () => {
    const { wake, errors } = device(undefined);
    await wake();
    expect(errors[0]?.message).toContain('Pass `subject` to createGuard');
    expect(monthOf(TODAY)).toBe('2026-11');
  });
});

function never(): never {
  throw new Error('an answer was pushed');
}
