/**
 * Two receivers on one PostgreSQL database, as behind a load balancer: whichever of them gets a body, it counts once and its case is one,
 * a session of the console is good at both, and one that is killed under load takes nothing with it.
 * Spec: docs/provide/scale.md#more-than-one-receiver
 */
import type { Name } from '@lodestone/protocol/name';
import { toHex } from '@lodestone/protocol/bytes';
import { toDay } from '@lodestone/protocol/time';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser } from './support/browser.ts';
import { findPostgres, NO_POSTGRES, startPostgres, type TestPostgres } from './support/postgres.ts';
import { type ReceiverProcess, startReceiverProcess } from './support/receiver-process.ts';
import { insertUsers } from './support/users.ts';
import { startWorld, type World } from './support/world.ts';

const isAvailable = findPostgres() !== undefined;
describe.runIf(isAvailable)(isAvailable ? 'two receivers' : NO_POSTGRES, { tags: '@all' }, () => {
  let postgres: TestPostgres;
  /** With the first receiver, in this process. */
  let world: World;
  let second: ReceiverProcess;
  let [signals, consoleOfSecond] = ['', ''];
  beforeAll(async () => {
    postgres = await startPostgres();
    world = await startWorld(postgres.url);
    const { dataDir, databaseUrl, now } = world;
    second = startReceiverProcess({ dataDir, databaseUrl, now });
    const addresses = await second.addresses;
    if (!addresses) throw new Error('the second receiver ended before it listened');
    [signals, consoleOfSecond] = [`${addresses.url}/v1/signals`, addresses.console];
  }, 60_000);
  afterAll(async () => {
    await second.end('SIGKILL');
    await world.close();
    await postgres.stop();
  });

  const toSecond = async (body: Uint8Array): Promise<number> => {
    const response = await fetch(signals, { method: 'POST', body: body as Uint8Array<ArrayBuffer> }).catch(
      () => undefined,
    );
    return response?.status ?? 0;
  };
  const toFirst = async (body: Uint8Array): Promise<number> => (await world.post(body)).status;
  const counted = async (ids: readonly Uint8Array[]): Promise<number> => {
    const stored = await world.database.db.selectFrom('signals').select('signalId').execute();
    const all = stored.map(({ signalId }) => toHex(signalId));
    return ids.filter((id) => all.filter((each) => each === toHex(id)).length === 1).length;
  };

  test('a body that both get at the same moment counts once, and all of them are in the sum', async () => {
    const before = await world.receiver.counts();
    const subject = await world.subject(toDay(world.now), 2);
    const sent = Array.from({ length: 60 }, (_, i) => world.match({ ...subject.id(), entry: i + 1 }));
    const bodies = await Promise.all(sent.map((signal) => world.seal(signal)));
    const answers = await Promise.all(bodies.flatMap((body) => [toFirst(body), toSecond(body)]));
    expect(new Set(answers)).toEqual(new Set([204]));
    const after = await world.receiver.counts();
    expect([after.counted - before.counted, after.duplicate - before.duplicate]).toEqual([60, 60]);
    expect(await counted(sent.map(({ signalId }) => signalId))).toBe(60);
  });

  test('signals of one subject that arrive at both open one case with all entries, which both consoles show to one session', async () => {
    const subject = await world.subject();
    const bodies = await Promise.all(
      [71, 72, 73, 74].map((entry) => world.seal(world.match({ ...subject.id(), entry }))),
    );
    await Promise.all(bodies.map((body, i) => (i % 2 === 0 ? toFirst(body) : toSecond(body))));
    const cases = await world.database.db
      .selectFrom('cases')
      .select(['caseNo', 'entries'])
      .where('pseudonym', '=', subject.pseudonym)
      .execute();
    expect(cases).toMatchObject([{ entries: 4 }]);
    await insertUsers(world.database.db, 'both');
    const lead = await Browser.signedIn(world, 'both-lead' as Name);
    const path = `/cases/${cases[0]?.caseNo}`;
    expect((await lead.post(`${path}/take`)).location).toBe(path);
    lead.move(consoleOfSecond);
    expect((await lead.post(`${path}/note`, { text: 'At the other one.' })).location).toBe(path);
    expect((await lead.get(path)).html).toMatch(/Held by[^]*both-lead/);
  });

  test('after one was killed under load, what got no answer is sent to the other, and each signal counts once', async () => {
    const subject = await world.subject(toDay(world.now), 3);
    const sent = Array.from({ length: 100 }, (_, i) => world.match({ ...subject.id(), entry: i + 101 }));
    const bodies = await Promise.all(sent.map((signal) => world.seal(signal)));
    const first = bodies.map((body, i) => (i % 2 === 0 ? toFirst(body) : toSecond(body)));
    await new Promise((resolve) => setTimeout(resolve, 40)); // the batch is being stored, or about to be
    await second.end('SIGKILL');
    const answers = await Promise.all(first);
    const again = bodies.filter((_, i) => answers[i] !== 204);
    expect(again.length).toBeGreaterThan(0);
    expect(new Set(await Promise.all(again.map(toFirst)))).toEqual(new Set([204]));
    expect(await counted(sent.map(({ signalId }) => signalId))).toBe(100);
  });
});
