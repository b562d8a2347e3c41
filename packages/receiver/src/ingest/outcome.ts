/** What becomes of a body. The sender never learns which: every one of these is the same 204. Spec: DESIGN §9. */

export type Outcome =
  | 'signal' // counted, and stored where its order has a subject
  | 'duplicate' // its id was counted before
  | 'cover'
  | 'malformed' // header, plaintext or a reserved byte
  | 'unknownKey' // no private key of that id is here
  | 'unopened' // the seal is broken
  | 'unknownOrder' // no order of that digest was published to this receiver
  | 'wrongDay' // too old, after tomorrow, or outside the order's time
  | 'wrongSubject' // a tag that the account service did not issue, or a subject where the order has none
  | 'implausible'; // its order asks for no such signal

export const OUTCOMES: readonly Outcome[] = [
  'signal',
  'duplicate',
  'cover',
  'malformed',
  'unknownKey',
  'unopened',
  'unknownOrder',
  'wrongDay',
  'wrongSubject',
  'implausible',
];

/** How many of each. */
export type Counts = Record<Outcome, number>;

export function noCounts(): Counts {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Counts;
}
