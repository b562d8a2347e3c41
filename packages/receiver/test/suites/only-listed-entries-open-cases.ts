/** Entries are checked against the list version that a signal names; suppressed entries are marked and close their cases. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { toHex } from '@lodestone/protocol/bytes';
import type { Name } from '@lodestone/protocol/name';
import { printSuppression } from '@lodestone/protocol/release';
import { LIST_PURPOSES } from '@lodestone/protocol/purpose';
import { toDay } from '@lodestone/protocol/time';
import { sha256Hex, windowOf } from '@lodestone/trust';
import { afterEach, expect, test } from 'vitest';
import type { Case } from '../../src/cases/cases.ts';
import type { OutcomeCounts } from '../../src/ingest/outcome.ts';
import { storeBatch } from '../../src/ingest/store.ts';
import { loadOrders } from '../../src/sources/load-orders.ts';
import { ENTRIES, list, LIST, listFile, LIST_PATH } from '../support/documents.ts';
import type { Subject, World } from '../support/world.ts';

const SUPPRESSION = 'v1/lists/known/suppression.json';

export function onlyListedEntriesOpenCases(the: () => World): void {
  afterEach(async () => {
    await the().authorities.lists.publish(list(1));
    await the().database.db.deleteFrom('suppressed').execute();
  });
  const digestOf = (version: Record<string, Uint8Array>): AnyDigest =>
    sha256Hex<AnyDigest>(version[LIST_PATH] ?? new Uint8Array());
  const outcomeOf = async (world: World, change: Parameters<World['match']>[0]): Promise<string> => {
    const before = await world.receiver.counts();
    await world.send(world.match({ ...(await world.subjectId()), ...change }));
    const after = await world.receiver.counts();
    const names = Object.keys(after) as (keyof OutcomeCounts)[];
    return names.filter((name) => after[name] !== before[name]).join(' ');
  };
  const caseOf = async ({ pseudonym }: Subject): Promise<Case | undefined> =>
    (await the().receiver.cases()).find((each) => each.pseudonym === toHex(pseudonym));

  test('entries 12345 and 777, which are on no list, open no case', async () => {
    const world = the();
    const subject = await world.subject();
    for (const entry of [12_345, 777]) await world.send(world.match({ ...subject.id(), entry }));
    expect(await caseOf(subject)).toBeUndefined();
    expect(await outcomeOf(world, { entry: 12_345 })).toBe('unknownEntry');
  });

  test('an entry counts in the versions from its first to its last, and in no other', async () => {
    const world = the();
    const versions = [
      list(11, listFile([...ENTRIES, 500])),
      list(12, listFile([...ENTRIES, 500, 600])),
      list(13, listFile([...ENTRIES, 600])),
    ];
    for (const version of versions) {
      await world.authorities.lists.publish(version);
      expect(await world.receiver.refresh()).toEqual({ failed: [] });
    }
    const outcomes = [];
    for (const version of versions)
      for (const entry of [500, 600])
        outcomes.push(await outcomeOf(world, { entry, manifestDigest: digestOf(version) }));
    expect(outcomes).toEqual(['counted', 'unknownEntry', 'counted', 'counted', 'unknownEntry', 'counted']);
    expect(await outcomeOf(world, { entry: 1 })).toBe('counted'); // the first version, which devices may still hold
  });

  test('an exact match counts only for an entry with a SHA-256 row', async () => {
    const world = the();
    const version = list(14, listFile([...ENTRIES, 700], ['pdq']));
    await world.authorities.lists.publish(version);
    expect(await world.receiver.refresh()).toEqual({ failed: [] });
    expect(await outcomeOf(world, { entry: 700, manifestDigest: digestOf(version) })).toBe('unknownEntry');
  });

  test('confirmed near matches alone open no case; one exact match does', async () => {
    const world = the();
    const { orders } = await loadOrders(world.database.db);
    const order = orders.get(world.digests.pseudonym);
    if (!order) throw new Error('no order');
    const subject = await world.subject();
    const arrivalDay = toDay(world.now);
    const item = {
      reference: LIST,
      threshold: 2,
      withinDays: 10,
      countingWindowStart: windowOf(10, arrivalDay).firstDay,
    };
    const store = (entry: number, evidence: 'confirmed' | 'exact'): Promise<void> =>
      storeBatch(
        world.database.db,
        [
          {
            outcome: 'counted',
            signal: world.match({ ...subject.id(), entry, evidence, confirmBucket: evidence === 'exact' ? 0 : 9 }),
            order,
            item,
            arrivalDay,
          },
        ],
        world.now,
      );
    for (const entry of [1, 2, 3]) await store(entry, 'confirmed');
    expect(await caseOf(subject)).toBeUndefined();
    await store(1, 'exact');
    expect((await caseOf(subject))?.entries.map(({ entry }) => entry)).toEqual([1, 2, 3]);
  });

  test('a list file that does not match its manifest is refused, and its version stays unknown', async () => {
    const world = the();
    const good = list(15, listFile([...ENTRIES, 800]));
    const bad = { ...good, 'v1/lists/known/15.lode': listFile([...ENTRIES, 801]) };
    await world.authorities.lists.publish(bad);
    expect(await world.receiver.refresh()).toEqual({ failed: ['lists'] });
    const before = await world.receiver.waiting();
    expect(await outcomeOf(world, { entry: 801, manifestDigest: digestOf(good) })).toBe('');
    expect(await world.receiver.waiting()).toBe(before + 1);
    await world.authorities.lists.publish(list(16));
    await world.receiver.refresh();
  });

  test.each(LIST_PURPOSES.filter((purpose) => purpose !== 'verified'))(
    'entries of a list of the purpose "%s" open no case: their signals wait',
    async (purpose) => {
      const world = the();
      const subject = await world.subject();
      const unverified = list(17, listFile([900, 901]), purpose);
      await world.authorities.lists.publish(unverified);
      expect(await world.receiver.refresh()).toEqual({ failed: [] });
      const before = { counts: await world.receiver.counts(), waiting: await world.receiver.waiting() };
      const send = (entry: number, version: Record<string, Uint8Array>): Promise<number> =>
        world.send(world.match({ ...subject.id(), entry, manifestDigest: digestOf(version) }));
      for (const entry of [900, 901]) await send(entry, unverified);
      await world.receiver.refresh();
      expect(await world.receiver.counts()).toEqual(before.counts);
      expect(await world.receiver.waiting()).toBe(before.waiting + 2);
      expect(await caseOf(subject)).toBeUndefined();

      // The same entries, on a verified list of the same name, open one.
      const verified = list(18, listFile([900, 901]));
      await world.authorities.lists.publish(verified);
      await world.receiver.refresh();
      for (const entry of [900, 901]) await send(entry, verified);
      expect(await caseOf(subject)).toMatchObject({ entries: [{ version: 18 }, { version: 18 }] });
    },
  );

  test('a suppressed entry is marked and closes the case that it leaves below the threshold', async () => {
    const world = the();
    const [both, other] = [await world.subject(), await world.subject()];
    for (const entry of [41, 42]) await world.send(world.match({ ...both.id(), entry }));
    for (const entry of [42, 43, 44]) await world.send(world.match({ ...other.id(), entry }));
    expect([(await caseOf(both))?.status, (await caseOf(other))?.status]).toEqual(['open', 'open']);
    const entries = [42];
    const suppression = printSuppression({ schema: 'lodestone/suppression/v1', list: 'known' as Name, entries });
    await world.authorities.lists.publish({ ...list(1), [SUPPRESSION]: suppression });
    expect(await world.receiver.refresh()).toEqual({ failed: [] });
    expect(await caseOf(both)).toMatchObject({
      status: 'closed',
      entries: [
        { entry: 41, isSuppressed: false },
        { entry: 42, isSuppressed: true },
      ],
    });
    expect((await caseOf(other))?.status).toBe('open');
    await world.send(world.match({ ...both.id(), entry: 45 }));
    expect((await caseOf(both))?.status).toBe('open');

    const late = await world.subject();
    for (const entry of [41, 42]) await world.send(world.match({ ...late.id(), entry }));
    expect(await caseOf(late)).toBeUndefined();
  });
}
