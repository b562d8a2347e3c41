/**
 * Runs a task periodically, by the rules of task-state.ts. Flow: receiver → here → refresh and retention.
 * Promise: never two runs at the same time; after `stop` resolves, none.
 * Spec: docs/design/receiver.md#sources.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { INITIAL, next, type TaskAction, type TaskEvent } from './task-state.ts';

export interface PeriodicTaskOptions<R> {
  everyMs: number;
  /** Whether to run again soon after this result. */
  retrySoon?: (result: R) => boolean;
  /** Called when a scheduled run fails. A run that `runNow` requested rejects there instead. */
  onFailure: (error: unknown) => void;
}

/** Waits for the first `runNow` before it schedules runs. */
export class PeriodicTask<R> {
  #state = INITIAL;
  #timer: NodeJS.Timeout | undefined;
  readonly #requests: PromiseWithResolvers<R>[] = [];
  readonly #finished = Promise.withResolvers<void>();
  readonly #work: () => Promise<R>;
  readonly #options: PeriodicTaskOptions<R>;

  constructor(work: () => Promise<R>, options: PeriodicTaskOptions<R>) {
    this.#work = work;
    this.#options = options;
  }

  /** Runs immediately, or as soon as the current run ends. @throws {LodestoneError} `ERR_RECEIVER` after `stop` */
  runNow(): Promise<R> {
    if (this.#state.status === 'stopping' || this.#state.status === 'stopped') {
      return Promise.reject(new LodestoneError('ERR_RECEIVER', 'the receiver is closed; start another one'));
    }
    const request = Promise.withResolvers<R>();
    this.#requests.push(request);
    this.#apply({ kind: 'requested' });
    return request.promise;
  }

  /** Ends the repetition, and waits for the current run. */
  stop(): Promise<void> {
    this.#apply({ kind: 'stop' });
    return this.#finished.promise;
  }

  #apply(event: TaskEvent): void {
    const { state, action } = next(this.#state, event, this.#options.everyMs);
    this.#state = state;
    this.#act(action);
  }

  #act(action: TaskAction): void {
    if (action.kind === 'none') return;
    clearTimeout(this.#timer);
    if (action.kind === 'finish') this.#finished.resolve();
    else if (action.kind === 'wait') {
      this.#timer = setTimeout(() => this.#apply({ kind: 'wait-ended' }), action.ms).unref();
    } else void this.#run(this.#requests.shift());
  }

  async #run(request: PromiseWithResolvers<R> | undefined): Promise<void> {
    let retry = false;
    try {
      const result = await this.#work();
      retry = this.#options.retrySoon?.(result) ?? false;
      request?.resolve(result);
    } catch (error) {
      if (request) request.reject(error);
      else this.#options.onFailure(error);
    }
    this.#apply({ kind: 'run-ended', retry });
  }
}
