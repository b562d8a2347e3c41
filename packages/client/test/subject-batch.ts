/** Batches of subject ids for tests. The device does not verify signatures, so these have none that is valid. */
import { LIMITS, lastDayOf, type Month, parseMonth, printSubjectIds } from '@lodestone/protocol';
import { digestOfEndpoint } from '@lodestone/seal';
import { ENDPOINT } from './world.ts';

export async function subjectBatch(
  month: Month | string,
  { endpoint = ENDPOINT, pseudonym = 5 }: { endpoint?: string; pseudonym?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const signalIds = crypto.getRandomValues(new Uint8Array(LIMITS.subjectIds * 16));
  return printSubjectIds({
    endpointDigest: await digestOfEndpoint(endpoint),
    pseudonym: new Uint8Array(16).fill(pseudonym),
    lastDay: lastDayOf(parseMonth(month)),
    ids: Array.from({ length: LIMITS.subjectIds }, (_, i) => ({
      signalId: signalIds.slice(16 * i, 16 * (i + 1)),
      signature: new Uint8Array(64).fill(1),
    })),
  });
}
