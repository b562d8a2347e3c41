/** The account service changes its key without losing a signal, and revokes pseudonyms; the receiver follows both. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { toHex } from '@lodestone/protocol/bytes';
import { type MatchSignal, printSignal } from '@lodestone/protocol/signal';
import { monthOf, parseSubjectIds } from '@lodestone/protocol/subject-ids';
import { toDay } from '@lodestone/protocol/time';
import { generateSubjectKey, importSubjectKey, issueSubjectIds, signRevocations } from '@lodestone/seal';
import { afterEach, expect, test } from 'vitest';
import { acceptRevocations } from '../../src/keys/revocations.ts';
import { addSubjectKey, readSubjectKeys, removeSubjectKey } from '../../src/keys/subject-keys.ts';
import { ENDPOINT, type World } from '../support/world.ts';

export function onlyLiveSubjectKeysCount(the: () => World): void {
  const counts = async (signal: MatchSignal): Promise<boolean> => {
    const before = await the().receiver.counts();
    await the().send(signal);
    const after = await the().receiver.counts();
    const [counted, invalid] = [after.counted - before.counted, after.invalidSubjectId - before.invalidSubjectId];
    expect(counted + invalid).toBe(1);
    return counted === 1;
  };
  const idsOf = async (privateKey: string, count: number) => {
    const pseudonym = crypto.getRandomValues(new Uint8Array(16));
    const month = monthOf(toDay(the().now));
    const batch = await issueSubjectIds(await importSubjectKey(privateKey), { endpoint: ENDPOINT, pseudonym, month });
    const { ids, lastDay } = parseSubjectIds(batch);
    return ids.slice(0, count).map((id) => ({ ...id, pseudonym, lastDay }));
  };
  const own = async (): Promise<string> => (await readSubjectKeys(the().dataDir))[0] ?? '';
  let revocations = 0;

  afterEach(async () => {
    const world = the();
    for (const key of (await readSubjectKeys(world.dataDir)).slice(1)) await removeSubjectKey(world.dataDir, key);
    await acceptRevocations(
      world.dataDir,
      await signRevocations(await importSubjectKey(world.subjectKey), ++revocations, []),
    );
    await world.receiver.refresh();
  });

  test('during a change of the key, ids of both keys count; after it, ids of the removed key do not', async () => {
    const world = the();
    const next = await generateSubjectKey();
    const [before, early, after] = await idsOf(next.privateKey, 3);
    if (!before || !early || !after) throw new Error('too few ids');
    expect(await counts(world.match(before))).toBe(false);

    await addSubjectKey(world.dataDir, next.publicKey);
    await world.receiver.refresh();
    expect(await counts(world.match(early))).toBe(true);
    expect(await counts(world.match(await world.subjectId()))).toBe(true);

    await removeSubjectKey(world.dataDir, next.publicKey);
    await world.receiver.refresh();
    expect(await counts(world.match(after))).toBe(false);
    expect(await counts(world.match(await world.subjectId()))).toBe(true);
  });

  test('signals of a revoked pseudonym do not count after the next refresh, and those of others do', async () => {
    const world = the();
    const [revoked, other] = [await world.subject(), await world.subject()];
    expect(await counts(world.match(revoked.id()))).toBe(true);
    const list = await signRevocations(await importSubjectKey(world.subjectKey), ++revocations, [revoked.pseudonym]);
    await acceptRevocations(world.dataDir, list);
    await world.receiver.refresh();
    expect(await counts(world.match(revoked.id()))).toBe(false);
    expect(await counts(world.match(other.id()))).toBe(true);
  });

  test('a list that is not newer, or that another key signed, changes nothing', async () => {
    const world = the();
    const pseudonym = new Uint8Array(16).fill(1);
    const file = path.join(world.dataDir, 'revoked-pseudonyms.bin');
    await acceptRevocations(
      world.dataDir,
      await signRevocations(await importSubjectKey(world.subjectKey), ++revocations, []),
    );
    const before = await readFile(file);
    const foreign = await importSubjectKey((await generateSubjectKey()).privateKey);
    for (const list of [
      await signRevocations(await importSubjectKey(world.subjectKey), revocations, [pseudonym]),
      await signRevocations(foreign, revocations + 1, [pseudonym]),
      before.subarray(1),
    ])
      await expect(acceptRevocations(world.dataDir, list)).rejects.toMatchObject({ code: 'ERR_RECEIVER' });
    expect(await readFile(file)).toEqual(before);
  });

  test('what the database keeps of a signal is the id and the pseudonym, and no signature', async () => {
    const world = the();
    const signal = world.match(await world.subjectId());
    expect(await counts(signal)).toBe(true);
    expect(printSignal(signal)).toHaveLength(192);
    const { db } = world.database;
    const rows = [
      await db.selectFrom('signals').selectAll().execute(),
      await db.selectFrom('countingWindows').selectAll().execute(),
      await db.selectFrom('waiting').selectAll().execute(),
      await db.selectFrom('signalIds').selectAll().execute(),
    ].flat();
    const stored = rows.map((row) =>
      Object.values(row)
        .map((value) => (value instanceof Uint8Array ? toHex(value) : String(value)))
        .join(' '),
    );
    const text = stored.join('\n');
    expect(text).toContain(toHex(signal.pseudonym));
    for (let at = 0; at + 8 <= 64; at++) expect(text).not.toContain(toHex(signal.signature.subarray(at, at + 8)));
    expect(await own()).toMatch(/^[0-9a-f]{64}$/);
  });
}
