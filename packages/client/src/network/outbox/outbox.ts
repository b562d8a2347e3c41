/**
 * From a match that its order wants signalled to the receiver: count → hold → seal → outbox → slot → egress.
 * Everything random is drawn here, on the side that never sees content. Flow: policy → here → receiver/ingest.
 */
import {
  type Digest,
  LodestoneError,
  type MatchSignal,
  type ReceiverKey,
  toDay,
  toHex,
  utf8,
} from '@lodestone/protocol';
import { sealSignal } from '@lodestone/seal';
import { lastCountingDay, windowOf } from '@lodestone/trust';
import type { Match } from '../../match.ts';
import { type DeliveryOptions, runDelivery } from './delivery.ts';
import { openCountingWindow, queuedSignals, takeSealed } from './store.ts';
import { openSubjectIdStore, type SubjectIdStore } from './subject-id.ts';

export interface OutboxOptions extends Omit<DeliveryOptions, 'wake' | 'sealingKey'> {
  /** The key to seal with under this order (any order with a receiver, for covers). */
  sealingKey: (order?: Digest) => ReceiverKey | undefined;
  /** The host's account service, and whether an order in force wants it asked. */
  subject: { ask: (() => Promise<Uint8Array>) | undefined; isWanted: () => boolean };
  /** A signal was queued, so a notice may be due. */
  queued: () => void;
}

export interface Outbox {
  /** Resolves when each match is counted and kept; nothing of it was sent yet. */
  take(matches: readonly Match[]): Promise<void>;
  /** Orders, keys or the network changed: what could not be sealed is tried again, the schedule is read anew. */
  wake(): void;
}

/** How often a match that cannot be sealed (no key, no subject yet) is tried again. */
const RETRY_MS = 5_000;

export function startOutbox(options: OutboxOptions): Outbox {
  const { storage, told, stop } = options;
  const wake = new EventTarget();
  const subject = openSubjectIdStore({
    ...options.subject,
    storage,
    stop,
    told(error) {
      told({ error });
      if (!error) again();
    },
  });
  let unsealed: Match[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  stop.addEventListener('abort', () => clearTimeout(timer));

  const take = async (matches: readonly Match[]): Promise<void> => {
    for (const match of matches) {
      try {
        await takeOne(options, subject, match);
      } catch (cause) {
        unsealed.push(match);
        told({ error: asError(cause) });
        schedule();
      }
    }
    if (matches.length === 0) return;
    await count();
    options.queued();
  };
  const count = async (): Promise<void> => {
    try {
      told({ waiting: (await queuedSignals(storage)).length + unsealed.length });
    } catch (cause) {
      if (!stop.aborted) told({ error: asError(cause) });
    }
  };
  const again = (): void => {
    const matches = unsealed;
    unsealed = [];
    void take(matches).then(() => {
      if (matches.length > 0 && unsealed.length === 0) told({ error: undefined });
    });
  };
  const schedule = (): void => {
    clearTimeout(timer);
    if (!stop.aborted) timer = setTimeout(again, RETRY_MS);
  };

  void runDelivery({ ...options, wake }).catch((cause: unknown) => told({ error: asError(cause) }));
  void count();
  return {
    take,
    wake() {
      subject.wake();
      again();
      wake.dispatchEvent(new Event('wake'));
    },
  };

  function asError(cause: unknown): LodestoneError {
    return cause instanceof LodestoneError
      ? cause
      : new LodestoneError('ERR_STORAGE', 'a match could not be kept', { cause });
  }
}

/** One match: its window, its seal, its place in the outbox. The seal comes first, so a repeat takes as long as a new one. */
async function takeOne(
  { storage, sealingKey, now }: OutboxOptions,
  subject: SubjectIdStore,
  match: Match,
): Promise<void> {
  const day = toDay(now());
  const { number, lastDay } = windowOf(match.order, match.rule.withinDays, day);
  const window = await openCountingWindow(storage, `${match.orderDigest} ${match.detectIndex} ${number}`, lastDay);
  const tag = await tagOf(window.tagKey, match.entry > 0 ? `entry ${match.entry}` : `day ${day}`);
  const key = sealingKey(match.orderDigest);
  if (!key)
    throw new LodestoneError(
      'ERR_KEYS',
      `order ${match.order.id}: the receiver has no key that is valid now; the match waits`,
    );
  const signal: MatchSignal = {
    kind: match.kind,
    surface: match.surface,
    media: match.media,
    day,
    signalId: crypto.getRandomValues(new Uint8Array(16)),
    orderDigest: match.orderDigest,
    manifestDigest: match.manifestDigest,
    subject: match.order.receiver?.subject === 'pseudonym' ? await subject.read() : new Uint8Array(32),
    entry: match.entry,
    level: match.level,
  };
  const body = await sealSignal(signal, key);
  await takeSealed(
    storage,
    {
      orderDigest: match.orderDigest,
      order: match.order,
      rule: match.rule,
      window,
      tag,
      lastDay: lastCountingDay(day, match.rule.withinDays),
    },
    body,
    now(),
  );
}

/** 8 bytes of HMAC-SHA256 in hex: enough to count once, too little to look up once the window's key is gone. */
async function tagOf(tagKey: Uint8Array<ArrayBuffer>, what: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', tagKey, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(what))).subarray(0, 8));
}
