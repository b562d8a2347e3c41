/** A look-up needs a confirmed case, a reviewer's and an auditor's or administrator's signature, and is in the record. */
import { utf8 } from '@lodestone/protocol/bytes';
import { parseRecord } from '@lodestone/protocol/case-record';
import { type Lookup, LOOKUP_SCHEMA } from '@lodestone/protocol/lookup';
import { generateSubjectKey, type LookupSigner, openLookup, type SubjectKey } from '@lodestone/seal';
import { beforeAll, expect, test } from 'vitest';
import { countersignLookup, requestLookup } from '../../src/lookups/files.ts';
import { exportRecord } from '../../src/record/export.ts';
import { as, type Person, reviewOf } from '../support/review.ts';
import { NOON, type World } from '../support/world.ts';

export function twoPeopleLookUpAnAccount(the: () => World): void {
  const { db, token, act, isRefused, newCase, addPeople } = reviewOf(the);
  const keys = {} as Record<'ada' | 'otto', SubjectKey>;
  let signers: LookupSigner[];
  beforeAll(async () => {
    await addPeople();
    for (const name of ['ada', 'otto'] as const) keys[name] = await generateSubjectKey();
    signers = (['ada', 'otto'] as const).map((name) => ({
      ...(as(name) as Pick<LookupSigner, 'name' | 'role'>),
      publicKey: keys[name].publicKey,
    }));
  });
  const written: Lookup[] = [];
  const last = (): Lookup => {
    const lookup = written.at(-1);
    if (!lookup) throw new Error('nothing is written');
    return lookup;
  };
  const ask = async (name: Person, caseNo: number) => {
    const signer = { token: token(name), privateKey: keys.ada.privateKey };
    written.push(await requestLookup(db(), signer, { caseNo, reason: 'A court asks.' }, NOON));
  };
  const sign = async (name: Person, lookup: Lookup) => {
    const signer = { token: token(name), privateKey: keys.otto.privateKey };
    written.push(await countersignLookup(db(), signer, utf8(JSON.stringify(lookup)), NOON));
  };
  const lookupsIn = async (): Promise<string[]> => {
    let ndjson = '';
    for await (const line of exportRecord(db())) ndjson += `${line}\n`;
    return parseRecord(ndjson)
      .entries.filter(({ action }) => action.endsWith('-lookup'))
      .map(({ actor, action }) => `${actor} ${action}`);
  };
  const confirmed = async () => {
    const made = await newCase([91, 92]);
    for (const name of ['ada', 'bo'] as const) {
      await act(name, 'take', made.caseNo);
      await act(name, 'confirm', made.caseNo);
    }
    return made;
  };

  test('a reviewer asks and an auditor signs: the account service opens it, and the record has both', async () => {
    const before = await lookupsIn();
    const { caseNo, subject } = await confirmed();
    await ask('ada', caseNo);
    await sign('otto', last());
    const bytes = utf8(JSON.stringify(last()));
    expect(await openLookup(signers, bytes, NOON)).toMatchObject({
      case: caseNo,
      pseudonym: Buffer.from(subject.pseudonym).toString('hex'),
      reason: 'A court asks.',
      notAfter: '2026-12-01T12:00:00Z',
    });
    expect((await lookupsIn()).slice(before.length)).toEqual(['ada request-lookup', 'otto sign-lookup']);
    await expect(sign('otto', last())).rejects.toMatchObject(isRefused('second signature already'));
  });

  test('neither for a case that is not confirmed, nor by other roles, nor for another subject than that of the case', async () => {
    const before = await lookupsIn();
    const { caseNo } = await newCase([93, 94]);
    await expect(ask('ada', caseNo)).rejects.toMatchObject(isRefused('only for one that is confirmed'));
    const made = await confirmed();
    for (const name of ['otto', 'root'] as const)
      await expect(ask(name, made.caseNo)).rejects.toMatchObject(isRefused('request-lookup is for a reviewer or lead'));
    expect(await lookupsIn()).toEqual(before);
    await ask('ada', made.caseNo);
    const lookup = last();
    for (const name of ['ada', 'lea'] as const)
      await expect(sign(name, lookup)).rejects.toMatchObject(isRefused('is for an auditor or administrator'));
    const other: Lookup = {
      schema: LOOKUP_SCHEMA,
      request: { ...lookup.request, pseudonym: 'ab'.repeat(16) },
      signatures: lookup.signatures,
    };
    await expect(sign('otto', other)).rejects.toMatchObject(isRefused('names another subject'));
  });
}
