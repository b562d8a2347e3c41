/**
 * The storage interface of the network side: transactions over named stores. Promise: a transaction applies completely
 * or not at all. Implemented by indexed-db and memory. Spec: docs/design/signed-inputs.md#storage
 */
import type { Key, Records, StoreName } from './records.ts';

export interface Transaction<S extends StoreName> {
  get<N extends S>(store: N, key: Key): Promise<Records[N] | undefined>;
  put<N extends S>(store: N, key: Key, value: Records[N]): Promise<void>;
  delete(store: S, key: Key): Promise<void>;
  /** The keys alone, ascending: records can be large. */
  keys(store: S): Promise<Key[]>;
  /** In the order of their keys. */
  all<N extends S>(store: N): Promise<[key: Key, value: Records[N]][]>;
  last<N extends S>(store: N): Promise<[key: Key, value: Records[N]] | undefined>;
}

export interface Storage {
  readonly kind: 'persistent' | 'memory';
  /** Applies all of `work`, or nothing. `work` may await only the methods of the transaction. */
  transact<S extends StoreName, T>(stores: readonly S[], work: (tx: Transaction<S>) => Promise<T>): Promise<T>;
  close(): void;
}
