/** A look-up opens only with two valid signatures, of two people of different kinds, in time. Any change of it is refused. */
import { utf8 } from '@lodestone/protocol/bytes';
import { type Lookup, type LookupRequest, LOOKUP_SCHEMA } from '@lodestone/protocol/lookup';
import type { Name } from '@lodestone/protocol/name';
import type { Instant } from '@lodestone/protocol/time';
import { generateSubjectKey, type LookupSigner, openLookup, signLookup } from '@lodestone/seal';
import { beforeAll, expect, test } from 'vitest';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const REQUEST: LookupRequest = {
  case: 7,
  pseudonym: 'ab'.repeat(16),
  order: { source: 'court' as Name, orderId: 'one' as Name },
  reason: 'The police of Exampletown ask, case 4711.',
  notAfter: '2026-12-07T12:00:00Z' as Instant,
};
const PEOPLE = { ada: 'reviewer', bo: 'reviewer', lea: 'lead', otto: 'auditor', root: 'administrator' } as const;
type Person = keyof typeof PEOPLE;
const keys = new Map<Person, string>();
const signers: LookupSigner[] = [];
beforeAll(async () => {
  for (const name of Object.keys(PEOPLE) as Person[]) {
    const { privateKey, publicKey } = await generateSubjectKey();
    keys.set(name, privateKey);
    signers.push({ name: name as string as Name, role: PEOPLE[name], publicKey });
  }
});
const who = (name: Person) => ({ name: name as string as Name, role: PEOPLE[name] });
const signed = async (names: readonly Person[], request = REQUEST): Promise<Lookup> => {
  let lookup: Lookup = { schema: LOOKUP_SCHEMA, request, signatures: [] };
  for (const name of names) lookup = await signLookup(keys.get(name) ?? '', request, who(name), lookup.signatures);
  return lookup;
};
const open = (lookup: Lookup, by: readonly LookupSigner[] = signers, now = NOW) =>
  openLookup(by, utf8(JSON.stringify(lookup)), now);
const refused = (why: RegExp) => ({ code: 'ERR_SUBJECT', message: expect.stringMatching(why) });

test.each<[Person, Person]>([
  ['ada', 'otto'],
  ['lea', 'root'],
])('%s asks and %s signs as well: it opens', async (...names) => {
  expect(await open(await signed(names))).toEqual(REQUEST);
});

test.each<[Person[], RegExp]>([
  [['ada'], /needs two signatures/],
  [['ada', 'bo'], /cannot act on a case/],
  [['ada', 'lea'], /cannot act on a case/],
  [['otto', 'ada'], /who reviews cases asks/],
  [['otto', 'root'], /who reviews cases asks/],
])('%j: it does not open', async (names, why) => {
  await expect(open(await signed(names))).rejects.toMatchObject(refused(why));
});

test('a change of the request, a signature of somebody else, an unknown signer and a late one are refused', async () => {
  const lookup = await signed(['ada', 'otto']);
  const [first, second] = lookup.signatures as [Lookup['signatures'][0], Lookup['signatures'][0]];
  const changes: Partial<LookupRequest>[] = [
    { case: 8 },
    { pseudonym: 'ac'.repeat(16) },
    { order: { ...REQUEST.order, orderId: 'two' as Name } },
    { reason: 'Curiosity.' },
    { notAfter: '2027-12-07T12:00:00Z' as Instant },
  ];
  for (const change of changes)
    await expect(open({ ...lookup, request: { ...REQUEST, ...change } })).rejects.toMatchObject(
      refused(/not of this request/),
    );
  const swapped = [first, { ...second, signature: first.signature }];
  await expect(open({ ...lookup, signatures: swapped })).rejects.toMatchObject(refused(/signature of otto/));
  const promoted = [first, { ...second, role: 'administrator' as const }];
  await expect(open({ ...lookup, signatures: promoted })).rejects.toMatchObject(refused(/otto \(administrator\)/));
  await expect(
    open(
      lookup,
      signers.filter(({ role }) => role !== 'auditor'),
    ),
  ).rejects.toMatchObject(refused(/nobody whose signature counts/));
  await expect(open(lookup, signers, NOW + 7 * 86_400_000)).rejects.toMatchObject(refused(/ended at 2026-12-07/));
});

test('one person with two names and one key does not open it', async () => {
  const key = await generateSubjectKey();
  const one = signers.map((each) => ({ ...each, publicKey: key.publicKey }));
  const first = await signLookup(key.privateKey, REQUEST, who('ada'));
  const lookup = await signLookup(key.privateKey, REQUEST, who('otto'), first.signatures);
  await expect(open(lookup, one)).rejects.toMatchObject(refused(/two different people/));
});
