/**
 * Notices for users whose signal was sent, or may have been: stored with the first request, visible when due, kept until
 * the host acknowledges them. Each belongs to the account that was signed in when the match happened. The updater's notices
 * of lists and models join them on the way to the status.
 * Flow: outbox, updater → here → status. Spec: docs/design/outbox.md#notices
 */
import { DAY_MS, type Day, toDay, toInstant } from '@lodestone/protocol';
import type { Notice, ReleaseNotice, SignalNotice } from '../status.ts';
import { NO_ACCOUNT, type NoticeTerms, type StoredNotice } from './storage/records.ts';
import type { Storage } from './storage/transaction.ts';

/** The notice of a signal whose first request leaves on this day. */
export function noticeOf(terms: NoticeTerms, day: Day): StoredNotice {
  return { ...terms, id: crypto.randomUUID(), due: (day + terms.afterDays) as Day, delivery: 'may-have-been-sent' };
}

/**
 * The notices that the host must show to this account today. One whose signal was sent on a later day than tomorrow was stored
 * while the clock was ahead: it is shown now, because its day is not known, and waiting for the wrong one would hide it.
 */
export function dueNotices(stored: readonly StoredNotice[], account: string, today: Day): SignalNotice[] {
  return stored
    .filter(({ account: of, due, afterDays }) => of === account && (due <= today || due - afterDays > today + 1))
    .map(({ id, orderDigest, due, delivery, receipt }) => ({
      kind: 'signal',
      id,
      orderDigest,
      since: toInstant(Math.min(due, today) * DAY_MS),
      delivery,
      ...(receipt !== undefined && { receipt }),
    }));
}

export interface Notices {
  /** Reads the notices again: one may have been stored, or may be due. */
  refresh(): Promise<void>;
  /** The host has shown this notice: it is deleted, with its receipt. */
  acknowledge(id: string): Promise<void>;
}

export interface NoticesOptions {
  storage: Storage;
  /** Short digest of the account that is signed in; undefined without the option `subject`. */
  account: string | undefined;
  /** The updater's, of all accounts: lists and models are the same for each. */
  ofReleases: () => readonly ReleaseNotice[];
  /** A stored notice was deleted. */
  onStored: () => void;
  now: () => number;
  onChange: (notices: Notice[]) => void;
  stop: AbortSignal;
}

export function openNotices({ storage, account, ofReleases, onStored, now, onChange, stop }: NoticesOptions): Notices {
  const refresh = async (): Promise<void> => {
    try {
      const stored = await storage.transact(['notices'], (tx) => tx.all('notices'));
      const notices = stored.map(([, notice]) => notice);
      onChange([...dueNotices(notices, account ?? NO_ACCOUNT, toDay(now())), ...ofReleases()]);
    } catch (error) {
      if (!stop.aborted) reportError(error);
    }
  };
  return {
    refresh,
    async acknowledge(id) {
      await storage.transact(['notices'], (tx) => tx.delete('notices', id));
      await refresh();
      onStored();
    },
  };
}
