/** Work that several callers wait for: it runs once, and stops only when every caller has aborted. Flow: check → here. Spec: docs/design/client.md#check */

type Progress = (percent: number) => void;

export class SharedWork<Result> {
  readonly #stop = new AbortController();
  readonly #listeners = new Set<Progress>();
  readonly #result: Promise<Result>;
  #waiting = 0;
  #mayEndDifferently = false;

  constructor(
    work: (stop: AbortSignal, progress: Progress) => Promise<Result>,
    mayEndDifferently: (result: Result) => boolean,
  ) {
    this.#result = work(this.#stop.signal, (percent) => {
      for (const report of this.#listeners) report(percent);
    });
    this.#result.then(
      (result) => (this.#mayEndDifferently = mayEndDifferently(result)),
      () => (this.#mayEndDifferently = true), // each caller gets the rejection from `join`
    );
  }

  /** The work is under way, or ended with a result that a second run would repeat. */
  get isReusable(): boolean {
    return !this.#mayEndDifferently && !this.#stop.signal.aborted;
  }

  /** @throws the signal's reason, or what the work rejected with */
  async join(signal: AbortSignal | undefined, onProgress: Progress | undefined): Promise<Result> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const leave = (): void => reject(signal?.reason);
    const report = (percent: number): void => {
      try {
        onProgress?.(percent);
      } catch (error) {
        reportError(error); // a host's callback that throws must not end the check
      }
    };
    this.#waiting += 1;
    this.#listeners.add(report);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      const result = await Promise.race([this.#result, aborted]);
      report(100);
      return result;
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#listeners.delete(report);
      this.#waiting -= 1;
      if (this.#waiting === 0 && signal?.aborted) this.#stop.abort(signal.reason);
    }
  }
}
