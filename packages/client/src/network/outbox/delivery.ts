/**
 * Performs the effects of the delivery machine, while this page is the one that sends.
 * Flow: outbox → here → egress → receiver. Spec: docs/design/outbox.md#delivery
 */
import { LodestoneError, type ReceiverKey, toDay } from '@lodestone/protocol';
import { restoreSealed, sealSignal } from '@lodestone/seal';
import type { Egress } from '../egress.ts';
import type { StoredSlot } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { type Attempt, type DeliveryEffect, type DeliveryEvent, firstStep, next } from './delivery-state.ts';
import type { OrderState } from './send-slot.ts';
import { whileSender } from './sender-lock.ts';
import { sleep } from './sleep.ts';
import { deleteEnded, readSlot, replaceSlot, writeDown } from './store.ts';

export interface DeliveryOptions {
  storage: Storage;
  storageName: string;
  locks: Pick<LockManager, 'request'>;
  egress: Egress;
  /** The receiver's address. */
  endpoint: URL;
  /** What the orders determine now. */
  orders: () => OrderState;
  /** The key to encrypt covers with: one that is valid now. Without one nothing leaves. */
  validKey: () => ReceiverKey | undefined;
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  /** A request was sent; `error` is the reason if it was not delivered. */
  onAttempt: (attempt: Attempt) => Promise<void>;
  /** A step failed; delivery continues after a pause. */
  onFailure: (cause: unknown) => void;
  /** Dispatches `wake` when the orders or keys may have changed. */
  wake: EventTarget;
  stop: AbortSignal;
}

/** A slot that is this long overdue belongs to a page that is frozen: a request and a pause take less than half. */
const OVERDUE_MS = 600_000;

/** Runs until `stop`. */
export async function runDelivery(options: DeliveryOptions): Promise<void> {
  const { storage, storageName, locks, stop } = options;
  if (storage.kind === 'memory') return run(options, stop);
  const isOverdue = async (): Promise<boolean> => {
    const slot = options.orders().schedule && (await readSlot(storage));
    return slot !== undefined && slot.next + OVERDUE_MS < options.now();
  };
  await whileSender({ name: `lodestone outbox ${storageName}`, locks, isOverdue, stop }, (lost) => run(options, lost));
}

async function run(options: DeliveryOptions, lost: AbortSignal): Promise<void> {
  const { now, orders, validKey, random } = options;
  const stop = AbortSignal.any([options.stop, lost]);
  let step = firstStep();
  while (!stop.aborted) {
    const event = await perform(options, step.effect, stop).catch((cause: unknown) => ({
      type: 'failed' as const,
      cause,
    }));
    if (stop.aborted) return;
    const moment = {
      ...orders(),
      now: now(),
      hasKey: validKey() !== undefined,
      random: { wait: random(), gap: random() },
    };
    step = next(step.state, event, moment);
  }
}

async function perform(options: DeliveryOptions, effect: DeliveryEffect, stop: AbortSignal): Promise<DeliveryEvent> {
  const { storage, wake } = options;
  switch (effect.type) {
    case 'read-slot':
      return { type: 'slot-read', slot: await readSlot(storage) };
    case 'sleep':
      if (effect.failure) options.onFailure(effect.failure.cause);
      await sleep(effect.ms, { stop, wake });
      return { type: 'woken' };
    case 'write-down':
      return writeDownBody(options, effect.slot);
    case 'send':
      return { type: 'answered', slot: effect.slot, attempt: { error: await post(options, effect.slot) } };
    case 'store-slot':
      return storeSlot(storage, effect);
    case 'report':
      await options.onAttempt(effect.attempt);
      return { type: 'reported' };
  }
}

/** Encrypts a cover whether or not a signal is queued, so that both take the same time. */
async function writeDownBody(
  { storage, orders, validKey, now }: DeliveryOptions,
  slot: StoredSlot,
): Promise<DeliveryEvent> {
  const { kept } = orders();
  await deleteEnded(storage, kept, toDay(now()));
  const key = slot.cover && !slot.body ? validKey() : undefined;
  const cover = key && (await sealSignal({ kind: 'cover' }, key));
  const written = await writeDown(storage, slot, { cover, leaving: orders().leaving, day: toDay(now()) });
  return written === 'superseded' ? { type: 'superseded' } : { type: 'written-down', slot: written };
}

async function storeSlot(
  storage: Storage,
  { before, slot, attempt }: Extract<DeliveryEffect, { type: 'store-slot' }>,
): Promise<DeliveryEvent> {
  const sent = attempt && !attempt.error ? before?.body?.notice : undefined;
  const stored = await replaceSlot(storage, before, slot, sent);
  return stored === 'superseded' ? { type: 'superseded' } : { type: 'slot-stored', slot: stored, attempt };
}

/** Undefined if the body was delivered: the receiver answers every well-formed body with 204. */
async function post({ egress, endpoint }: DeliveryOptions, { body }: StoredSlot): Promise<LodestoneError | undefined> {
  try {
    const sealed = restoreSealed(body?.bytes ?? new Uint8Array());
    const { status } = await egress({ method: 'POST', purpose: 'signal', url: endpoint, body: sealed });
    if (status === 204) return undefined;
    return new LodestoneError(
      'ERR_HTTP',
      `receiver ${endpoint.origin}: status ${status}, expected 204. The request is repeated at the next send slot`,
    );
  } catch (error) {
    if (error instanceof LodestoneError) return error;
    throw error;
  }
}
