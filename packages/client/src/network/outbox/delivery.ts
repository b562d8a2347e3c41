/**
 * Performs the effects of the delivery machine. Of all pages that share a storage one delivers; a Web Lock decides
 * which.
 * Flow: outbox → here → egress → receiver. Spec: docs/design/outbox.md#delivery
 */
import { LodestoneError, type ReceiverKey, toDay } from '@lodestone/protocol';
import { restoreSealed, type SealedSignal, sealSignal } from '@lodestone/seal';
import type { Egress } from '../egress.ts';
import type { StoredSlot } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { type Attempt, type DeliveryEffect, type DeliveryEvent, firstStep, next } from './delivery-state.ts';
import type { Departure, Schedule } from './send-slot.ts';
import { deleteExpired, queuedSignals, readSlot, storeSlot } from './store.ts';

export interface DeliveryOptions {
  storage: Storage;
  storageName: string;
  egress: Egress;
  /** The receiver's address. */
  endpoint: URL;
  /** The schedule of the orders in force now; undefined if no order has a receiver. */
  schedule: () => Schedule | undefined;
  /** The key to encrypt covers with. */
  sealingKey: () => ReceiverKey | undefined;
  now: () => number;
  /** A request was sent; `error` is the reason if it was not delivered. */
  onAttempt: (attempt: Attempt) => Promise<void>;
  /** A step failed; delivery continues after a pause. */
  onFailure: (cause: unknown) => void;
  /** Dispatches `wake` when the schedule may have changed. */
  wake: EventTarget;
  stop: AbortSignal;
}

/** Runs until `stop`. */
export async function runDelivery(options: DeliveryOptions): Promise<void> {
  const { storage, storageName, stop } = options;
  try {
    if (storage.kind === 'memory') await run(options);
    else await navigator.locks.request(`lodestone outbox ${storageName}`, { signal: stop }, () => run(options));
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

async function run(options: DeliveryOptions): Promise<void> {
  const { now, schedule, stop } = options;
  let step = firstStep();
  while (!stop.aborted) {
    const event = await perform(options, step.effect).catch((cause: unknown) => ({ type: 'failed' as const, cause }));
    if (stop.aborted) return;
    const random = { wait: randomUnit(), gap: randomUnit() };
    step = next(step.state, event, { now: now(), schedule: schedule(), random });
  }
}

async function perform(options: DeliveryOptions, effect: DeliveryEffect): Promise<DeliveryEvent> {
  const { storage, now } = options;
  switch (effect.type) {
    case 'read-slot':
      return { type: 'slot-read', slot: await readSlot(storage) };
    case 'sleep':
      if (effect.failure) options.onFailure(effect.failure.cause);
      await sleep(options, effect.ms);
      return { type: 'woken' };
    case 'read-queue':
      await deleteExpired(storage, toDay(now()));
      return { type: 'queue-read', queued: await queuedSignals(storage) };
    case 'send':
      return send(options, effect.departure);
    case 'store-slot':
      await storeSlot(storage, effect.slot, effect.delivered);
      return { type: 'slot-stored', slot: effect.slot, attempt: effect.attempt };
    case 'report':
      await options.onAttempt(effect.attempt);
      return { type: 'reported' };
  }
}

async function send(
  { egress, endpoint, sealingKey }: DeliveryOptions,
  departure: Exclude<Departure, { kind: 'nothing' }>,
): Promise<DeliveryEvent> {
  const sent = await bodyOf(departure, sealingKey);
  return { type: 'attempted', sent, ...(sent && { error: await post(egress, endpoint, sent.body) }) };
}

interface Sent extends NonNullable<StoredSlot['retry']> {
  body: SealedSignal;
}

async function bodyOf(
  departure: Exclude<Departure, { kind: 'nothing' }>,
  sealingKey: DeliveryOptions['sealingKey'],
): Promise<Sent | undefined> {
  switch (departure.kind) {
    case 'retry':
      return {
        body: restoreSealed(departure.body),
        ...(departure.seq !== undefined && { seq: departure.seq }),
      };
    case 'signal':
      return { body: restoreSealed(departure.signal.body), seq: departure.signal.seq };
    case 'cover': {
      const key = sealingKey();
      return key && { body: await sealSignal({ kind: 'cover' }, key) };
    }
  }
}

/** Undefined if the body was delivered: the receiver answers every well-formed body with 204. */
async function post(egress: Egress, url: URL, body: SealedSignal): Promise<LodestoneError | undefined> {
  try {
    const { status } = await egress({ method: 'POST', purpose: 'signal', url, body });
    if (status === 204) return undefined;
    return new LodestoneError(
      'ERR_HTTP',
      `receiver ${url.origin}: status ${status}, expected 204. The signal stays queued and is sent again`,
    );
  } catch (error) {
    if (error instanceof LodestoneError) return error;
    throw error;
  }
}

/** 53 random bits as a number in [0, 1), from WebCrypto. */
function randomUnit(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

function sleep({ wake, stop }: Pick<DeliveryOptions, 'wake' | 'stop'>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      wake.removeEventListener('wake', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener('abort', end);
    wake.addEventListener('wake', end);
  });
}
