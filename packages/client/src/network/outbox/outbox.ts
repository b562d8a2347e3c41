/**
 * Takes matches that their orders may signal: counts, seals, stores and sends them, and deletes what has ended.
 * Flow: check → here → receiver/ingest. Spec: docs/design/outbox.md
 */
import { DAY_MS, type Day, LodestoneError, type OrderDigest, toDay } from '@lodestone/protocol';
import type { Inputs } from '../../inputs.ts';
import type { Match } from '../../match.ts';
import type { OutboxStatus } from '../../status.ts';
import { armedOrders } from './armed-orders.ts';
import { type DeliveryOptions, runDelivery } from './delivery.ts';
import { keepMatch, type KeepMatchOptions } from './keep-match.ts';
import { nextKeyChange } from './sealing-keys.ts';
import { deleteEnded } from './store.ts';
import { openSubjectIds, type SubjectIdsOptions } from './subject-ids.ts';

export interface OutboxOptions
  extends Omit<DeliveryOptions, 'wake' | 'onAttempt' | 'onFailure'>, Omit<KeepMatchOptions, 'items' | 'subjectIds'> {
  subjectIds: Pick<SubjectIdsOptions, 'fetchIds' | 'endpoint' | 'isRequired' | 'random'>;
  inForce: () => Pick<Inputs, 'orders' | 'models'>;
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
  let known: Known = { armed: [] };
  const report = (news: Partial<Known>): void => {
    const before = known;
    known = { ...known, ...news };
    const isNew = (Object.keys(news) as (keyof Known)[]).some((part) => before[part] !== known[part]);
    if (isNew && !stop.aborted) options.onStatus(statusOf(known));
  };
  const fail = (cause: unknown): void => report({ delivery: typed(cause) });
  const { account } = options;
  const { isRequired } = options.subjectIds;
  const subjectIds = openSubjectIds({
    ...options.subjectIds,
    account,
    storage,
    now,
    stop,
    onLook(error) {
      report({ subjectIds: error });
      void arm();
    },
  });
  const armedNow = async (): Promise<readonly OrderDigest[]> => {
    const hasIds = isRequired() && (await subjectIds.covers(toDay(now())).catch(() => false));
    const armed = armedOrders(options.inForce(), { keysOf: options.keysOf, now: now(), hasIds });
    return armed.join() === known.armed.join() ? known.armed : armed;
  };
  let turn = 0;
  let keyTimer: ReturnType<typeof setTimeout> | undefined;
  stop.addEventListener('abort', () => clearTimeout(keyTimer));
  const arm = async (): Promise<void> => {
    const own = ++turn;
    clearTimeout(keyTimer);
    const armed = await armedNow();
    // While storage was read, orders or keys may have changed: the newest judgement counts.
    if (stop.aborted || own !== turn) return;
    report({ armed });
    const orders = options.inForce().orders.map(({ order }) => order);
    const change = nextKeyChange(orders, options.keysOf, now());
    keyTimer = setTimeout(() => void arm(), Math.min(change - now(), MAX_TIMER_MS));
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
  subjectIds.wake();
  void runDelivery({
    ...options,
    wake,
    onAttempt: async ({ error }) => {
      options.onSent();
      report({ delivery: error });
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

/** What the status is made of. Neither error hides that the other's cause is over. */
interface Known {
  armed: readonly OrderDigest[];
  delivery?: LodestoneError | undefined;
  subjectIds?: LodestoneError | undefined;
}

function statusOf({ armed, delivery, subjectIds }: Known): OutboxStatus {
  const error = delivery ?? subjectIds;
  return { armed, ...(error && { error }) };
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
