/** The answer of a check, and the one for content that was not scanned, which the first chunk also gives. Pure. Spec: docs/design/client.md#check */
import type { OrderDigest } from '@lodestone/protocol/digest';
import type { Action } from '@lodestone/protocol/surface';
import type { UnscannableReason } from '@lodestone/protocol/verdict';
import type { SkipReason } from './scan-plan.ts';

/** The result of a check, as content and device determine it. A mistake in the call is an error instead. */
export type Check = {
  action: Action;
  /**
   * The orders that decided: those that require this action for what was found, or whose `onUnscannable` it is. Empty if
   * the outcome is `clear` or `skipped`. Show their summaries and help, not those of other orders.
   */
  orders: readonly OrderDigest[];
  /**
   * Orders that signal near matches which a model confirms, and whose model was missing or failed: a near match in this
   * picture is not signalled under them. Missing if there are none. It does not say whether there was a near match.
   */
  unconfirmed?: readonly OrderDigest[];
} & (
  | { outcome: 'clear' }
  | { outcome: 'skipped'; reason: SkipReason; retry: boolean }
  | { outcome: 'match' | 'sensitive' }
  | { outcome: 'unscannable'; reason: UnscannableReason; retry: boolean }
);

/** `whileUnknown`: the host's action for content of which nobody knows whether an order applies to it. */
export function skipped(reason: SkipReason, whileUnknown: Action = 'allow'): Check {
  const { isKnown, retry } = SKIPPED[reason];
  return { outcome: 'skipped', action: isKnown ? 'allow' : whileUnknown, orders: [], reason, retry };
}

/** Whether it is known that no order applies, and whether the same check may end differently later. */
const SKIPPED: Readonly<Record<SkipReason, { isKnown: boolean; retry: boolean }>> = {
  'no-order': { isKnown: true, retry: false },
  'not-covered': { isKnown: true, retry: false },
  'inputs-missing': { isKnown: true, retry: true },
  'orders-unknown': { isKnown: false, retry: true },
  unsupported: { isKnown: false, retry: false },
};
