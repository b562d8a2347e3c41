/**
 * Keeps one match: count it, seal it, store it. All randomness of a signal is chosen here, without access to content.
 * Flow: outbox → here → store. Spec: docs/design/outbox.md#counting-windows, docs/design/contracts.md#signal
 */
import {
  type Day,
  type OrderDigest,
  LodestoneError,
  type MatchSignal,
  noSubject,
  type ReceiverKey,
  type SubjectId,
  toDay,
  toHex,
  utf8,
} from '@lodestone/protocol';
import { sealSignal } from '@lodestone/seal';
import { lastCountingDay, windowOf } from '@lodestone/trust';
import type { Match } from '../../match.ts';
import type { Storage } from '../storage/transaction.ts';
import { openCountingWindow, storeSealed } from './store.ts';
import type { SubjectIds } from './subject-ids.ts';
import { countMatch } from './threshold.ts';

export interface KeepMatchOptions {
  storage: Storage;
  /** The key to seal with under this order. */
  sealingKey: (order: OrderDigest) => ReceiverKey | undefined;
  subjectIds: SubjectIds;
  /** Short digest of the account that is signed in. Its matches never count for another account. */
  account: string;
  now: () => number;
}

/**
 * A match is sealed even if it was counted before, so that a repeat takes as long as a new one.
 * @throws {LodestoneError} `ERR_KEYS` or `ERR_SUBJECT` if it cannot be sealed yet
 */
export async function keepMatch(
  { storage, sealingKey, subjectIds, account, now }: KeepMatchOptions,
  match: Match,
): Promise<void> {
  const { orderDigest, order, rule } = match;
  const day = toDay(now());
  const { firstDay, lastDay } = windowOf(rule.withinDays, day);
  const window = await openCountingWindow(
    storage,
    `${account} ${orderDigest} ${match.detectIndex} ${firstDay}`,
    lastDay,
  );
  const tag = await tagOf(window.tagKey, countedOnce(match, day));
  const key = sealingKey(orderDigest);
  if (!key) throw noKey(match);
  // A repeat is never sent, so it takes no id.
  const isRepeat = countMatch(window, tag, rule.threshold).effect === 'repeat';
  const requiresId = order.receiver?.subject === 'pseudonym' && !isRepeat;
  const subject = requiresId ? await subjectIds.take(account, day) : noSubject(randomId());
  if (!subject) throw noSubjectId(match);
  const body = await sealSignal(signalOf(match, day, subject), key);
  const counted = { orderDigest, order, rule, window, tag, lastDay: lastCountingDay(day, rule.withinDays) };
  await storeSealed(storage, counted, body, now());
}

/** A window counts each listed entry once. A classifier has no entries, so its findings count once a day. */
function countedOnce({ entry }: Match, day: Day): string {
  return entry > 0 ? `entry ${entry}` : `day ${day}`;
}

/** 8 bytes of HMAC-SHA256 in hex: enough to count an entry once, and meaningless once the window's key is deleted. */
async function tagOf(tagKey: Uint8Array<ArrayBuffer>, counted: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', tagKey, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(counted))).subarray(0, 8));
}

const randomId = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(16));

function signalOf(match: Match, day: Day, subject: SubjectId): MatchSignal {
  const { kind, surface, media, orderDigest, manifestDigest, entry, level, evidence } = match;
  const confirm = { confirmBucket: 0, confirmModel: new Uint8Array(8) };
  return { ...subject, kind, surface, media, day, orderDigest, manifestDigest, entry, level, evidence, ...confirm };
}

function noSubjectId({ order }: Match): LodestoneError {
  return new LodestoneError(
    'ERR_SUBJECT',
    `order ${order.id} requires a pseudonym, and no subject id is left for this month. The match waits in memory and is retried`,
  );
}

function noKey({ order }: Match): LodestoneError {
  return new LodestoneError(
    'ERR_KEYS',
    `order ${order.id}: the receiver has no key that is valid now. The match waits in memory and is retried`,
  );
}
