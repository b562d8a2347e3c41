/**
 * Stores the suppressed entries of lists, and closes the cases that they leave below the threshold.
 * Flow: refresh → here → withdraw, counting_windows table. Spec: docs/design/receiver.md#entries.
 */
import { suppressionPath, type TargetReference } from '@lodestone/protocol/paths';
import { parseSuppression } from '@lodestone/protocol/release';
import { toDay } from '@lodestone/protocol/time';
import { judgeWindows } from '../cases/judge-windows.ts';
import type { LoadedOrders } from '../match-detect-item.ts';
import { withdraw } from './withdraw.ts';
import { type Failures, fetchTarget, listsAndModels, type RefreshContext, type RefreshedSource } from './source.ts';

export async function storeSuppressions(
  sources: readonly RefreshedSource[],
  orders: LoadedOrders['orders'],
  context: RefreshContext,
  failures: Failures,
): Promise<void> {
  for (const { source, path, reference } of listsAndModels(sources, orders)) {
    const file = source.files.get(suppressionPath(path));
    if (source.power !== 'lists' || !file) continue;
    await failures.attempt(source.config.name, file.path, async () => {
      const { entries } = parseSuppression(await fetchTarget(file, source.get));
      await suppress(reference, entries, context);
    });
  }
}

/** A suppression can only grow. Entries that are stored already change nothing. */
async function suppress(
  reference: TargetReference,
  entries: readonly number[],
  { db, now, log }: RefreshContext,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const today = toDay(now());
    const added = await withdraw(tx, reference, entries, 'suppression', today);
    if (added === 0) return;
    const closed = await judgeWindows(tx, { reference }, today);
    log.info({ reference, entries: added, closed }, 'entries suppressed');
  });
}
