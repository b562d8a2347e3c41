/**
 * The runner of slots: sleeps until the next one, lets one request leave, draws the one after. One page of all that share
 * the storage runs it (a Web Lock decides). Flow: outbox → here → egress → receiver.
 */
import { LodestoneError, type ReceiverKey, toDay } from '@lodestone/protocol';
import { restoreSealed, type SealedSignal, sealSignal } from '@lodestone/seal';
import type { Egress } from '../egress.ts';
import type { StoredSlot } from '../storage/records.ts';
import type { Storage } from '../storage/transaction.ts';
import { queuedSignals, readSlot, settle, sweep } from './store.ts';
import { afterDeparture, departure, gapMs, type Schedule, slotAtStart } from './send-slot.ts';

export interface DeliveryOptions {
  storage: Storage;
  storageName: string;
  egress: Egress;
  endpoint: URL;
  /** Of the orders in force now; undefined where none has a receiver. */
  schedule: () => Schedule | undefined;
  /** To seal covers with. */
  sealingKey: () => ReceiverKey | undefined;
  now: () => number;
  /** How many wait, and why the last step failed (undefined: it no longer does). What is not named stays as it was. */
  told: (change: { waiting?: number; error?: LodestoneError | undefined }) => void;
  /** Dispatches "wake" when the schedule may have changed. */
  wake: EventTarget;
  stop: AbortSignal;
}

/** 53 random bits as a number in [0, 1), from WebCrypto. */
function random(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

/** Sleeps are cut to this, so that a changed clock is seen; changed orders wake the runner at once. */
const LONGEST_SLEEP_MS = 60_000;

/** Runs until `stop`. */
export async function runDelivery(options: DeliveryOptions): Promise<void> {
  const { storage, storageName, stop } = options;
  const run = async (): Promise<void> => {
    let slot = await firstSlot(options);
    while (!stop.aborted) slot = await stepOrTell(options, slot);
  };
  try {
    if (storage.kind === 'memory') await run();
    else await navigator.locks.request(`lodestone outbox ${storageName}`, { signal: stop }, run);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/** A step that fails (storage, above all) is told and taken again later: what waits must not be stuck behind it. */
async function stepOrTell(options: DeliveryOptions, slot: StoredSlot | undefined): Promise<StoredSlot | undefined> {
  try {
    return await step(options, slot);
  } catch (cause) {
    if (options.stop.aborted) return slot;
    options.told({
      error: new LodestoneError('ERR_STORAGE', 'the outbox cannot read or write its outbox; it tries again', {
        cause,
      }),
    });
    await sleep(options, LONGEST_SLEEP_MS);
    return slot;
  }
}

async function firstSlot({ storage, now }: DeliveryOptions): Promise<StoredSlot | undefined> {
  const slot = await readSlot(storage);
  if (!slot) return undefined;
  const begun = { ...slot, next: slotAtStart(slot, now(), { wait: random(), gap: random() }) };
  await settle(storage, begun, undefined);
  return begun;
}

async function step(options: DeliveryOptions, slot: StoredSlot | undefined): Promise<StoredSlot | undefined> {
  const { storage, now, schedule } = options;
  const current = followSchedule(slot, schedule(), now());
  if (!current) {
    await sleep(options, LONGEST_SLEEP_MS);
    return undefined;
  }
  if (current !== slot) await settle(storage, current, undefined);
  const wait = current.next - now();
  if (wait > 0) {
    await sleep(options, Math.min(wait, LONGEST_SLEEP_MS));
    return current;
  }
  return useSlot(options, current);
}

/** A changed schedule draws its next slot anew; where no order asks any longer, what waits leaves by the last one. */
function followSchedule(
  slot: StoredSlot | undefined,
  schedule: Schedule | undefined,
  now: number,
): StoredSlot | undefined {
  if (!schedule) return slot && { ...slot, cover: false };
  if (slot && slot.slotsPerDay === schedule.slotsPerDay)
    return slot.cover === schedule.cover ? slot : { ...slot, cover: schedule.cover };
  const fresh = { ...slot, ...schedule, next: now, failures: slot?.failures ?? 0 };
  return { ...fresh, next: now + gapMs(fresh, random()) };
}

async function useSlot(
  { storage, egress, endpoint, sealingKey, now, told }: DeliveryOptions,
  slot: StoredSlot,
): Promise<StoredSlot> {
  await sweep(storage, now(), toDay(now()));
  const leaving = departure(slot, await queuedSignals(storage));
  const body = await bodyOf(leaving, sealingKey);
  const seq = leaving.kind === 'signal' ? leaving.signal.seq : leaving.kind === 'retry' ? leaving.seq : undefined;
  const error = body && (await post(egress, endpoint, body));
  const sent = body && { body, ...(seq !== undefined && { seq }) };
  const after = afterDeparture(slot, sent, body ? (error ? 'failed' : 'delivered') : 'none');
  const next = { ...after, next: now() + gapMs(after, random()) };
  await settle(storage, next, body && !error ? seq : undefined);
  if (body) told({ waiting: (await queuedSignals(storage)).length, error });
  return next;
}

async function bodyOf(
  leaving: ReturnType<typeof departure>,
  sealingKey: DeliveryOptions['sealingKey'],
): Promise<SealedSignal | undefined> {
  if (leaving.kind === 'retry') return restoreSealed(leaving.body);
  if (leaving.kind === 'signal') return restoreSealed(leaving.signal.body);
  const key = leaving.kind === 'cover' ? sealingKey() : undefined;
  return key && sealSignal({ kind: 'cover' }, key);
}

/** Undefined where it was delivered: the receiver answers every body of the right form with 204. */
async function post(egress: Egress, url: URL, body: SealedSignal): Promise<LodestoneError | undefined> {
  try {
    const { status } = await egress({ method: 'POST', purpose: 'signal', url, body });
    if (status === 204) return undefined;
    return new LodestoneError(
      'ERR_HTTP',
      `receiver ${url.origin}: status ${status}, expected 204; the signal is kept and sent again`,
    );
  } catch (error) {
    if (error instanceof LodestoneError) return error;
    throw error;
  }
}

function sleep({ wake, stop }: DeliveryOptions, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      wake.removeEventListener('wake', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
    wake.addEventListener('wake', done);
  });
}
