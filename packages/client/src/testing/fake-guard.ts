/** A guard for hosts' unit tests, without document, sandbox or network: the test chooses each check. Spec: docs/design/client.md#guard */
import { LodestoneError, type Media, type Surface } from '@lodestone/protocol';
import type { CheckOptions } from '../check.ts';
import type { Guard } from '../guard.ts';
import type { Check } from '../policy.ts';
import { type GuardStatus, FIRST_STATUS, StatusHolder } from '../status.ts';

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
  const dispose = (): void => holder.update({ state: 'disposed' });
  return {
    ready: Promise.resolve(),
    appliesTo,
    async check(content, options) {
      if (holder.current.state === 'disposed')
        throw new LodestoneError('ERR_DISPOSED', 'check: the guard was disposed');
      options.signal?.throwIfAborted();
      checks.push({ content, options });
      return typeof answer === 'function' ? answer(content, options) : answer;
    },
    get status() {
      return holder.current;
    },
    subscribe: (changed) => holder.subscribe(changed),
    async acknowledge(id) {
      const { orders, notices } = holder.current;
      holder.update({
        orders: orders.map((order) =>
          order.orderDigest === id && order.state === 'announced' ? { ...order, state: 'in-force' } : order,
        ),
        notices: notices.filter((notice) => notice.id !== id),
      });
    },
    ledger: { entries: async () => [], export: async () => new Blob([]) },
    dispose,
    [Symbol.dispose]: dispose,
    checks,
    setStatus: (change) => holder.update(change),
  };
}
