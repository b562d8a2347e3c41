/**
 * Takes matches that must be signalled under their order: counts, seals, stores and sends them. The rules are in `state` and
 * `delivery-state`; this file performs their effects.
 * Flow: check → here → receiver/ingest. Spec: docs/design/outbox.md#held-and-queued
 */
import { type OrderDigest, LodestoneError, type ReceiverKey } from '@lodestone/protocol';
import type { Match } from '../../match.ts';
import type { GuardStatus } from '../../status.ts';
import { type DeliveryOptions, runDelivery } from './delivery.ts';
import { keepMatch } from './keep-match.ts';
import { INITIAL, next, type OutboxEffect, type OutboxEvent, outboxStatus } from './state.ts';
import { queuedSignals } from './store.ts';
import { openSubjectIds, type SubjectIdsOptions } from './subject-ids.ts';

export interface OutboxOptions extends Omit<DeliveryOptions, 'wake' | 'sealingKey' | 'onAttempt' | 'onFailure'> {
  /** The key to seal with under this order; without one, under any order that has a receiver. */
  sealingKey: (order?: OrderDigest) => ReceiverKey | undefined;
  subjectIds: Pick<SubjectIdsOptions, 'account' | 'fetchIds' | 'endpoint' | 'isRequired'>;
  onStatus: (status: GuardStatus['outbox']) => void;
  /** A signal may have been queued, so a notice may be due. */
  onQueued: () => void;
}

export interface Outbox {
  /** Resolves when every match is counted and kept. Nothing is sent yet. */
  take(matches: readonly Match[]): Promise<void>;
  /** Orders, keys or the network have changed: retries unsealed matches, and reads the schedule again. */
  wake(): void;
}

export function startOutbox(options: OutboxOptions): Outbox {
  const { storage, stop } = options;
  const wake = new EventTarget();
  let state = INITIAL;
  let timer: ReturnType<typeof setTimeout> | undefined;
  stop.addEventListener('abort', () => clearTimeout(timer));

  const dispatch = (event: OutboxEvent): void => {
    const step = next(state, event);
    const [before, after] = [outboxStatus(state), outboxStatus(step.state)];
    state = step.state;
    if (before.waiting !== after.waiting || before.error !== after.error) options.onStatus(after);
    for (const effect of step.effects) perform(effect);
  };
  const perform = (effect: OutboxEffect): void => {
    clearTimeout(timer);
    if (effect.type === 'retry') void retry(effect.matches);
    else if (!stop.aborted) timer = setTimeout(() => dispatch({ type: 'retry-requested' }), effect.delayMs);
  };
  const retry = async (matches: readonly Match[]): Promise<void> => {
    await take(matches);
    dispatch({ type: 'retry-ended' });
  };
  const countQueued = async (): Promise<number> => (await queuedSignals(storage)).length;

  const subjectIds = openSubjectIds({
    ...options.subjectIds,
    storage,
    now: options.now,
    stop,
    onChange: (error) => dispatch({ type: 'subject-ids-changed', error }),
  });
  const take = async (matches: readonly Match[]): Promise<void> => {
    for (const match of matches) {
      try {
        await keepMatch({ ...options, subjectIds, account: options.subjectIds.account ?? NO_ACCOUNT }, match);
        dispatch({ type: 'match-stored', match, queued: await countQueued() });
      } catch (cause) {
        dispatch({ type: 'match-failed', match, error: typed(cause) });
      }
    }
    if (matches.length > 0) options.onQueued();
  };
  const fail = (cause: unknown): void => {
    if (!stop.aborted) dispatch({ type: 'failed', error: typed(cause) });
  };

  void runDelivery({
    ...options,
    wake,
    onAttempt: async ({ error }) => dispatch({ type: 'delivery-attempted', queued: await countQueued(), error }),
    onFailure: fail,
  }).catch(fail);
  void countQueued().then((queued) => dispatch({ type: 'queue-counted', queued }), fail);
  return {
    take,
    wake() {
      subjectIds.wake();
      dispatch({ type: 'retry-requested' });
      wake.dispatchEvent(new Event('wake'));
    },
  };
}

/** Separates the matches of a guard without the option `subject`. */
const NO_ACCOUNT = 'none';

function typed(cause: unknown): LodestoneError {
  if (cause instanceof LodestoneError) return cause;
  return new LodestoneError('ERR_STORAGE', 'the outbox could not read or write its storage. The step is retried', {
    cause,
  });
}
