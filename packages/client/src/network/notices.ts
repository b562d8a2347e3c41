/**
 * Notices for users whose signal was queued: stored with the signal, visible when due, kept until the host acknowledges
 * them.
 * Flow: outbox → here → status. Spec: docs/design/outbox.md#notices
 */
import { DAY_MS, type DetectionOrder, toInstant } from '@lodestone/protocol';
import type { Notice } from '../status.ts';
import type { StoredNotice } from './storage/records.ts';
import type { Storage } from './storage/transaction.ts';

/** The time, in milliseconds, from which the host must show the notice of a signal that is queued now. */
export function noticeDue({ notify }: Pick<DetectionOrder, 'notify'>, now: number): number {
  return notify.user === 'immediately' ? now : now + notify.days * DAY_MS;
}

/** The notices that the host must show now. */
export function dueNotices(stored: readonly StoredNotice[], now: number): Notice[] {
  return stored
    .filter(({ due }) => due <= now)
    .map(({ id, orderDigest, due }) => ({ id, orderDigest, since: toInstant(due) }));
}

export interface Notices {
  /** Reads the notices again: one may have been stored, or may be due. */
  refresh(): Promise<void>;
  /** The host has shown this notice. */
  acknowledge(id: string): Promise<void>;
}

export interface NoticesOptions {
  storage: Storage;
  now: () => number;
  onChange: (due: Notice[]) => void;
  stop: AbortSignal;
}

export function openNotices({ storage, now, onChange, stop }: NoticesOptions): Notices {
  const refresh = async (): Promise<void> => {
    try {
      const stored = await storage.transact(['notices'], (tx) => tx.all('notices'));
      onChange(
        dueNotices(
          stored.map(([, notice]) => notice),
          now(),
        ),
      );
    } catch (error) {
      if (!stop.aborted) reportError(error);
    }
  };
  return {
    refresh,
    async acknowledge(id) {
      await storage.transact(['notices'], (tx) => tx.delete('notices', id));
      await refresh();
    },
  };
}
