/** The sender learns nothing: 204 for all 192 bytes, whatever is in them; counted by kind, nothing else stored or logged. */
import { createHmac } from 'node:crypto';
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import type { Day } from '@lodestone/protocol/time';
import { printSignal, type Signal } from '@lodestone/protocol/signal';
import { generateReceiverKey, issueSubject, sealSignal } from '@lodestone/seal';
import { toDay } from '@lodestone/protocol/time';
import { expect, test } from 'vitest';
import type { Counts, Outcome } from '../../src/ingest/outcome.ts';
import type { World } from '../support/world.ts';

/** Rows in the tables that signals go to. */
async function rows({ database: { db } }: World): Promise<unknown> {
  return {
    ids: await db.selectFrom('signalIds').selectAll().orderBy('id').execute(),
    signals: await db.selectFrom('signals').selectAll().orderBy('id').execute(),
    orderCounts: await db.selectFrom('orderCounts').selectAll().orderBy('orderNo').execute(),
  };
}

async function counted(world: World, before: Counts): Promise<Partial<Counts>> {
  const after = await world.receiver.counts();
  const changed = Object.entries(after).filter(([name, count]) => count !== before[name as Outcome]);
  return Object.fromEntries(changed.map(([name, count]) => [name, count - before[name as Outcome]]));
}

/** No eight bytes in a row of these stand in the log, in any of the usual spellings. */
function expectNotLogged(log: readonly string[], secret: Uint8Array): void {
  const text = log.join('');
  expect(text.length).toBeGreaterThan(0);
  for (let i = 0; i + 8 <= secret.length; i++) {
    const piece = Buffer.from(secret.subarray(i, i + 8));
    if (piece.every((byte) => byte === 0)) continue; // eight zeros are nobody's
    for (const spelt of [piece.toString('hex'), piece.toString('base64').slice(0, 10), [...piece].join(',')]) {
      expect(text).not.toContain(spelt);
    }
  }
}

export function oneAnswerForEveryBody(the: () => World): void {
  const garbage = (keyId: number): Uint8Array<ArrayBuffer> => {
    const body = crypto.getRandomValues(new Uint8Array(192));
    body.fill(0, 0, 16);
    body.set([1, keyId]);
    return body;
  };
  const sealed = (make: (world: World) => Promise<Signal> | Signal) => async (world: World) =>
    world.seal(await make(world));

  const dropped: [name: string, outcome: Outcome, body: (world: World) => Promise<Uint8Array> | Uint8Array][] = [
    ['a cover', 'cover', sealed(() => ({ kind: 'cover' }))],
    ['random bytes', 'malformed', () => crypto.getRandomValues(new Uint8Array(192)).fill(7, 0, 1)],
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
    ['an unknown key id', 'unknownKey', () => garbage(77)],
    ['random bytes under a known key id', 'unopened', (world) => garbage(world.key.id)],
    [
      'a signal to another key under our key’s id',
      'unopened',
      async ({ key }) =>
        sealSignal({ kind: 'cover' }, (await generateReceiverKey(key.id, key.notBefore, key.notAfter)).publicKey),
    ],
    [
      'an order that nobody published',
      'unknownOrder',
      sealed((world) => world.match({ orderDigest: 'ab'.repeat(32) as Digest })),
    ],
    ['no subject where the order asks for one', 'wrongSubject', sealed((world) => world.match())],
    [
      'a subject with a forged tag',
      'wrongSubject',
      sealed(async (world) =>
        world.match({ subject: (await world.subject()).map((byte, i) => (i === 31 ? byte ^ 1 : byte)) }),
      ),
    ],
    [
      'a subject under another service’s key',
      'wrongSubject',
      sealed(async (world) =>
        world.match({ subject: await issueSubject(crypto.getRandomValues(new Uint8Array(32)), new Uint8Array(16)) }),
      ),
    ],
    [
      'a tag over the pseudonym without its label',
      'wrongSubject',
      sealed((world) => {
        const pseudonym = new Uint8Array(16).fill(9);
        const tag = createHmac('sha256', new Uint8Array(32)).update(pseudonym).digest().subarray(0, 16);
        return world.match({ subject: Uint8Array.from([...pseudonym, ...tag]) });
      }),
    ],
    [
      'a subject where the order has none',
      'wrongSubject',
      sealed(async (world) => world.match({ orderDigest: world.digests.none, subject: await world.subject() })),
    ],
    ['the day after tomorrow', 'wrongDay', sealed((world) => world.match({ day: (toDay(world.now) + 2) as Day }))],
    [
      'a day before the order began',
      'wrongDay',
      sealed((world) => world.match({ day: toDay(Date.parse('2026-10-31')) })),
    ],
    ['a surface that the order does not signal', 'implausible', sealed((world) => world.match({ surface: 'profile' }))],
    ['a medium that the order does not name', 'implausible', sealed((world) => world.match({ media: 'video' }))],
    ['a distance above the order’s', 'implausible', sealed((world) => world.match({ level: 21 }))],
    [
      'a classifier’s signal under an order without one',
      'implausible',
      sealed((world) => world.match({ kind: 'sensitive', entry: 0, level: 9 })),
    ],
    [
      'a bucket below the order’s',
      'implausible',
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
      'the manifest of a model under an order of lists',
      'implausible',
      sealed((world) => world.match({ manifestDigest: world.digests.model })),
    ],
  ];

  test.each(dropped)('%s is a 204, counted as %s, and nothing else is stored or logged', async (_, outcome, make) => {
    const world = the();
    const [before, stored] = [await world.receiver.counts(), await rows(world)];
    const body = await make(world);
    const response = await world.post(body);
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 204, text: '' });
    expect(await counted(world, before)).toEqual({ [outcome]: 1 });
    expect(await rows(world)).toEqual(stored);
    expectNotLogged(world.log, body.subarray(2));
  });

  test('all 204s have the same head, but for the date', async () => {
    const world = the();
    const bodies = [
      await world.seal(world.match({ subject: await world.subject() })),
      await world.seal({ kind: 'cover' }),
      garbage(77),
      garbage(world.key.id),
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

  test('a signal that counts leaves nothing of itself in the log either', async () => {
    const world = the();
    const signal = world.match({ subject: await world.subject() });
    const body = await world.seal(signal);
    expect((await world.post(body)).status).toBe(204);
    expectNotLogged(world.log, body.subarray(2));
    expectNotLogged(world.log, signal.signalId);
    expectNotLogged(world.log, signal.subject);
    expect(printSignal(signal).length).toBe(128);
  });

  test('what fails to store is a 503 for the whole batch, is stored by the next try, and its error names no value', async () => {
    const world = the();
    const { db } = world.database;
    const signal = world.match({ subject: await world.subject() });
    const bodies = [await world.seal(signal), await world.seal({ kind: 'cover' }), garbage(77)];
    const before = await world.receiver.counts();
    await db.schema.alterTable('counts').renameTo('countsAway').execute();
    const failed = await Promise.all(bodies.map((body) => world.post(body)));
    await db.schema.alterTable('countsAway').renameTo('counts').execute();
    expect(failed.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(failed[0]?.headers.get('retry-after')).toBe('60');
    expect(await counted(world, before)).toEqual({});

    const again = await Promise.all(bodies.map((body) => world.post(body)));
    expect(again.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(await counted(world, before)).toEqual({ signal: 1, cover: 1, unknownKey: 1 });
    expect(world.log.join('')).toContain('a batch could not be stored');
    for (const body of bodies) expectNotLogged(world.log, body.subarray(2));
    expect(world.log.join('')).not.toContain(toHex(signal.signalId));
  });
}
