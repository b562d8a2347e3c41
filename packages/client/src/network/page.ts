/**
 * The page's comings and goings. WebKitGTK keeps the open transactions of a page that was left, and then no later page gets at
 * its database: so they are aborted as the page goes, and begun again if it comes back (from the back/forward cache).
 */
export interface Page {
  isHidden(): boolean;
  /** Resolves at once, or when the page is back. */
  shown(): Promise<void>;
  /** @returns what is to be called once the transaction is over */
  abortOnHide(tx: Pick<IDBTransaction, 'abort'>): () => void;
  close(): void;
}

export function watchPage(): Page {
  const open = new Set<Pick<IDBTransaction, 'abort'>>();
  const listening = new AbortController();
  let hidden: PromiseWithResolvers<void> | undefined;
  const onHide = (): void => {
    hidden ??= Promise.withResolvers();
    for (const tx of open) {
      try {
        tx.abort();
      } catch {
        // it was over already
      }
    }
  };
  const onShow = (): void => {
    hidden?.resolve();
    hidden = undefined;
  };
  addEventListener('pagehide', onHide, listening);
  addEventListener('pageshow', onShow, listening);
  return {
    isHidden: () => hidden !== undefined,
    shown: async () => hidden?.promise,
    abortOnHide(tx) {
      open.add(tx);
      return () => open.delete(tx);
    },
    close() {
      listening.abort();
      onShow();
    },
  };
}
