/**
 * Tells the other tabs of a storage that it has changed, so that acknowledgements, notices and orders are the same in each. It says
 * only "read the storage again": a tab that a thief controls can tell the others nothing else.
 * Flow: updater, notices → here → the other tabs. Spec: docs/design/client.md#tabs
 */
export interface Tabs {
  /** Storage has changed. */
  changed(): void;
}

export interface TabsOptions {
  storageName: string;
  /** Another tab has changed the storage. */
  onChange: () => void;
  stop: AbortSignal;
}

export function openTabs({ storageName, onChange, stop }: TabsOptions): Tabs {
  const channel = new BroadcastChannel(`lodestone ${storageName}`);
  channel.addEventListener('message', onChange); // whatever it says
  stop.addEventListener('abort', () => channel.close());
  if (stop.aborted) channel.close();
  return { changed: () => stop.aborted || channel.postMessage('changed') };
}
