/** A periodic task has one run at a time, retries soon after a failure, and does not run after it was stopped. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PeriodicTask } from '../src/periodic-task.ts';
import { INITIAL, next, type TaskEvent, type TaskState } from '../src/task-state.ts';

const EVERY_MS = 60_000;

describe('rules', () => {
  const replay = (events: readonly TaskEvent[]): TaskState =>
    events.reduce((state, event) => next(state, event, EVERY_MS).state, INITIAL);
  const ended = (retry: boolean): TaskEvent => ({ kind: 'run-ended', retry });

  test('retries wait 1, 2, 4 s and so on, up to the period, and a run without a retry starts over', () => {
    let state = INITIAL;
    const waits: unknown[] = [];
    for (const retry of [true, true, true, true, true, true, true, false, true]) {
      state = next(state, { kind: 'requested' }, EVERY_MS).state;
      const step = next(state, ended(retry), EVERY_MS);
      waits.push(step.action);
      state = step.state;
    }
    const seconds = [1, 2, 4, 8, 16, 32, 60, 60, 1];
    expect(waits).toEqual(seconds.map((s) => ({ kind: 'wait', ms: s * 1_000 })));
  });

  test('runs that were requested before the stop take place, and later requests do not', () => {
    const requested: TaskEvent = { kind: 'requested' };
    const stopping = replay([requested, requested, { kind: 'stop' }, requested]);
    expect(stopping).toMatchObject({ status: 'stopping', requested: 1 });
    const second = next(stopping, ended(false), EVERY_MS);
    expect(second.action).toEqual({ kind: 'run' });
    expect(next(second.state, ended(false), EVERY_MS)).toMatchObject({
      state: { status: 'stopped' },
      action: { kind: 'finish' },
    });
  });

  test('each run that was requested during another one takes place', () => {
    const requested: TaskEvent = { kind: 'requested' };
    let state = replay([requested, requested, requested, requested]);
    for (const action of ['run', 'run', 'run', 'wait']) {
      const step = next(state, ended(false), EVERY_MS);
      expect(step.action.kind).toBe(action);
      state = step.state;
    }
  });

  test('with any events, a run starts only after the previous run ended, and the task finishes at most once', () => {
    const event = fc.constantFrom<TaskEvent>(
      { kind: 'requested' },
      { kind: 'wait-ended' },
      { kind: 'stop' },
      ended(true),
      ended(false),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 50 }), (events) => {
        let [state, isRunning, finished] = [INITIAL, false, 0];
        for (const each of events) {
          if (each.kind === 'run-ended' && !isRunning) continue; // the runner reports only runs that it started
          if (each.kind === 'run-ended') isRunning = false;
          const step = next(state, each, EVERY_MS);
          if (step.action.kind === 'run') {
            expect(isRunning).toBe(false);
            expect(finished).toBe(0);
            isRunning = true;
          }
          if (step.action.kind === 'finish') finished++;
          state = step.state;
        }
        expect(finished).toBeLessThanOrEqual(1);
        expect(isRunning).toBe(state.status === 'running' || state.status === 'stopping');
      }),
    );
  });
});

describe('runner', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('it runs on request, then periodically, and stop waits for the current run', async () => {
    const runs: PromiseWithResolvers<number>[] = [];
    const work = (): Promise<number> => {
      const run = Promise.withResolvers<number>();
      runs.push(run);
      return run.promise;
    };
    const task = new PeriodicTask(work, { everyMs: EVERY_MS, onFailure: () => undefined });
    const first = task.runNow();
    const second = task.runNow();
    expect(runs.length).toBe(1);
    runs[0]?.resolve(1);
    expect(await first).toBe(1);
    runs[1]?.resolve(2);
    expect(await second).toBe(2);
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(runs.length).toBe(3);
    let isStopped = false;
    const stopped = task.stop().then(() => (isStopped = true));
    await vi.advanceTimersByTimeAsync(1);
    expect(isStopped).toBe(false);
    runs[2]?.resolve(3);
    await stopped;
    await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(runs.length).toBe(3);
    await expect(task.runNow()).rejects.toMatchObject({ code: 'ERR_RECEIVER' });
  });

  test('a failure of a scheduled run goes to onFailure, a failure of a requested run to its caller', async () => {
    const failures: unknown[] = [];
    const task = new PeriodicTask(() => Promise.reject(new Error('down')), {
      everyMs: EVERY_MS,
      onFailure: (error) => failures.push(error),
    });
    await expect(task.runNow()).rejects.toThrow('down');
    expect(failures).toEqual([]);
    await vi.advanceTimersByTimeAsync(EVERY_MS);
    expect(failures).toEqual([new Error('down')]);
    await task.stop();
  });
});
