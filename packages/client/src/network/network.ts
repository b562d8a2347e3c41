/**
 * The side that talks: storage, ledger, egress, updater and outbox, opened in this order and tied together. It never sees
 * content: what it takes are matches. Flow: signed inputs come in through the updater, signals go out through the outbox.
 */
import { toInstant } from '@lodestone/protocol';
import type { GuardOptions } from '../options.ts';
import type { GuardStatus, Notice } from '../status.ts';
import { type Outbox, startOutbox } from './outbox/outbox.ts';
import { scheduleOf } from './outbox/send-slot.ts';
import { createEgress } from './egress.ts';
import { type Updater, openUpdater } from './updater/updater.ts';
import type { SourceConfig } from './updater/source.ts';
import { type LedgerWriter, openLedger } from './ledger.ts';
import { openStorage } from './storage/storage.ts';
import type { Storage } from './storage/transaction.ts';

export interface Network {
  /** Of the storage now. */
  readonly kind: () => Storage['kind'];
  readonly updater: Updater;
  readonly outbox: Outbox;
  readonly ledger: LedgerWriter;
  /** The notice was shown. */
  acknowledge(notice: string): Promise<void>;
}

export async function openNetwork(
  options: GuardOptions,
  {
    now,
    update,
    changed,
    stop,
  }: { now: () => number; update: (change: Partial<GuardStatus>) => void; changed: () => void; stop: AbortSignal },
): Promise<Network> {
  const storageName = options.storageName ?? 'lodestone';
  const storage = await openStorage(storageName, () => update({ storage: 'memory' }));
  stop.addEventListener('abort', () => storage.close());
  if (stop.aborted) storage.close(); // the guard may be disposed before it is open
  stop.throwIfAborted();
  const ledger = await openLedger(storage, now);
  const egress = createEgress(ledger, stop);

  const showNotices = async (): Promise<void> => {
    try {
      const notices = await dueNotices(storage, now());
      update({ notices });
    } catch (error) {
      if (!stop.aborted) reportError(error);
    }
  };
  const updater = await openUpdater({
    sources: sourcesOf(options),
    endpoint: options.endpoint,
    storage,
    egress,
    ledger,
    now,
    stop,
    changed() {
      outbox.wake();
      changed();
      void showNotices();
    },
  });
  let outboxState: GuardStatus['outbox'] = { waiting: 0 };
  const outbox = startOutbox({
    storage,
    storageName,
    egress,
    endpoint: new URL(options.endpoint),
    schedule: () => scheduleOf(updater.inputs().orders.map(({ order }) => order)),
    sealingKey: updater.sealingKey,
    subject: {
      ask: options.subject,
      isWanted: () => updater.inputs().orders.some(({ order }) => order.receiver?.subject === 'pseudonym'),
    },
    now,
    told(change) {
      const { waiting, error } = { ...outboxState, ...change };
      outboxState = { waiting, ...(error && { error }) };
      update({ outbox: outboxState });
    },
    queued: () => void showNotices(),
    stop,
  });
  await showNotices();
  return {
    kind: () => storage.kind,
    updater,
    outbox,
    ledger,
    async acknowledge(notice) {
      await storage.transact(['notices'], (tx) => tx.delete('notices', notice));
      await showNotices();
    },
  };
}

async function dueNotices(storage: Storage, now: number): Promise<Notice[]> {
  const all = await storage.transact(['notices'], (tx) => tx.all('notices'));
  return all
    .map(([, notice]) => notice)
    .filter(({ due }) => due <= now)
    .map(({ id, orderDigest, due }) => ({ id, orderDigest, since: toInstant(due) }));
}

function sourcesOf({ authorities: { orders, lists, provider } }: GuardOptions): SourceConfig[] {
  const as =
    (power: SourceConfig['power']) =>
    ({ name, url, root }: GuardOptions['authorities']['provider']): SourceConfig => ({
      name,
      power,
      root,
      url: new URL(url.endsWith('/') ? url : `${url}/`),
    });
  return [...orders.map(as('orders')), ...lists.map(as('lists')), as('provider')(provider)];
}
