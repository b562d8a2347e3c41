/** One Web Lock of a device, with `steal` and `signal`. Spec: https://www.w3.org/TR/web-locks/ */
interface Request {
  page: object;
  grant: () => void;
  reject: (reason: unknown) => void;
}

export class FakeLock {
  #holder: Request | undefined;
  #waiting: Request[] = [];

  /** The lock manager as one page sees it. */
  of(page: object): Pick<LockManager, 'request'> {
    return { request: (_name: string, ...rest: unknown[]) => this.#request(page, rest) };
  }

  /** The page is gone. */
  close(page: object): void {
    this.#waiting = this.#waiting.filter((request) => request.page !== page);
    if (this.#holder?.page === page) this.#release(this.#holder);
  }

  #request(page: object, rest: unknown[]): Promise<never> {
    const work = rest.at(-1) as () => Promise<never>;
    const { signal, steal = false } = (rest.length > 1 ? rest[0] : {}) as LockOptions;
    const { promise, resolve, reject } = Promise.withResolvers<never>();
    const grant = (): void => {
      this.#holder = request;
      void work()
        .then(resolve, reject)
        .finally(() => this.#release(request));
    };
    const request: Request = { page, grant, reject };
    if (signal?.aborted) reject(new DOMException('aborted', 'AbortError'));
    else if (steal) {
      this.#holder?.reject(new DOMException('stolen', 'AbortError'));
      grant();
    } else if (!this.#holder) grant();
    else {
      this.#waiting.push(request);
      signal?.addEventListener('abort', () => this.#giveUp(request));
    }
    return promise;
  }

  #giveUp(request: Request): void {
    if (!this.#waiting.includes(request)) return;
    this.#waiting = this.#waiting.filter((other) => other !== request);
    request.reject(new DOMException('aborted', 'AbortError'));
  }

  #release(request: Request): void {
    if (this.#holder !== request) return;
    this.#holder = undefined;
    this.#waiting.shift()?.grant();
  }
}
