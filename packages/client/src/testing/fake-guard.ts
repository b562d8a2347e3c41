/** A guard for hosts' unit tests, without document, sandbox or network: the test chooses each check. Spec: docs/design/client.md#guard */
import type { Media, Surface } from '@lodestone/protocol';
import { throwIfWrong } from '../call-options.ts';
import type { CheckOptions } from '../check.ts';
import { disposedError } from '../disposed.ts';
import type { Guard } from '../guard-api.ts';
import type { Check } from '../answer.ts';
import { type GuardStatus, type OrderStatus, FIRST_STATUS, StatusHolder } from '../status.ts';

export interface FakeGuardOptions {
  /** The result of `check`. A function receives the content and the options. */
  answer: Check | ((content: Blob | BufferSource, options: CheckOptions) => Check | Promise<Check>);
  /** Default: orders apply to everything. */
  appliesTo?: (what: { surface: Surface; media?: Media }) => boolean;
  status?: Partial<GuardStatus>;
}

export interface FakeGuard extends Guard {
  /** Every call of `check`, in order. */
  readonly checks: readonly { content: Blob | BufferSource; options: CheckOptions }[];
  /** Changes the status and notifies subscribers, as the real guard does. */
  setStatus(change: Partial<GuardStatus>): void;
}

export function createFakeGuard({ answer, appliesTo = () => true, status = {} }: FakeGuardOptions): FakeGuard {
  const holder = new StatusHolder();
  holder.update({ ...FIRST_STATUS, state: 'ready', storage: 'memory', ...status });
  const checks: FakeGuard['checks'][number][] = [];
  const throwIfDisposed = (): void => {
    if (holder.current.state === 'disposed') throw disposedError();
  };
  const dispose = (): void => holder.update({ state: 'disposed' });
  return {
    ready: Promise.resolve(),
    firstRefresh: Promise.resolve(),
    appliesTo: (what) => {
      throwIfWrong('appliesTo', what);
      return appliesTo(what);
    },
    prepare: (what) => throwIfWrong('prepare', what),
    async check(content, options) {
      throwIfDisposed();
      throwIfWrong('check', options);
      options.signal?.throwIfAborted();
      checks.push({ content, options });
      return typeof answer === 'function' ? answer(content, options) : answer;
    },
    get status() {
      return holder.current;
    },
    subscribe: (changed) => holder.subscribe(changed),
    async acknowledgeOrder(orderDigest) {
      throwIfDisposed();
      const seen = (order: OrderStatus): OrderStatus => ({
        ...order,
        acknowledged: true,
        ...(order.state === 'announced' && { state: 'in-force' }),
      });
      const { orders } = holder.current;
      holder.update({ orders: orders.map((order) => (order.orderDigest === orderDigest ? seen(order) : order)) });
    },
    async acknowledgeNotice(id) {
      throwIfDisposed();
      holder.update({ notices: holder.current.notices.filter((notice) => notice.id !== id) });
    },
    ledger: { entries: async () => [], export: async () => new Blob([]) },
    dispose,
    [Symbol.dispose]: dispose,
    checks,
    setStatus: (change) => holder.update(change),
  };
}
