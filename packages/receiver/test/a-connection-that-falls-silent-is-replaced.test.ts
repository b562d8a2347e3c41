/** A connection to PostgreSQL whose packets vanish is closed in the middle of its statement, and the next query gets another connection. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isDatabaseAway } from '../src/db/is-away.ts';
import { openUnmigrated } from '../src/db/open.ts';
import { findPostgres, NO_POSTGRES, startPostgres, type TestPostgres } from './support/postgres.ts';

/** Passes bytes on, until those of the open connections are swallowed: neither side learns of it. */
async function swallowingProxy(target: URL): Promise<{ port: number; swallow: () => void; close: () => void }> {
  const pairs: Socket[][] = [];
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const)
      from
        .on('data', (data) => to.write(data))
        .on('end', () => to.end())
        .on('error', () => to.destroy());
    pairs.push([near, far]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const swallow = (): void => {
    for (const socket of pairs.flat()) socket.removeAllListeners('data').on('data', () => undefined);
  };
  const close = (): void => {
    server.close();
    for (const socket of pairs.flat()) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, swallow, close };
}

const isAvailable = findPostgres() !== undefined;
describe.runIf(isAvailable)(isAvailable ? 'a connection that falls silent' : NO_POSTGRES, () => {
  let postgres: TestPostgres;
  beforeAll(async () => void (postgres = await startPostgres()));
  afterAll(() => postgres.stop());

  test('a statement on it fails as of a database that is away, and the pool opens another connection', async () => {
    const url = new URL(postgres.url);
    const proxy = await swallowingProxy(new URL(postgres.url));
    url.port = String(proxy.port);
    url.hostname = '127.0.0.1';
    const log = pino({ level: 'silent' });
    const { db, close } = await openUnmigrated({ dataDir: '', databaseUrl: url.href, log, silentMs: 300 });
    try {
      const error: unknown = await db
        .transaction()
        .execute(async (tx) => {
          await sql`select 1`.execute(tx);
          proxy.swallow();
          await sql`select 2`.execute(tx);
        })
        .catch((cause: unknown) => cause);
      expect(isDatabaseAway(error)).toBe(true);
      expect((await sql<{ n: number }>`select 3 as n`.execute(db)).rows).toEqual([{ n: 3 }]);
    } finally {
      await close();
      proxy.close();
    }
  });
});
