/** A case opens when one subject's signals reach the threshold of distinct entries within one counting window. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { toHex } from '@lodestone/protocol/bytes';
import type { Name } from '@lodestone/protocol/name';
import { type Day, toDay } from '@lodestone/protocol/time';
import { expect, onTestFinished, test } from 'vitest';
import { type Case, readCaseEntries } from '../../src/cases/cases.ts';
import { LIST, MODEL, order } from '../support/documents.ts';
import { documents, type Subject, type World } from '../support/world.ts';

const on = (date: string): Day => toDay(Date.parse(date));

export function noCaseOpensBelowTheThreshold(the: () => World): void {
  const casesOf = async ({ pseudonym }: Subject): Promise<Case[]> =>
    (await the().receiver.cases()).filter((each) => each.pseudonym === toHex(pseudonym));

  test('signals on one entry open no case; a signal on a second entry does', async () => {
    const world = the();
    const subject = await world.subject();
    await Promise.all([1, 1, 1].map((entry) => world.send(world.match({ ...subject.id(), entry }))));
    expect(await casesOf(subject)).toEqual([]);
    await world.send(world.match({ ...subject.id(), entry: 4_294_967_295, day: on('2026-11-23') }));
    expect(await casesOf(subject)).toEqual([
      {
        caseNo: expect.any(Number),
        state: 'new',
        pseudonym: toHex(subject.pseudonym),
        order: { source: 'orders' as Name, orderId: 'pseudonym' as Name },
        status: 'open',
        moreEntries: 0,
        firstDay: '2026-11-23',
        lastDay: '2026-11-24',
        entries: [
          {
            kind: 'match',
            reference: LIST,
            version: 1,
            entry: 1,
            signals: 3,
            exactSignals: 3,
            level: 0,
            isSuppressed: false,
            isFlood: false,
            firstDay: '2026-11-24',
            lastDay: '2026-11-24',
          },
          {
            kind: 'match',
            reference: LIST,
            version: 1,
            entry: 4_294_967_295,
            signals: 1,
            exactSignals: 1,
            level: 0,
            isSuppressed: false,
            isFlood: false,
            firstDay: '2026-11-23',
            lastDay: '2026-11-23',
          },
        ],
      },
    ]);
  });

  test('entries in two counting windows do not add up', async () => {
    const world = the();
    const subject = await world.subject();
    await world.send(world.match({ ...subject.id(), entry: 1, day: on('2026-11-22') })); // the last day of a counting window
    await world.send(world.match({ ...subject.id(), entry: 2, day: on('2026-11-23') })); // the first day of the next one
    expect(await casesOf(subject)).toEqual([]);
    await world.send(world.match({ ...subject.id(), entry: 3, day: on('2026-11-24') }));
    const [shown] = await casesOf(subject);
    expect(shown?.entries.map(({ entry }) => entry)).toEqual([2, 3]);
  });

  test('entries of two subjects do not add up', async () => {
    const world = the();
    const [a, b] = [await world.subject(), await world.subject()];
    await world.send(world.match({ ...a.id(), entry: 1 }));
    await world.send(world.match({ ...b.id(), entry: 2 }));
    expect([...(await casesOf(a)), ...(await casesOf(b))]).toEqual([]);
  });

  test.each([[['low', 'high']], [['high', 'low']]] as const)(
    'of two versions of an order the least threshold applies, whichever signal comes first: %s',
    async (versions) => {
      const world = the();
      const path = 'v1/orders/raised.json';
      const publish = async (threshold: number): Promise<AnyDigest> => {
        const document = order('raised', { rule: { threshold } });
        const digests = await world.authorities.orders.publish({ ...documents, [path]: document });
        await world.receiver.refresh();
        return digests[path] as AnyDigest;
      };
      onTestFinished(async () => {
        await world.authorities.orders.publish(documents);
        await world.receiver.refresh();
      });
      const digests = { low: await publish(2), high: await publish(4) };
      const subject = await world.subject();
      const signals = versions.map((version, entry) =>
        world.match({ ...subject.id(), orderDigest: digests[version], entry: entry + 1 }),
      );
      // Together, so that one transaction stores both.
      await Promise.all(signals.map((signal) => world.send(signal)));
      expect(await casesOf(subject)).toMatchObject([{ order: { orderId: 'raised' }, status: 'open' }]);
    },
  );

  test('signals of one subject under two orders do not add up', async () => {
    const world = the();
    const subject = await world.subject();
    const model = {
      kind: 'sensitive',
      orderDigest: world.digests.consent,
      manifestDigest: world.digests.model,
      entry: 0,
      level: 9,
    } as const;
    await world.send(world.match({ ...subject.id(), entry: 1 }));
    await world.send(world.match({ ...subject.id(), ...model }));
    expect(await casesOf(subject)).toEqual([]);
  });

  test('signals of a classifier propose a case on three distinct days, not on two, and open none', async () => {
    const world = the();
    const subject = await world.subject();
    const model = {
      kind: 'sensitive',
      orderDigest: world.digests.consent,
      manifestDigest: world.digests.model,
      entry: 0,
    } as const;
    await world.send(world.match({ ...subject.id(), ...model, level: 7 }));
    await world.send(world.match({ ...subject.id(), ...model, level: 9 }));
    await world.send(world.match({ ...subject.id(), ...model, level: 7, day: on('2026-11-22') }));
    const rows = world.database.db.selectFrom('cases').select('caseNo').where('pseudonym', '=', subject.pseudonym);
    expect(await rows.execute()).toEqual([]);
    await world.send(world.match({ ...subject.id(), ...model, level: 8, day: on('2026-11-23') }));
    expect(await casesOf(subject)).toEqual([]);
    const proposed = await world.database.db
      .selectFrom('cases')
      .select(['caseNo', 'state', 'exactEntries', 'entries', 'days'])
      .where('pseudonym', '=', subject.pseudonym)
      .executeTakeFirstOrThrow();
    expect(proposed).toMatchObject({ state: 'proposed', exactEntries: 0, entries: 1, days: 3 });
    expect((await readCaseEntries(world.database.db, proposed.caseNo)).entries).toMatchObject([
      { kind: 'sensitive', reference: MODEL, version: null, entry: 0, signals: 4, level: 9 },
    ]);
  });

  test('the console shows subjects with a case only, and says that a case is a claim', async () => {
    const world = the();
    const [below, atThreshold] = [await world.subject(), await world.subject()];
    await world.send(world.match({ ...below.id(), entry: 1 }));
    await world.send(world.match({ ...atThreshold.id(), entry: 1 }));
    await world.send(world.match({ ...atThreshold.id(), entry: 3_999_999_999 }));
    const { caseNo } = await world.database.db
      .selectFrom('cases')
      .select('caseNo')
      .where('pseudonym', '=', atThreshold.pseudonym)
      .executeTakeFirstOrThrow();
    expect(await world.console(`/cases?find=${toHex(atThreshold.pseudonym)}`)).toContain(`href="/cases/${caseNo}"`);
    expect(await world.console(`/cases?find=${toHex(below.pseudonym)}`)).toContain('No such case');
    const html = await world.console(`/cases/${caseNo}`);
    expect(html).toContain(toHex(atThreshold.pseudonym));
    expect(html).toContain('3999999999');
    expect(html).toContain(LIST);
    expect(html).toContain('a claim by the subject’s own device, not proof of content');
    expect(html).not.toMatch(/<script|<style|style=|onclick/);
  });
}
