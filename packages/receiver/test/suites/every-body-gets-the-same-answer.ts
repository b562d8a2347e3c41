/** Every body of 256 bytes gets the same 204. A rejected body is counted by outcome, and nothing else of it is stored or logged. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { toHex } from '@lodestone/protocol/bytes';
import type { Day } from '@lodestone/protocol/time';
import { printSignal, printSignalHeader, type Signal, type SubjectId } from '@lodestone/protocol/signal';
import { type Month, monthOf, parseSubjectIds } from '@lodestone/protocol/subject-ids';
import {
  generateReceiverKey,
  generateSubjectKey,
  importSubjectKey,
  issueSubjectIds,
  sealSignal,
} from '@lodestone/seal';
import { toDay } from '@lodestone/protocol/time';
import { expect, test } from 'vitest';
import type { Outcome, OutcomeCounts } from '../../src/ingest/outcome.ts';
import { ENDPOINT, type World } from '../support/world.ts';

/** All rows of the tables that store signals. */
async function rows({ database: { db } }: World): Promise<unknown> {
  return {
    ids: await db.selectFrom('signalIds').selectAll().orderBy('signalId').execute(),
    signals: await db.selectFrom('signals').selectAll().orderBy('signalId').execute(),
    orderCounts: await db.selectFrom('orderCounts').selectAll().orderBy('orderNo').execute(),
  };
}

async function counted(world: World, before: OutcomeCounts): Promise<Partial<OutcomeCounts>> {
  const after = await world.receiver.counts();
  const changed = Object.entries(after).filter(([name, count]) => count !== before[name as Outcome]);
  return Object.fromEntries(changed.map(([name, count]) => [name, count - before[name as Outcome]]));
}

/** No eight consecutive bytes of `secret` appear in the log as hex, base64 or numbers. */
function expectNotLogged(log: readonly string[], secret: Uint8Array): void {
  const text = log.join('');
  expect(text.length).toBeGreaterThan(0);
  for (let i = 0; i + 8 <= secret.length; i++) {
    const piece = Buffer.from(secret.subarray(i, i + 8));
    if (piece.every((byte) => byte === 0)) continue; // zeros reveal nothing
    for (const text8 of [piece.toString('hex'), piece.toString('base64').slice(0, 10), [...piece].join(',')]) {
      expect(text).not.toContain(text8);
    }
  }
}

/** An id of a new account, signed with this key. */
async function firstId(privateKey: string, of: { endpoint: string; month: Month }): Promise<SubjectId> {
  const pseudonym = crypto.getRandomValues(new Uint8Array(16));
  const { ids, lastDay } = parseSubjectIds(
    await issueSubjectIds(await importSubjectKey(privateKey), { ...of, pseudonym }),
  );
  const [id] = ids;
  if (!id) throw new Error('an empty batch');
  return { ...id, pseudonym, lastDay };
}

type Case = [name: string, outcome: Outcome, body: (world: World) => Promise<Uint8Array> | Uint8Array];

export function everyBodyGetsTheSameAnswer(the: () => World): void {
  const garbage = (): Uint8Array<ArrayBuffer> => {
    const body = crypto.getRandomValues(new Uint8Array(256));
    body.set(printSignalHeader());
    return body;
  };
  const sealed = (make: (world: World) => Promise<Signal> | Signal) => async (world: World) =>
    world.seal(await make(world));

  const bodies: Case[] = [
    ['a cover', 'cover', sealed(() => ({ kind: 'cover' }))],
    ['random bytes', 'malformed', () => crypto.getRandomValues(new Uint8Array(256)).fill(7, 0, 1)],
    [
      'another version',
      'malformed',
      async (world) => Uint8Array.from(await world.seal({ kind: 'cover' })).fill(2, 0, 1),
    ],
    [
      'a reserved byte that is not zero',
      'malformed',
      async (world) => (await world.seal({ kind: 'cover' })).fill(1, 15, 16),
    ],
    ['random bytes after a valid header', 'decryptionFailed', garbage],
    [
      'a signal encrypted to another key with the same id',
      'decryptionFailed',
      async ({ key }) =>
        sealSignal({ kind: 'cover' }, (await generateReceiverKey(key.id, key.notBefore, key.notAfter)).publicKey),
    ],
    [
      'an entry that is on no list',
      'unknownEntry',
      sealed(async (world) => world.match({ ...(await world.subjectId()), entry: 12_345 })),
    ],
    [
      'an unknown order, under a subject id with a forged signature',
      'invalidSubjectId',
      sealed(async (world) => {
        const id = await world.subjectId();
        const signature = id.signature.map((byte) => byte ^ 1);
        return world.match({ ...id, signature, orderDigest: 'ab'.repeat(32) as AnyDigest });
      }),
    ],
    [
      'an unknown order, the day after tomorrow',
      'dayOutOfRange',
      sealed((world) => world.match({ orderDigest: 'ab'.repeat(32) as AnyDigest, day: (toDay(world.now) + 2) as Day })),
    ],
    ['zeros although the order requires a subject id', 'invalidSubjectId', sealed((world) => world.match())],
    [
      'a subject id with a forged signature',
      'invalidSubjectId',
      sealed(async (world) => {
        const id = await world.subjectId();
        return world.match({ ...id, signature: id.signature.map((byte, i) => (i === 63 ? byte ^ 1 : byte)) });
      }),
    ],
    [
      'the id of one account under the pseudonym of another',
      'invalidSubjectId',
      sealed(async (world) => {
        const [mine, theirs] = [await world.subjectId(), await world.subjectId()];
        return world.match({ ...mine, pseudonym: theirs.pseudonym });
      }),
    ],
    [
      'another signal id under the signature of an issued one',
      'invalidSubjectId',
      sealed(async (world) =>
        world.match({ ...(await world.subjectId()), signalId: crypto.getRandomValues(new Uint8Array(16)) }),
      ),
    ],
    [
      'a subject id that is signed with another key',
      'invalidSubjectId',
      sealed(async (world) => {
        const { privateKey } = await generateSubjectKey();
        return world.match(await firstId(privateKey, { endpoint: ENDPOINT, month: monthOf(toDay(world.now)) }));
      }),
    ],
    [
      'a subject id that is issued for another endpoint',
      'invalidSubjectId',
      sealed(async (world) =>
        world.match(
          await firstId(world.subjectKey, { endpoint: `${ENDPOINT}/other`, month: monthOf(toDay(world.now)) }),
        ),
      ),
    ],
    ...[-2, 1].map((offset): Case => [
      `a subject id of ${offset < 0 ? 'two months ago' : 'next month'}`,
      'invalidSubjectId',
      sealed(async (world) => {
        const today = new Date(world.now);
        const day = toDay(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + offset, 1));
        return world.match(await world.subjectId(day));
      }),
    ]),
    [
      'a subject id although the order requires none',
      'invalidSubjectId',
      sealed(async (world) => world.match({ orderDigest: world.digests.none, ...(await world.subjectId()) })),
    ],
    ['the day after tomorrow', 'dayOutOfRange', sealed((world) => world.match({ day: (toDay(world.now) + 2) as Day }))],
    [
      'a day before the order is valid',
      'dayOutOfRange',
      sealed((world) => world.match({ day: toDay(Date.parse('2026-10-31')) })),
    ],
    [
      'a surface that the order does not signal',
      'noDetectItem',
      sealed((world) => world.match({ surface: 'profile' })),
    ],
    ['a medium that the order does not cover', 'noDetectItem', sealed((world) => world.match({ media: 'video' }))],
    [
      'a confirmed match under an order that accepts exact ones only',
      'noDetectItem',
      sealed((world) => world.match({ evidence: 'confirmed', confirmBucket: 9, level: 3 })),
    ],
    [
      'a signal of a classifier under an order without one',
      'noDetectItem',
      sealed((world) => world.match({ kind: 'sensitive', entry: 0, level: 9 })),
    ],
    [
      'a bucket below the order’s minimum',
      'noDetectItem',
      sealed((world) =>
        world.match({
          kind: 'sensitive',
          entry: 0,
          level: 6,
          orderDigest: world.digests.consent,
          manifestDigest: world.digests.model,
        }),
      ),
    ],
    [
      'the manifest of a model under an order with lists',
      'noDetectItem',
      sealed((world) => world.match({ manifestDigest: world.digests.model })),
    ],
  ];

  test.each(bodies)('%s gets a 204 and counts as %s; nothing else is stored or logged', async (_, outcome, make) => {
    const world = the();
    const [before, stored] = [await world.receiver.counts(), await rows(world)];
    const body = await make(world);
    const response = await world.post(body);
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 204, text: '' });
    expect(await counted(world, before)).toEqual({ [outcome]: 1 });
    expect(await rows(world)).toEqual(stored);
    expectNotLogged(world.log, body.subarray(2));
  });

  test('all 204s have the same headers, except for the date', async () => {
    const world = the();
    const bodies = [
      await world.seal(world.match(await world.subjectId())),
      await world.seal({ kind: 'cover' }),
      garbage(),
    ];
    const heads = await Promise.all(
      [...bodies, ...bodies].map(async (body) => {
        const { status, headers } = await world.post(body);
        return JSON.stringify([status, [...headers].filter(([name]) => name !== 'date')]);
      }),
    );
    expect(new Set(heads).size).toBe(1);
    expect(heads[0]).toContain('["access-control-allow-origin","*"]');
  });

  test('a signal that counts leaves no part of itself in the log', async () => {
    const world = the();
    const signal = world.match(await world.subjectId());
    const body = await world.seal(signal);
    expect((await world.post(body)).status).toBe(204);
    expectNotLogged(world.log, body.subarray(2));
    expectNotLogged(world.log, signal.signalId);
    expectNotLogged(world.log, signal.pseudonym);
    expectNotLogged(world.log, signal.signature);
    expect(printSignal(signal).length).toBe(192);
  });

  test('no address is in the log, neither of the connection nor what a proxy says of it, also not of what is refused', async () => {
    const world = the();
    const from = world.log.length;
    const address = '203.0.113.77';
    const headers = { 'x-forwarded-for': address, 'x-real-ip': address, forwarded: `for=${address}` };
    const call = async (url: string, init: RequestInit = {}): Promise<number> =>
      (await fetch(url, { method: 'POST', ...init, headers: { ...headers, ...init.headers } })).status;
    const signals = `${world.receiver.url}/v1/signals`;
    const statuses = [
      await call(signals, { body: await world.seal({ kind: 'cover' }) }),
      await call(signals, { body: new Uint8Array(255) }),
      await call(`${world.receiver.url}/v1/contests`, { headers: { authorization: 'Bearer x' }, body: '{}' }),
      await call(`${world.receiver.url}/nowhere`),
      await call(`${world.receiver.console?.url ?? ''}sign-in`, { body: 'name=x' }),
    ];
    const { db } = world.database;
    await db.schema.alterTable('counts').renameTo('countsAway').execute();
    statuses.push(await call(signals, { body: await world.seal({ kind: 'cover' }) }));
    await db.schema.alterTable('countsAway').renameTo('counts').execute();
    expect(statuses).toEqual([204, 400, 401, 404, 403, 503]);
    const log = world.log.slice(from).join('');
    expect(log).toContain('a batch could not be stored');
    for (const one of [address, '127.0.0.1', '::1', 'localhost']) expect(log).not.toContain(one);
  });

  test('a batch that cannot be stored gets 503s, is stored when it is sent again, and its error contains no value', async () => {
    const world = the();
    const { db } = world.database;
    const signal = world.match(await world.subjectId());
    const bodies = [await world.seal(signal), await world.seal({ kind: 'cover' }), garbage()];
    const before = await world.receiver.counts();
    await db.schema.alterTable('counts').renameTo('countsAway').execute();
    const failed = await Promise.all(bodies.map((body) => world.post(body)));
    await db.schema.alterTable('countsAway').renameTo('counts').execute();
    expect(failed.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(failed[0]?.headers.get('retry-after')).toBe('60');
    expect(await counted(world, before)).toEqual({});

    const again = await Promise.all(bodies.map((body) => world.post(body)));
    expect(again.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(await counted(world, before)).toEqual({ counted: 1, cover: 1, decryptionFailed: 1 });
    expect(world.log.join('')).toContain('a batch could not be stored');
    for (const body of bodies) expectNotLogged(world.log, body.subarray(2));
    expect(world.log.join('')).not.toContain(toHex(signal.signalId));
  });
}
