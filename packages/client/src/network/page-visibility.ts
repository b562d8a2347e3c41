/**
 * The page's comings and goings. WebKitGTK keeps the open transactions of a page that was left, and then no later page gets at
 * its database: so they are aborted as the page goes, and begun again if it comes back (from the back/forward cache).
 */
export interface PageLife {
  /** Resolves at once, or when the page is back. */
  shown(): Promise<void>;
  abortOnHide(tx: Pick<IDBTransaction, 'abort'>): Watched;
  close(): void;
}

export interface Watched {
  readonly wasAborted: boolean;
  /** The transaction is over. */
  end(): void;
}

export function watchPageLife(): PageLife {
  const open = new Set<() => void>();
  const listening = new AbortController();
  let hidden: PromiseWithResolvers<void> | undefined;
  const onHide = (): void => {
    hidden ??= Promise.withResolvers();
    for (const abort of open) abort();
  };
  const onShow = (): void => {
    hidden?.resolve();
    hidden = undefined;
  };
  addEventListener('pagehide', onHide, listening);
  addEventListener('pageshow', onShow, listening);
  return {
    shown: async () => hidden?.promise,
    abortOnHide(tx) {
      let wasAborted = false;
      const abort = (): void => {
        try {
          tx.abort();
          wasAborted = true;
        } catch {
          // it was over already
        }
      };
      open.add(abort);
      return {
        get wasAborted() {
          return wasAborted;
        },
        end: () => void open.delete(abort),
      };
    },
    close() {
      listening.abort();
      onShow();
    },
  };
}
