/** Chromium's trace of a page while it works, and the tasks of its main thread. */
import type { Page } from '@playwright/test';

export interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Elapsed time, and processor time of the thread; microseconds. */
  dur?: number;
  tdur?: number;
  args?: { name?: string; data?: { frames?: { url: string; processId: number }[] } };
}

/** Times in milliseconds. */
export interface LongestTasks {
  byClock: number;
  byProcessor: number;
  /** Processor time of all tasks. */
  busyMs: number;
  count: number;
}

/**
 * Elapsed time includes waiting: a task pauses while other work uses the processors. So both are reported: elapsed time and
 * processor time.
 */
export function longestTasks(events: readonly TraceEvent[], url: string): LongestTasks {
  const pid = processOf(events, url);
  const main = events.find(
    ({ name, pid: at, args }) => name === 'thread_name' && at === pid && args?.name === 'CrRendererMain',
  );
  const tasks = events.filter((event) => event.pid === pid && event.tid === main?.tid && event.name === 'RunTask');
  if (tasks.length === 0) throw new Error('the trace has no task of the main thread of the page');
  const max = (key: 'dur' | 'tdur'): number =>
    tasks.reduce((most, task) => Math.max(most, (task[key] ?? 0) / 1_000), 0);
  const busyMs = tasks.reduce((sum, { tdur }) => sum + (tdur ?? 0) / 1_000, 0);
  return { byClock: max('dur'), byProcessor: max('tdur'), busyMs, count: tasks.length };
}

export async function traced(page: Page, work: () => Promise<unknown>): Promise<TraceEvent[]> {
  const browser = page.context().browser();
  if (!browser) throw new Error('a page without a browser');
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  await work();
  const trace = JSON.parse((await browser.stopTracing()).toString('utf8')) as { traceEvents: TraceEvent[] };
  return trace.traceEvents;
}

/** The page's process: its sandbox may have another. */
function processOf(events: readonly TraceEvent[], url: string): number {
  for (const { name, args } of events) {
    const frame = name === 'TracingStartedInBrowser' && args?.data?.frames?.find((one) => one.url === url);
    if (frame) return frame.processId;
  }
  throw new Error(`the trace does not name the process of ${url}`);
}
