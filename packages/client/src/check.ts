/**
 * One check as named steps: plan → scan → decide → answer, and then the outbox. Only here do the side that reads content and
 * the side that sends meet, and only the matches of a verdict cross. Promise: without an order in force, no byte is read; the
 * answer does not wait for the outbox.
 * Spec: docs/design/client.md#check
 */
import {
  type Action,
  LIMITS,
  LodestoneError,
  MAY_RETRY,
  type Surface,
  type UnscannableReason,
  type Verdict,
} from '@lodestone/protocol';
import type { Queue } from './content/queue.ts';
import type { Sandbox } from './content/sandbox.ts';
import type { Inputs } from './inputs.ts';
import type { Match } from './match.ts';
import { type Check, skipped } from './answer.ts';
import { decide, unscannable } from './policy.ts';
import { planScan, type ScanRequest } from './scan-plan.ts';
import { SharedWork } from './shared-work.ts';

export interface CheckOptions {
  /** Where the content passes in the host app. Sent content is checked before received content. */
  surface: Surface;
  /**
   * The app does this by itself, for example a backup, a sync or its own forwarding. The order's action applies, and nothing
   * is signalled. Default false.
   */
  automatic?: boolean | undefined;
  /** Aborts the wait. The check itself stops when every caller that waits for it has aborted. */
  signal?: AbortSignal | undefined;
  /** Called with 0 to 100, never with a lower number than before. */
  onProgress?: ((percent: number) => void) | undefined;
}

export interface CheckParts {
  inputs: () => Inputs;
  queue: Queue;
  sandbox: Sandbox;
  /** The action for content of which nobody knows whether an order applies to it. */
  whileUnknown?: Action | undefined;
  /** Hands matches to the outbox. The check does not wait for it. */
  take: (matches: readonly Match[]) => void;
}

export type Checker = (content: Blob, options: CheckOptions) => Promise<Check>;

/** The last check of one Blob on each surface, by hand or automatic, and the inputs that were in force. */
type Checks = Map<`${Surface} ${Cause}`, { inputs: Inputs; check: SharedWork<Check> }>;
type Cause = 'user' | 'automatic';

export function createChecker(parts: CheckParts): Checker {
  const checksOf = new WeakMap<Blob, Checks>();

  return async (blob, { surface, automatic, signal, onProgress }) => {
    signal?.throwIfAborted();
    const inputs = parts.inputs();
    const request = planScan(inputs, surface);
    if ('skipped' in request) return skipped(request.skipped, parts.whileUnknown);

    // Callers that check the same Blob on the same surface under the same inputs share one check.
    const checks: Checks = checksOf.get(blob) ?? new Map();
    checksOf.set(blob, checks);
    const cause: Cause = automatic ? 'automatic' : 'user';
    const last = checks.get(`${surface} ${cause}`);
    const check =
      last?.inputs === inputs && last.check.isReusable
        ? last.check
        : new SharedWork(
            (stop, progress) => run(parts, blob, { ...request, cause }, stop, progress),
            mayEndDifferently,
          );
    checks.set(`${surface} ${cause}`, { inputs, check });
    return check.join(signal, onProgress);
  };
}

async function run(
  parts: CheckParts,
  content: Blob,
  request: ScanRequest & { cause: Cause },
  stop: AbortSignal,
  progress: (percent: number) => void,
): Promise<Check> {
  const refusal = refusalOf(content, request);
  if (refusal) return unscannable(refusal, request.orders);
  const isSent = request.surface !== 'receive';
  const turn = parts.queue.enter(isSent, stop, () => scan(parts, content, request, stop, progress));
  if (!turn) return unscannable('limit', request.orders);
  const result = await turn;
  stop.throwIfAborted(); // nobody waits for this check any more: it neither answers nor counts
  if (typeof result === 'string') {
    const isFinal = result === 'sandbox' && parts.sandbox.isForbidden();
    return unscannable(result, request.orders, MAY_RETRY[result] && !isFinal);
  }
  const { check, matches } = decide(result, request);
  if (request.cause === 'user') parts.take(matches);
  // The sandbox alone cannot tell a part that was not started from an engine without the codec.
  const isPartMissing =
    check.outcome === 'unscannable' && check.reason === 'codec' && parts.sandbox.lacksPart(request.plan);
  return isPartMissing ? { ...check, reason: 'sandbox', retry: MAY_RETRY.sandbox } : check;
}

/** Why a scan would be useless. */
function refusalOf(content: Blob, { plan, missing }: ScanRequest): UnscannableReason | undefined {
  if (content.size > LIMITS.videoBytes) return 'too-large';
  const isEmpty = plan.lists.length + plan.models.length === 0;
  return isEmpty && missing === 'list-missing' ? missing : undefined;
}

async function scan(
  { sandbox }: CheckParts,
  content: Blob,
  { plan }: ScanRequest,
  stop: AbortSignal,
  progress: (percent: number) => void,
): Promise<Verdict | UnscannableReason> {
  try {
    return await sandbox.scan(content, plan, (sixteenths) => progress((sixteenths * 100) / 16), stop);
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): UnscannableReason {
  if (!(error instanceof LodestoneError)) return 'sandbox';
  if (error.code === 'ERR_SANDBOX_DEADLINE') return 'deadline';
  return error.code === 'ERR_TRUST_MISSING' ? 'list-missing' : 'sandbox';
}

function mayEndDifferently(check: Check): boolean {
  return (check.outcome === 'unscannable' && check.retry) || check.unconfirmed !== undefined;
}
