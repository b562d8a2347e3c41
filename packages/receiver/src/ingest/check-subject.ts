/**
 * Checks whose signal it is: the account service signed the id for this endpoint, the id covers the day of the match, and
 * the pseudonym is not revoked. Promise: the signature is not needed afterwards, and is not stored.
 * Flow: check → here. Spec: docs/design/receiver.md#subject-keys, docs/design/contracts.md#subject-ids.
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { DetectionOrder } from '@lodestone/protocol/order';
import type { MatchSignal } from '@lodestone/protocol/signal';
import { coversDay } from '@lodestone/protocol/subject-ids';
import { digestOfEndpoint, verifySubjectId } from '@lodestone/seal';

/** What the account service told this receiver. */
export interface SubjectInputs {
  /** Public keys, all of them live. */
  readonly keys: readonly CryptoKey[];
  /** Revoked pseudonyms in hex. */
  readonly revoked: ReadonlySet<string>;
}

/** True for a valid id if the order requires a pseudonym, and for zeros if it does not. */
export async function isValidSubject(
  signal: MatchSignal,
  receiver: DetectionOrder['receiver'],
  { keys, revoked }: SubjectInputs,
): Promise<boolean> {
  if (receiver?.subject !== 'pseudonym') return signal.lastDay === 0;
  if (!coversDay(signal, signal.day) || revoked.has(toHex(signal.pseudonym))) return false;
  return verifySubjectId(keys, await digestOfEndpoint(receiver.endpoint), signal);
}
