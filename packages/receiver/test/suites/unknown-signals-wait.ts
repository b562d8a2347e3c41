/** A signal whose order or list version the receiver does not know yet waits for a scheduled refresh, and then counts once. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { toHex } from '@lodestone/protocol/bytes';
import { noSubject } from '@lodestone/protocol/signal';
import { sha256Hex } from '@lodestone/trust';
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import type { OutcomeCounts } from '../../src/ingest/outcome.ts';
import { MAX_WAITING } from '../../src/ingest/waiting.ts';
import { list, LIST_PATH, order } from '../support/documents.ts';
import { believe } from '../support/trusted-time.ts';
import { documents, NOON, type World } from '../support/world.ts';

const DAY = 86_400_000;

export function unknownSignalsWait(the: () => World): void {
  afterEach(async () => {
    await believe(the().database.db, NOON);
    const world = the();
    world.now = NOON;
    await world.database.db.deleteFrom('waiting').execute();
    await world.authorities.orders.publish(documents);
    await world.receiver.refresh();
  });
  const changeOf = async (world: World, what: () => Promise<unknown>): Promise<Partial<OutcomeCounts>> => {
    const before = await world.receiver.counts();
    await what();
    const after = await world.receiver.counts();
    const changed = Object.entries(after).filter(([name, count]) => count !== before[name as keyof OutcomeCounts]);
    return Object.fromEntries(changed.map(([name, count]) => [name, count - before[name as keyof OutcomeCounts]]));
  };
  const later = order('later-known');
  const unknown = { orderDigest: 'ef'.repeat(32) as AnyDigest };
  const ofLater = { orderDigest: sha256Hex<AnyDigest>(later) };

  test('a signal of an order that was published minutes ago counts after the next refresh, once', async () => {
    const world = the();
    const signal = world.match({ ...(await world.subjectId()), ...ofLater });
    expect(await changeOf(world, () => world.send(signal))).toEqual({});
    expect(await world.receiver.waiting()).toBe(1);
    expect(await changeOf(world, () => world.send(signal))).toEqual({ duplicate: 1 });
    await world.receiver.refresh();
    expect(await world.receiver.waiting()).toBe(1);

    await world.authorities.orders.publish({ ...documents, 'v1/orders/later-known.json': later });
    expect(await changeOf(world, () => world.receiver.refresh())).toEqual({ counted: 1 });
    expect(await world.receiver.waiting()).toBe(0);
    expect(await changeOf(world, () => world.send(signal))).toEqual({ duplicate: 1 });
  });

  test('a signal of a list version that was published minutes ago counts after the next refresh, in its case', async () => {
    const world = the();
    const next = list(2);
    const subject = await world.subject();
    const manifestDigest = sha256Hex<AnyDigest>(next[LIST_PATH] ?? new Uint8Array());
    await world.send(world.match({ ...subject.id(), entry: 1, manifestDigest }));
    await world.send(world.match({ ...subject.id(), entry: 2 }));
    const cases = async () =>
      (await world.receiver.cases()).filter(({ pseudonym }) => pseudonym === toHex(subject.pseudonym));
    expect(await cases()).toEqual([]);
    await world.authorities.lists.publish({ ...list(1), ...next });
    expect(await world.receiver.refresh()).toEqual({ failed: [] });
    expect(await cases()).toMatchObject([
      {
        entries: [
          { entry: 1, version: 2 },
          { entry: 2, version: 1 },
        ],
      },
    ]);
  });

  test('no arrival causes a request to a source', async () => {
    const world = the();
    const before = Object.values(world.authorities).map(({ requests }) => requests);
    for (let i = 0; i < 5; i++) await world.send(world.match({ ...(await world.subjectId()), ...unknown }));
    expect(Object.values(world.authorities).map(({ requests }) => requests)).toEqual(before);
  });

  test.each([
    ['an order', () => ({ orderDigest: 'ab'.repeat(32) as AnyDigest }), 'unknownOrder'],
    ['a list version', () => ({ manifestDigest: 'cd'.repeat(32) as AnyDigest }), 'unknownManifest'],
  ] as const)('%s that is still unknown after seven days is counted as unknown', async (_, change, outcome) => {
    const world = the();
    await world.send(world.match({ ...(await world.subjectId()), ...change() }));
    world.now = NOON + 7 * DAY;
    expect(await changeOf(world, () => world.receiver.refresh())).toEqual({});
    world.now = NOON + 8 * DAY;
    await believe(world.database.db, world.now);
    expect(await changeOf(world, () => world.receiver.refresh())).toEqual({ [outcome]: 1 });
    expect(await world.receiver.waiting()).toBe(0);
  });

  const slow = { timeout: 120_000 }; // 100,000 rows
  test(
    'what waits holds no signature, and nobody without a signed subject id takes the places of others',
    slow,
    async () => {
      const world = the();
      const { db } = world.database;
      const signal = world.match({ ...(await world.subjectId()), ...unknown });
      await world.send(signal);
      const [row] = await db.selectFrom('waiting').selectAll().execute();
      expect(row?.plaintext.length).toBe(128);
      expect(toHex(row?.plaintext ?? new Uint8Array())).not.toContain(toHex(signal.signature.subarray(0, 8)));

      const unsigned = () => world.match({ ...noSubject(crypto.getRandomValues(new Uint8Array(16))), ...unknown });
      /** Increasing ids: an index takes these faster than random ones. */
      const fill = async (prefix: string, count: number, isVerified: boolean): Promise<void> => {
        const ids = sql`decode(${prefix} || lpad(to_hex(i), 30, '0'), 'hex')`;
        await sql`insert into signal_ids select ${ids}, 99999 from generate_series(1, ${count}::integer) i`.execute(db);
        await sql`insert into waiting select ${ids}, ''::bytea, 'x', 'y', ${isVerified}::boolean, 99999
        from generate_series(1, ${count}::integer) i`.execute(db);
      };
      await fill('00', MAX_WAITING.unsigned - 1, false);
      expect(await changeOf(world, () => world.send(unsigned()))).toEqual({});
      expect(await changeOf(world, () => world.send(unsigned()))).toEqual({ unknownOrder: 1 });
      const signed = async () => world.match({ ...(await world.subjectId()), ...unknown });
      expect(await changeOf(world, async () => world.send(await signed()))).toEqual({});
      await fill('01', MAX_WAITING.all - MAX_WAITING.unsigned - 2, true);
      expect(await changeOf(world, async () => world.send(await signed()))).toEqual({ unknownOrder: 1 });
      expect(await world.receiver.waiting()).toBe(MAX_WAITING.all);
      await sql`truncate signal_ids, waiting`.execute(db);
    },
  );
}
