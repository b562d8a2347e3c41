/**
 * The status of sources, orders, lists and models, as the host sees it. Pure; time is an argument.
 * Flow: updater → here → status. Spec: docs/design/client.md#status
 */
import { toInstant } from '@lodestone/protocol';
import type { GuardStatus, ListStatus, ModelStatus, OrderStatus, SourceStatus } from '../../status.ts';
import type { StoredModel, StoredRelease } from '../storage/records.ts';
import { inForce, orderStateAt } from './in-force.ts';
import type { RoundReport } from './refresh.ts';
import { requiredLists, requiredModels } from './requirements.ts';
import type { SourceConfig } from './source.ts';
import type { StoredInputs } from './stored-inputs.ts';

export type UpdaterStatus = Pick<GuardStatus, 'sources' | 'orders' | 'lists' | 'models'>;

export function updaterStatus(
  configs: readonly SourceConfig[],
  { accepted, sources }: StoredInputs,
  lastRound: RoundReport | undefined,
  now: number,
): UpdaterStatus {
  const orders = accepted.orders.map(({ order }) => order);
  const current = inForce(accepted, now);
  return {
    sources: configs.map(({ name, power }): SourceStatus => {
      const refreshed = sources.get(name)?.refreshed;
      const error = lastRound?.sourceErrors.get(name);
      return { name, power, ...(refreshed && { refreshed }), ...(error && { error }) };
    }),
    orders: accepted.orders.map((stored): OrderStatus => ({
      orderDigest: stored.orderDigest,
      source: stored.source,
      order: stored.order,
      state: orderStateAt(stored, accepted, now),
      effectiveFrom: toInstant(stored.effectiveFrom),
    })),
    lists: [...requiredLists(orders).keys()].map((reference): ListStatus => {
      const isInForce = current.lists.some((list) => list.reference === reference);
      const stored = isInForce ? accepted.releases.find((release) => release.reference === reference) : undefined;
      const error = lastRound?.targetErrors.get(reference);
      return { reference, ...(stored && { release: listRelease(stored) }), ...(error && { error }) };
    }),
    models: [...requiredModels(orders).keys()].map((reference): ModelStatus => {
      const isInForce = current.models.some((model) => model.reference === reference);
      const stored = isInForce ? accepted.models.find((model) => model.reference === reference) : undefined;
      const error = lastRound?.targetErrors.get(reference);
      return { reference, ...(stored && { release: modelRelease(stored) }), ...(error && { error }) };
    }),
  };
}

function listRelease({ manifest, manifestDigest }: StoredRelease): NonNullable<ListStatus['release']> {
  const { version, counts, file, merkleRoot, notAfter } = manifest;
  const records = counts.pdq + counts.sha256 + counts.vpdq;
  return { version, manifestDigest, fileDigest: file.sha256, merkleRoot, records, notAfter };
}

function modelRelease({ manifest, manifestDigest }: StoredModel): NonNullable<ModelStatus['release']> {
  const { version, file, figures, notAfter } = manifest;
  return { version, manifestDigest, fileDigest: file.sha256, maySignal: figures.length > 0, notAfter };
}
