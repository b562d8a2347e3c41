/**
 * One check, as named steps: admit → plan → scan → decide → signal → answer. The one place where the side that sees and
 * the side that talks meet, and only a verdict's findings cross. Promise: no order in force, no byte is read. Spec: DESIGN §3.
 */
import { LIMITS, LodestoneError, type Surface, SURFACES, type UnscannableReason } from '@lodestone/protocol';
import { toBlob } from './content/feeder.ts';
import type { Queue } from './content/queue.ts';
import type { Sandbox } from './content/sandbox.ts';
import { planScan, type ScanRequest, decide, type Inputs, type Match, unscannable } from './policy.ts';

export interface CheckOptions {
  /** Where the content passes: what is sent goes first. */
  surface: Surface;
  /** Leaves the queue at no cost. */
  signal?: AbortSignal | undefined;
  /** Only rising, 0 to 100. */
  onProgress?: ((percent: number) => void) | undefined;
}

/** What content and world did. Errors are what the programmer did. */
export type Check =
  | { outcome: 'clear'; action: 'allow' }
  | { outcome: 'skipped'; action: 'allow'; reason: 'no-order' | 'not-covered' }
  | { outcome: 'match' | 'sensitive'; action: 'allow' | 'warn' | 'block' }
  | { outcome: 'unscannable'; action: 'allow' | 'warn' | 'block'; reason: UnscannableReason; retry: boolean };

export interface CheckParts {
  inputs: () => Inputs;
  queue: Queue;
  sandbox: Sandbox;
  take: (matches: readonly Match[]) => Promise<void>;
}

/** Of one Blob: its last check on each surface, and what was in force then. */
type Checks = Map<Surface, { inputs: Inputs; check: SharedCheck }>;

export type Checker = (content: unknown, options: CheckOptions) => Promise<Check>;

export function createChecker(parts: CheckParts): Checker {
  const shared = new WeakMap<Blob, Checks>();

  return async (content, { surface, signal, onProgress }) => {
    signal?.throwIfAborted();
    if (!SURFACES.includes(surface))
      throw new LodestoneError('ERR_CONTENT', `check: no surface is called ${JSON.stringify(surface)}`);
    const blob = toBlob(content);
    const inputs = parts.inputs();
    const admission = planScan(inputs, surface);
    if ('skipped' in admission) return { outcome: 'skipped', action: 'allow', reason: admission.skipped };

    // The same Blob on the same surface under the same inputs is one check, however many callers ask.
    const bySurface: Checks = shared.get(blob) ?? new Map();
    shared.set(blob, bySurface);
    const known = bySurface.get(surface);
    const check =
      known?.inputs === inputs && known.check.isGood
        ? known.check
        : new SharedCheck((stop, progress) => run(parts, blob, admission, stop, progress));
    bySurface.set(surface, { inputs, check });
    return check.join(signal, onProgress);
  };
}

async function run(
  { queue, sandbox, take }: CheckParts,
  content: Blob,
  admission: ScanRequest,
  stop: AbortSignal,
  progress: (percent: number) => void,
): Promise<Check> {
  if (content.size > LIMITS.contentBytes) return unscannable('too-large', admission.orders);
  if (admission.plan.lists.length + admission.plan.models.length === 0 && admission.missing === 'list-missing')
    return unscannable(admission.missing, admission.orders);
  const scanned = queue.enter(admission.surface !== 'receive', stop, async () => {
    try {
      return await sandbox.scan(content, admission.plan, (sixteenths) => progress((sixteenths * 100) / 16));
    } catch (error) {
      return reasonOf(error);
    }
  });
  if (!scanned) return unscannable('limit', admission.orders);
  const verdict = await scanned;
  if (typeof verdict === 'string') return unscannable(verdict, admission.orders);
  const decision = decide(verdict, admission);
  await take(decision.matches);
  return decision.answer;
}

function reasonOf(error: unknown): UnscannableReason {
  if (!(error instanceof LodestoneError)) return 'sandbox';
  if (error.code === 'ERR_SANDBOX_DEADLINE') return 'deadline';
  return error.code === 'ERR_TRUST_MISSING' ? 'list-missing' : 'sandbox';
}

/** One run and everybody who waits for it; it is abandoned only when the last of them has gone. */
class SharedCheck {
  readonly #stop = new AbortController();
  readonly #progress = new Set<(percent: number) => void>();
  readonly #answer: Promise<Check>;
  #waiting = 0;
  #isGood = true;

  constructor(work: (stop: AbortSignal, progress: (percent: number) => void) => Promise<Check>) {
    this.#answer = work(this.#stop.signal, (percent) => {
      for (const tell of this.#progress) tell(percent);
    });
    this.#answer.then(
      (answer) => (this.#isGood = !('retry' in answer && answer.retry)),
      () => (this.#isGood = false), // each caller has its own promise of it
    );
  }

  /** Under way, or ended with an answer that would be the same again. */
  get isGood(): boolean {
    return this.#isGood && !this.#stop.signal.aborted;
  }

  async join(signal: AbortSignal | undefined, onProgress: CheckOptions['onProgress']): Promise<Check> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const leave = (): void => reject(signal?.reason);
    const tell = (percent: number): void => {
      try {
        onProgress?.(percent);
      } catch (error) {
        reportError(error); // the host's fault, and not a reason to stop
      }
    };
    this.#waiting += 1;
    this.#progress.add(tell);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      const answer = await Promise.race([this.#answer, aborted]);
      tell(100);
      return answer;
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#progress.delete(tell);
      this.#waiting -= 1;
      if (this.#waiting === 0 && signal?.aborted) this.#stop.abort(signal.reason);
    }
  }
}
