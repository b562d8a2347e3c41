/** Bodies of each class that a receiver must answer alike. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { LIMITS } from '@lodestone/protocol/limits';
import type { World } from '../test/support/world.ts';

export const CLASSES = ['signal', 'cover', 'rubbish', 'duplicate', 'unknown order'] as const;
export type BodyClass = (typeof CLASSES)[number];

/** @returns a function that makes the next body of a class */
export async function bodyMaker(world: World): Promise<(of: BodyClass) => Promise<Uint8Array>> {
  const first = world.match({ subject: await world.subjectId() });
  await world.send(first);
  const made: Record<BodyClass, () => Promise<Uint8Array>> = {
    signal: async () => world.seal(world.match({ subject: await world.subjectId() })),
    cover: () => world.seal({ kind: 'cover' }),
    rubbish: async () => {
      const body = crypto.getRandomValues(new Uint8Array(LIMITS.signalBytes));
      return body.fill(0, 0, LIMITS.signalHeaderBytes).fill(1, 0, 2); // a valid header, so that decryption is tried
    },
    duplicate: () => world.seal(first),
    'unknown order': async () =>
      world.seal(world.match({ subject: await world.subjectId(), orderDigest: 'e'.repeat(64) as AnyDigest })),
  };
  return (of) => made[of]();
}
