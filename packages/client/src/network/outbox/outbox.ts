/**
 * Takes matches that their orders may signal: counts, seals, stores and sends them, and deletes what has ended.
 * Flow: check → here → receiver/ingest. Spec: docs/design/outbox.md
 */
import { DAY_MS, type Day, LodestoneError, toDay } from '@lodestone/protocol';
import type { Match } from '../../match.ts';
import type { OutboxStatus } from '../../status.ts';
import { type DeliveryOptions, runDelivery } from './delivery.ts';
import { keepMatch, type KeepMatchOptions } from './keep-match.ts';
import { deleteEnded } from './store.ts';
import { openSubjectIds, type SubjectIdsOptions } from './subject-ids.ts';

export interface OutboxOptions
  extends Omit<DeliveryOptions, 'wake' | 'onAttempt' | 'onFailure'>, Omit<KeepMatchOptions, 'items' | 'subjectIds'> {
  subjectIds: Pick<SubjectIdsOptions, 'fetchIds' | 'endpoint' | 'isRequired' | 'random'>;
  onStatus: (status: OutboxStatus) => void;
  /** A signal may have been sent, so a notice may be due. */
  onSent: () => void;
}

export interface Outbox {
  /** Resolves when every match is kept, or forgotten because it cannot be sealed. Nothing is sent yet. Never rejects. */
  take(matches: readonly Match[]): Promise<void>;
  /** Orders or keys may have changed. */
  wake(): void;
}

/** Expired records are deleted at the end of a UTC day. Timers stop while a device sleeps, so none is longer than this. */
const MAX_TIMER_MS = 3_600_000;

export function startOutbox(options: OutboxOptions): Outbox {
  const { storage, now, stop } = options;
  const wake = new EventTarget();
  const items = (): ReturnType<KeepMatchOptions['items']> => options.orders().kept;
  let status: OutboxStatus = { armed: false };
  const report = (error: LodestoneError | undefined): void => {
    status = { armed: status.armed, ...(error && { error }) };
    options.onStatus(status);
  };
  const fail = (cause: unknown): void => {
    if (!stop.aborted) report(typed(cause));
  };
  const { account } = options;
  const { isRequired } = options.subjectIds;
  const subjectIds = openSubjectIds({
    ...options.subjectIds,
    account,
    storage,
    now,
    stop,
    onChange(error) {
      report(error);
      void arm();
    },
  });
  const arm = async (): Promise<void> => {
    const hasKey = options.orders().leaving.length > 0 && options.validKey() !== undefined;
    const armed = hasKey && (!isRequired() || (await subjectIds.covers(toDay(now())).catch(() => false)));
    if (stop.aborted || armed === status.armed) return;
    status = { ...status, armed };
    options.onStatus(status);
  };
  const deleteNow = (): Promise<void> => deleteEnded(storage, items(), toDay(now())).catch(fail);

  let kept: Promise<void> = Promise.resolve();
  const keepAll = async (matches: readonly Match[], day: Day): Promise<void> => {
    for (const match of matches) {
      await keepMatch({ ...options, items, subjectIds }, match, day).catch(fail);
    }
  };

  const deleteAndArm = (): Promise<void> => deleteNow().then(arm);
  void deleteAndArm().then(() => repeatDaily(deleteAndArm, now, stop));
  void runDelivery({
    ...options,
    wake,
    onAttempt: async ({ error }) => {
      options.onSent();
      report(error);
    },
    onFailure: fail,
  }).catch(fail);
  return {
    take(matches) {
      const day = toDay(now());
      kept = kept.then(() => keepAll(matches, day));
      return kept;
    },
    wake() {
      subjectIds.wake();
      void arm();
      void deleteNow();
      wake.dispatchEvent(new Event('wake'));
    },
  };
}

/** Runs `work` at the end of each UTC day, and at least every hour. */
function repeatDaily(work: () => Promise<void>, now: () => number, stop: AbortSignal): void {
  if (stop.aborted) return;
  const untilMidnight = DAY_MS - (now() % DAY_MS);
  const timer = setTimeout(
    () => void work().then(() => repeatDaily(work, now, stop)),
    Math.min(untilMidnight, MAX_TIMER_MS),
  );
  stop.addEventListener('abort', () => clearTimeout(timer), { once: true });
}

function typed(cause: unknown): LodestoneError {
  if (cause instanceof LodestoneError) return cause;
  return new LodestoneError('ERR_STORAGE', 'the outbox could not read or write its storage. The step is retried', {
    cause,
  });
}
