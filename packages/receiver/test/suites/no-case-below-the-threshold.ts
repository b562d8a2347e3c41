/** A case is shown once `after` different entries of one subject have arrived within one window, and not before. */
import { toHex } from '@lodestone/protocol/bytes';
import type { Name } from '@lodestone/protocol/name';
import { type Day, toDay } from '@lodestone/protocol/time';
import { sha256Hex } from '@lodestone/trust';
import { expect, test } from 'vitest';
import type { Case } from '../../src/cases/cases.ts';
import { LIST, LIST_PATH, manifest, MODEL } from '../support/documents.ts';
import type { World } from '../support/world.ts';

const on = (date: string): Day => toDay(Date.parse(date));

export function noCaseBelowTheThreshold(the: () => World): void {
  const casesOf = async (subject: Uint8Array): Promise<Case[]> =>
    (await the().receiver.cases()).filter((each) => each.subject === toHex(subject.subarray(0, 16)));

  test('one entry, however often, is no case; a second different one is', async () => {
    const world = the();
    const subject = await world.subject();
    await Promise.all([1, 1, 1].map((entry) => world.send(world.match({ subject, entry, level: 3 }))));
    expect(await casesOf(subject)).toEqual([]);
    await world.send(world.match({ subject, entry: 4_294_967_295, level: 0, day: on('2026-11-23') }));
    expect(await casesOf(subject)).toEqual([
      {
        subject: toHex(subject.subarray(0, 16)),
        order: { source: 'orders' as Name, id: 'pseudonym' as Name },
        firstDay: '2026-11-23',
        lastDay: '2026-11-24',
        entries: [
          {
            kind: 'match',
            reference: LIST,
            version: 1,
            entry: 1,
            signals: 3,
            level: 3,
            firstDay: '2026-11-24',
            lastDay: '2026-11-24',
          },
          {
            kind: 'match',
            reference: LIST,
            version: 1,
            entry: 4_294_967_295,
            signals: 1,
            level: 0,
            firstDay: '2026-11-23',
            lastDay: '2026-11-23',
          },
        ],
      },
    ]);
  });

  test('entries on both sides of a window’s edge do not add up', async () => {
    const world = the();
    const subject = await world.subject();
    await world.send(world.match({ subject, entry: 1, day: on('2026-11-20') })); // the window from the 11th
    await world.send(world.match({ subject, entry: 2, day: on('2026-11-21') })); // the window from the 21st
    expect(await casesOf(subject)).toEqual([]);
    await world.send(world.match({ subject, entry: 3, day: on('2026-11-24') }));
    const [shown] = await casesOf(subject);
    expect(shown?.entries.map(({ entry }) => entry)).toEqual([2, 3]);
  });

  test('entries of two subjects do not add up', async () => {
    const world = the();
    const [a, b] = [await world.subject(), await world.subject()];
    await world.send(world.match({ subject: a, entry: 1 }));
    await world.send(world.match({ subject: b, entry: 2 }));
    expect([...(await casesOf(a)), ...(await casesOf(b))]).toEqual([]);
  });

  test('a subject’s signals under two orders do not add up', async () => {
    const world = the();
    const subject = await world.subject();
    const model = {
      kind: 'sensitive',
      orderDigest: world.digests.consent,
      manifestDigest: world.digests.model,
      entry: 0,
      level: 9,
    } as const;
    await world.send(world.match({ subject, entry: 1 }));
    await world.send(world.match({ subject, ...model }));
    expect(await casesOf(subject)).toEqual([]);
  });

  test('a classifier counts once a day: two signals of one day are no case, two days are', async () => {
    const world = the();
    const subject = await world.subject();
    const model = {
      kind: 'sensitive',
      orderDigest: world.digests.consent,
      manifestDigest: world.digests.model,
      entry: 0,
    } as const;
    await world.send(world.match({ subject, ...model, level: 7 }));
    await world.send(world.match({ subject, ...model, level: 9 }));
    expect(await casesOf(subject)).toEqual([]);
    await world.send(world.match({ subject, ...model, level: 8, day: on('2026-11-23') }));
    expect(await casesOf(subject)).toMatchObject([
      {
        order: { source: 'provider', id: 'consent' },
        entries: [{ kind: 'sensitive', reference: MODEL, version: null, entry: 0, signals: 3, level: 9 }],
      },
    ]);
  });

  test('a release that a device knew first counts at once, and has its name after the next round', async () => {
    const world = the();
    const subject = await world.subject();
    const next = manifest(2);
    await world.send(world.match({ subject, entry: 1, manifestDigest: sha256Hex(next) }));
    await world.send(world.match({ subject, entry: 2 }));
    expect(await casesOf(subject)).toEqual([]); // what the first is on is not known: it does not add up yet
    await world.authorities.lists.publish({ [LIST_PATH]: next });
    expect(await world.receiver.refresh()).toEqual({ failed: [] });
    expect(await casesOf(subject)).toMatchObject([
      {
        entries: [
          { entry: 1, reference: LIST, version: 2 },
          { entry: 2, reference: LIST, version: 1 },
        ],
      },
    ]);
  });

  test('the console shows cases only, with what a page of claims must have', async () => {
    const world = the();
    const [quiet, loud] = [await world.subject(), await world.subject()];
    await world.send(world.match({ subject: quiet, entry: 1 }));
    await world.send(world.match({ subject: loud, entry: 1 }));
    await world.send(world.match({ subject: loud, entry: 3_999_999_999 }));
    const response = await fetch(`${world.receiver.url}/`);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    const html = await response.text();
    expect(html).toContain(toHex(loud.subarray(0, 16)));
    expect(html).toContain('3999999999');
    expect(html).toContain(LIST);
    expect(html).not.toContain(toHex(quiet.subarray(0, 16)));
    expect(html).toContain('a claim by the subject’s own device, not proof of content');
    expect(html).not.toMatch(/<script|<style|style=|onclick/);
  });
}
