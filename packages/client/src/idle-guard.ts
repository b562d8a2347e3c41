/** The guard without a document, so that importing and creating a guard are safe in server-side rendering. Spec: docs/design/client.md#guard */
import { LodestoneError } from '@lodestone/protocol/error';
import { throwIfWrong } from './call-options.ts';
import { disposedError } from './disposed.ts';
import type { Guard } from './guard-api.ts';
import { StatusHolder } from './status.ts';

export function idleGuard(): Guard {
  const status = new StatusHolder();
  const dispose = (): void => status.update({ state: 'disposed' });
  const throwIfDisposed = (): void => {
    if (status.current.state === 'disposed') throw disposedError();
  };
  return {
    ready: Promise.resolve(),
    firstRefresh: Promise.resolve(),
    appliesTo: (what) => {
      throwIfWrong('appliesTo', what);
      return status.current.state !== 'disposed';
    },
    prepare: (what) => throwIfWrong('prepare', what),
    async check() {
      throwIfDisposed();
      throw new LodestoneError('ERR_NO_DOCUMENT', 'check: this environment has no document: call it in a browser page');
    },
    get status() {
      return status.current;
    },
    subscribe: (changed) => status.subscribe(changed),
    acknowledgeOrder: async () => throwIfDisposed(),
    acknowledgeNotice: async () => throwIfDisposed(),
    ledger: {
      async entries() {
        throwIfDisposed();
        return [];
      },
      async export() {
        throwIfDisposed();
        return new Blob([], { type: 'application/x-ndjson' });
      },
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}
