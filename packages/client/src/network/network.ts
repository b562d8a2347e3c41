/**
 * The network side: opens storage, ledger, egress, updater, outbox and notices, and connects them. It never receives
 * content, only matches.
 * Flow: signed inputs arrive through the updater, signals leave through the outbox.
 * Spec: docs/design/overview.md#data-flow
 */
import type { GuardOptions } from '../options.ts';
import type { GuardStatus } from '../status.ts';
import { createEgress } from './egress.ts';
import { type LedgerWriter, openLedger } from './ledger.ts';
import { type Notices, openNotices } from './notices.ts';
import { type Outbox, startOutbox } from './outbox/outbox.ts';
import { validKey } from './outbox/sealing-keys.ts';
import { scheduleOf } from './outbox/send-slot.ts';
import { signalItems } from './outbox/signal-items.ts';
import { digestOfAccount } from './outbox/subject-ids.ts';
import { watchPagePolicy } from './page-policy.ts';
import { openStorage } from './storage/storage.ts';
import type { Storage } from './storage/transaction.ts';
import { openTabs } from './tabs.ts';
import { sourceConfigs } from './updater/source.ts';
import { openUpdater, type Updater } from './updater/updater.ts';

export interface Network {
  /** The current kind of storage. It may change to memory later. */
  readonly storageKind: () => Storage['kind'];
  readonly updater: Updater;
  readonly outbox: Outbox;
  readonly ledger: LedgerWriter;
  readonly notices: Notices;
}

export interface NetworkContext {
  onStatus: (change: Partial<GuardStatus>) => void;
  /** The inputs in force, or the status of the updater, may have changed. */
  onInputs: () => void;
  now: () => number;
  stop: AbortSignal;
}

/** @throws {LodestoneError} `ERR_STORAGE`, or the reason of `stop` */
export async function openNetwork(
  options: GuardOptions,
  { onStatus, onInputs, now, stop }: NetworkContext,
): Promise<Network> {
  const storageName = options.storageName ?? 'lodestone';
  const endpoint = new URL(options.endpoint);
  const storage = await openStorage(storageName, () => onStatus({ storage: 'memory' }));
  stop.addEventListener('abort', () => storage.close());
  if (stop.aborted) storage.close(); // the guard may be disposed before storage is open
  stop.throwIfAborted();

  const ledger = await openLedger(storage, now);
  const egress = createEgress(ledger, stop, watchPagePolicy(document, stop));
  const account = options.subject && (await digestOfAccount(options.subject.account));
  const notices = openNotices({
    storage,
    account,
    ofReleases: () => updater.notices(),
    onStored: () => tabs.changed(),
    now,
    onChange: (all) => onStatus({ notices: all }),
    stop,
  });
  const updater = await openUpdater({
    sources: sourceConfigs(options.authorities),
    endpoint: options.endpoint,
    storage,
    storageName,
    locks: navigator.locks,
    egress,
    ledger,
    now,
    onChange() {
      outbox.wake();
      onInputs();
      void notices.refresh();
      tabs.changed(); // the others read what is stored, find nothing new, and say nothing
    },
    stop,
  });
  const ordersInForce = () => updater.inputs().orders.map(({ order }) => order);
  const outbox = startOutbox({
    storage,
    storageName,
    locks: navigator.locks,
    account,
    egress,
    endpoint,
    inForce: () => updater.inputs(),
    orders() {
      const { orders, unknown } = updater.inputs();
      return {
        schedule: scheduleOf(ordersInForce()),
        leaving: signalItems(orders),
        kept: signalItems([...orders, ...unknown]),
      };
    },
    validKey: () => validKey(ordersInForce(), updater.keysOf, now()),
    keysOf: updater.keysOf,
    subjectIds: {
      fetchIds: options.subject?.fetchIds,
      endpoint: options.endpoint,
      isRequired: () => ordersInForce().some(({ receiver }) => receiver?.subject === 'pseudonym'),
      random: randomUnit,
    },
    now,
    random: randomUnit,
    onStatus: (status) => onStatus({ outbox: status }),
    onSent() {
      void notices.refresh();
      tabs.changed();
    },
    stop,
  });
  const tabs = openTabs({
    storageName,
    onChange() {
      updater.reread().catch((error: unknown) => stop.aborted || reportError(error));
      void notices.refresh();
    },
    stop,
  });
  await notices.refresh();
  return { storageKind: () => storage.kind, updater, outbox, ledger, notices };
}

/** 53 random bits as a number in [0, 1), from WebCrypto. */
function randomUnit(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}
