/**
 * Checks whose signal it is: the account service signed the id for this endpoint, the id covers the day of the match, and
 * the pseudonym is not revoked. Promise: the signature is not needed afterwards, and is not stored.
 * Flow: check → here. Spec: docs/design/receiver.md#subject-keys, docs/design/contracts.md#subject-ids.
 */
import type { KeyObject } from 'node:crypto';
import { toHex } from '@lodestone/protocol/bytes';
import type { DetectionOrder } from '@lodestone/protocol/order';
import type { MatchSignal } from '@lodestone/protocol/signal';
import { coversDay } from '@lodestone/protocol/subject-ids';
import type { Digest } from '@lodestone/protocol/digest';
import { digestOfEndpointSync, verifySubjectIdSync } from '@lodestone/seal/node';

/** What the account service told this receiver. */
export interface SubjectInputs {
  /** Public keys, all of them live. */
  readonly keys: readonly KeyObject[];
  /** Revoked pseudonyms in hex. */
  readonly revoked: ReadonlySet<string>;
}

/** True for an id if the order requires a pseudonym, and for zeros if it does not. The signature is checked separately. */
export function fitsOrder(
  signal: MatchSignal,
  receiver: DetectionOrder['receiver'],
  { revoked }: SubjectInputs,
): boolean {
  if (receiver?.subject !== 'pseudonym') return signal.lastDay === 0;
  return coversDay(signal, signal.day) && !revoked.has(toHex(signal.pseudonym));
}

/** True for zeros, and for an id that the account service signed for this endpoint. */
export function isSigned(signal: MatchSignal, endpoint: string, { keys }: SubjectInputs): boolean {
  return signal.lastDay === 0 || verifySubjectIdSync(keys, digestOf(endpoint), signal);
}

/** Of the addresses that the configuration and the orders of its sources name, which are few. */
const digests = new Map<string, Digest>();

function digestOf(endpoint: string): Digest {
  const digest = digests.get(endpoint) ?? digestOfEndpointSync(endpoint);
  digests.set(endpoint, digest);
  return digest;
}
