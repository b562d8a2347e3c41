/** A pause that ends early on `stop` or when `wake` dispatches "wake". Flow: delivery and sender-lock → here. */
export function sleep(ms: number, { stop, wake }: { stop: AbortSignal; wake?: EventTarget }): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      wake?.removeEventListener('wake', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener('abort', end);
    wake?.addEventListener('wake', end);
    if (stop.aborted) end();
  });
}
