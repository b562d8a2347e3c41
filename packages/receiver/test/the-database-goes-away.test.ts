/**
 * PostgreSQL behind a connection that the test cuts: a signal gets 503 with Retry-After and counts once when it is sent again, people
 * get an error instead of a wait without end, and everything works again without a restart.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Name } from '@lodestone/protocol/name';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser } from './support/browser.ts';
import { findPostgres, NO_POSTGRES, startPostgres, type TestPostgres } from './support/postgres.ts';
import { insertUsers } from './support/users.ts';
import { startWorld, type World } from './support/world.ts';

/** Passes connections on, or cuts all and takes no more. */
class Line {
  isCut = false;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(to: URL) {
    this.#server = createServer((from) => {
      if (this.isCut) return from.destroy();
      const onwards = connect(Number(to.port), to.hostname);
      for (const [one, other] of [
        [from, onwards],
        [onwards, from],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy()).on('close', () => other.destroy());
        one.pipe(other);
      }
      return undefined;
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

const isAvailable = findPostgres() !== undefined;
describe.runIf(isAvailable)(isAvailable ? 'a receiver whose database goes away' : NO_POSTGRES, { tags: '@all' }, () => {
  let postgres: TestPostgres;
  let line: Line;
  let world: World;
  beforeAll(async () => {
    postgres = await startPostgres();
    const url = new URL(postgres.url);
    line = new Line(new URL(url));
    url.port = String(await line.listen());
    world = await startWorld(url.href);
  }, 60_000);
  afterAll(async () => {
    line.isCut = false;
    await world.close();
    line.close();
    await postgres.stop();
  });

  test('answers with 503 and Retry-After, then with 204, and counts each signal once', async () => {
    await insertUsers(world.database.db, 'away');
    const lead = await Browser.signedIn(world, 'away-lead' as Name);
    const signals = await Promise.all([1, 2, 3].map(async () => world.seal(world.match(await world.subjectId()))));
    const before = await world.receiver.counts();
    const cut = (async () => {
      await new Promise((resolve) => setTimeout(resolve, 25)); // the batch is being stored, or about to be
      line.cut();
    })();
    await Promise.all([...signals.map((body) => world.post(body)), cut]);
    const answers = await Promise.all(signals.map((body) => world.post(body)));
    expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual(
      signals.map(() => [503, '60']),
    );
    const ready = await fetch(`${world.receiver.url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { database: 'failed' }]);
    const page = await lead.get('/cases');
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, '60']);
    expect((await fetch(world.receiver.metrics ?? '')).status).toBe(200);
    line.isCut = false;
    const again = await Promise.all(signals.map((body) => world.post(body)));
    expect(again.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect((await world.receiver.counts()).counted - before.counted).toBe(3);
    expect((await lead.get('/cases')).status).toBe(200);
  });

  test('ends its transactions that pause, so that a machine that vanished holds no lock', async () => {
    const { rows } = await sql`show idle_in_transaction_session_timeout`.execute(world.database.db);
    expect(rows).toEqual([{ idleInTransactionSessionTimeout: '1min' }]);
  });
});
