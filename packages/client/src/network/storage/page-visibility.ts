/**
 * Aborts open transactions when the page is hidden, and lets storage repeat them when it is shown again (back/forward
 * cache). WebKitGTK otherwise keeps them open, and every later page waits for the database.
 * Spec: docs/design/signed-inputs.md#storage
 */
export interface PageVisibility {
  /** Resolves when the page is visible: immediately, or when it is shown again. */
  whenVisible(): Promise<void>;
  /** Aborts the transaction if the page is hidden before `end`. */
  abortOnHide(tx: Pick<IDBTransaction, 'abort'>): WatchedTransaction;
  close(): void;
}

export interface WatchedTransaction {
  /** The page was hidden while the transaction was open. */
  readonly wasAborted: boolean;
  /** The transaction is over. */
  end(): void;
}

export function watchPageVisibility(): PageVisibility {
  const aborts = new Set<() => void>();
  const listening = new AbortController();
  let hidden: PromiseWithResolvers<void> | undefined;
  const onHide = (): void => {
    hidden ??= Promise.withResolvers();
    for (const abort of aborts) abort();
  };
  const onShow = (): void => {
    hidden?.resolve();
    hidden = undefined;
  };
  addEventListener('pagehide', onHide, listening);
  addEventListener('pageshow', onShow, listening);
  return {
    whenVisible: async () => hidden?.promise,
    abortOnHide(tx) {
      let wasAborted = false;
      const abort = (): void => {
        try {
          tx.abort();
          wasAborted = true;
        } catch {
          // the transaction had ended
        }
      };
      aborts.add(abort);
      return {
        get wasAborted() {
          return wasAborted;
        },
        end: () => void aborts.delete(abort),
      };
    },
    close() {
      listening.abort();
      onShow();
    },
  };
}
