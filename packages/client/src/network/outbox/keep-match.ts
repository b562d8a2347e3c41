/**
 * Keeps one match: count it, seal it, store it. A match that cannot be sealed now is forgotten: nothing readable waits.
 * All randomness of a signal is chosen here, without access to content.
 * Flow: outbox → here → store. Spec: docs/design/outbox.md#armed-orders, docs/design/contracts.md#signal
 */
import { type Day, fromHex, type MatchSignal, noSubject, type SubjectId, toDay } from '@lodestone/protocol';
import { sealSignal } from '@lodestone/seal';
import { lastCountingDay, receiptOf, windowOf } from '@lodestone/trust';
import type { Match } from '../../match.ts';
import { NO_ACCOUNT, type NoticeTerms, type SignalItem, type StoredCountingWindow } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { type KeysOf, keyUnder } from './sealing-keys.ts';
import { signalItem, successorOf } from './signal-items.ts';
import { type CountableMatch, isRepeat, storeSealed } from './store.ts';
import type { SubjectIds } from './subject-ids.ts';
import { nothingCounted } from './threshold.ts';

export interface KeepMatchOptions {
  storage: Storage;
  /** Short digest of the account that is signed in; undefined without the option `subject`. */
  account: string | undefined;
  /** What the orders that have not ended allow. */
  items: () => readonly SignalItem[];
  keysOf: KeysOf;
  subjectIds: Pick<SubjectIds, 'take'>;
  now: () => number;
}

/** `day` is the day of the match. A repeat, and a match under an order whose signal is not armed, change nothing. */
export async function keepMatch(options: KeepMatchOptions, match: Match, day: Day): Promise<void> {
  const { storage, keysOf, now } = options;
  const key = keyUnder(match.order, match.rule, { keysOf, now: now(), day });
  const countable = countableMatch(options, match, day);
  if (!key || !countable || (await isRepeat(storage, countable))) return;
  const subject = await subjectOf(options, match, day);
  if (!subject) return;
  const signal = signalOf(match, day, subject);
  const body = await sealSignal(signal, key);
  const isOver = toDay(now()) > countable.window.lastDay || !successorOf(countable.item, options.items());
  if (isOver) return;
  const lastDay = lastCountingDay(day, match.rule.withinDays);
  await storeSealed(storage, countable, { body, lastDay, notice: noticeTerms(match, signal, options.account) });
}

/** Undefined if the orders of this moment no longer allow the signal. */
function countableMatch({ account, items }: KeepMatchOptions, match: Match, day: Day): CountableMatch | undefined {
  const { source, order, detectIndex, rule, entry, entriesInList } = match;
  const detect = order.detect[detectIndex];
  const item = detect && signalItem(source, order, detect, rule);
  if (!item || !successorOf(item, items())) return undefined;
  const { firstDay, lastDay } = windowOf(rule.withinDays, day);
  const tagKey = crypto.getRandomValues(new Uint8Array(32));
  const how = detect.kind === 'known' ? { by: 'entry' as const, entriesInList, tagKey } : { by: 'day' as const };
  const window: StoredCountingWindow = {
    key: [item.lineage, item.reference, account ?? NO_ACCOUNT, rule.withinDays, firstDay].join(' '),
    item,
    firstDay,
    lastDay,
    counted: nothingCounted(how),
  };
  return { window, item, threshold: rule.threshold, entry, day };
}

/** Undefined if the account has no id left for this day. */
async function subjectOf(
  { account, subjectIds }: KeepMatchOptions,
  { order }: Match,
  day: Day,
): Promise<SubjectId | undefined> {
  if (order.receiver?.subject !== 'pseudonym') return noSubject(crypto.getRandomValues(new Uint8Array(16)));
  return account === undefined ? undefined : subjectIds.take(account, day);
}

function evidenceOf({ evidence }: Match): Pick<MatchSignal, 'evidence' | 'confirmBucket' | 'confirmModel'> {
  if (evidence.kind !== 'confirmed')
    return { evidence: evidence.kind, confirmBucket: 0, confirmModel: new Uint8Array(8) };
  const confirmModel = fromHex(evidence.manifestDigest).subarray(0, 8);
  return { evidence: 'confirmed', confirmBucket: evidence.bucket, confirmModel };
}

function signalOf(match: Match, day: Day, subject: SubjectId): MatchSignal {
  const { kind, surface, media, orderDigest, manifestDigest, entry, level } = match;
  const what = { kind, surface, media, day, orderDigest, manifestDigest, entry, level };
  return { ...subject, ...what, ...evidenceOf(match) };
}

function noticeTerms(
  { order, orderDigest }: Match,
  { signalId }: MatchSignal,
  account: string | undefined,
): NoticeTerms {
  return {
    account: account ?? NO_ACCOUNT,
    orderDigest,
    afterDays: order.notify.user === 'immediately' ? 0 : order.notify.days,
    ...(order.receiver?.subject === 'pseudonym' && { receipt: receiptOf(signalId) }),
  };
}
