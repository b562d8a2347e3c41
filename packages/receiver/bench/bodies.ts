/** Bodies of each class that a receiver must answer alike. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { LIMITS } from '@lodestone/protocol/limits';
import { printSignalHeader, type SubjectId } from '@lodestone/protocol/signal';
import type { Subject, World } from '../test/support/world.ts';

export const CLASSES = ['signal', 'cover', 'rubbish', 'duplicate', 'unknown order'] as const;
export type BodyClass = (typeof CLASSES)[number];

/** Batches of ids of one account; fewer ids than `SIGNALS_PER_WINDOW`, so that each signal is stored. */
const BATCHES = 4;

/** @returns a function that makes the next body of a class */
export async function bodyMaker(world: World): Promise<(of: BodyClass) => Promise<Uint8Array>> {
  let subject: Subject | undefined;
  let left = 0;
  /** Ids of one account after the other: issuing a batch for each would take longer than sending. */
  const ids = async (): Promise<SubjectId> => {
    if (!subject || left === 0)
      [subject, left] = [await world.subject(undefined, BATCHES), BATCHES * LIMITS.subjectIds];
    left--;
    return subject.id();
  };
  const first = world.match(await ids());
  await world.send(first);
  const made: Record<BodyClass, () => Promise<Uint8Array>> = {
    signal: async () => world.seal(world.match(await ids())),
    cover: () => world.seal({ kind: 'cover' }),
    rubbish: async () => {
      const body = crypto.getRandomValues(new Uint8Array(LIMITS.signalBytes));
      body.set(printSignalHeader()); // a valid header, so that decryption is tried
      return body;
    },
    duplicate: () => world.seal(first),
    'unknown order': async () =>
      world.seal(world.match({ ...(await ids()), orderDigest: 'e'.repeat(64) as AnyDigest })),
  };
  return (of) => made[of]();
}
