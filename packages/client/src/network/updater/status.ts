/**
 * The status of sources, orders, lists and models, as the host sees it. Pure; time is an argument.
 * Flow: updater → here → status. Spec: docs/design/client.md#status
 */
import { type DetectionOrder, LodestoneError, type TargetReference, toInstant } from '@lodestone/protocol';
import { recordsOf, widerFields } from '@lodestone/trust';
import { type ListInForce, missingInputs } from '../../inputs.ts';
import type { GuardStatus, ListStatus, ModelStatus, OrderStatus, ReleaseNotice, SourceStatus } from '../../status.ts';
import type { StoredModel, StoredRelease } from '../storage/records.ts';
import { orderStateAt } from './in-force.ts';
import { type ModelUse, requiredLists, requiredModels } from './requirements.ts';
import type { SourceConfig } from './source.ts';
import type { UpdaterState } from './state.ts';

/** Storage has the orders by digest, which would put them in another order with each edition. */
const PLACES: Record<OrderStatus['state'], number> = {
  'in-force': 0,
  announced: 1,
  'not-yet': 2,
  unknown: 3,
  ended: 4,
};

export type UpdaterStatus = Pick<GuardStatus, 'sources' | 'orders' | 'lists' | 'models'>;

export function updaterStatus(
  configs: readonly SourceConfig[],
  { stored, inputs, lastRound, transferErrors }: UpdaterState,
  now: number,
): UpdaterStatus {
  const { accepted, sources } = stored;
  const orders = accepted.orders.map(({ order }) => order);
  const current = [...inputs.orders, ...inputs.unknown].map(({ order }) => order);
  const errorOf = (reference: TargetReference): LodestoneError | undefined =>
    lastRound?.targetErrors.get(reference) ?? transferErrors.get(reference);
  return {
    sources: configs.map(({ name, power }): SourceStatus => {
      const refreshed = sources.get(name)?.refreshed;
      const error = lastRound?.sourceErrors.get(name) ?? accepted.refused.get(name);
      return { name, power, ...(refreshed && { refreshed }), ...(error && { error }) };
    }),
    orders: accepted.orders
      .map((one): OrderStatus => {
        const state = orderStateAt(one, accepted, now);
        return {
          orderDigest: one.orderDigest,
          source: one.source,
          order: one.order,
          state,
          effectiveFrom: toInstant(one.effectiveFrom),
          acknowledged: one.isAcknowledged,
          ...(state === 'announced' && { wider: widerFields(current, one.order) }),
          missing: missingInputs(one.order, inputs),
        };
      })
      .sort((one, other) => PLACES[one.state] - PLACES[other.state]),
    lists: [...requiredLists(orders).keys()].map((reference): ListStatus => {
      const accepts = accepted.releases.find((one) => one.reference === reference);
      const list = inputs.lists.find((one) => one.reference === reference);
      const release = list && accepts;
      const error = errorOf(reference) ?? endOf(accepts, release) ?? (list && problemOfList(list, orders));
      return { reference, ...(release && { release: listRelease(release) }), ...(error && { error }) };
    }),
    models: [...requiredModels(orders)].map(([reference, use]): ModelStatus => {
      const accepts = accepted.models.find((one) => one.reference === reference);
      const model = inputs.models.some((one) => one.reference === reference) ? accepts : undefined;
      const error = errorOf(reference) ?? endOf(accepts, model) ?? (model && problemOf(model, use));
      return { reference, ...(model && { release: modelRelease(model) }), ...(error && { error }) };
    }),
  };
}

/** The changes of lists and models that are not acknowledged, while an order that names them has not ended. */
export function releaseNotices({ accepted }: UpdaterState['stored'], now: number): ReleaseNotice[] {
  const orders = accepted.orders.filter((one) => orderStateAt(one, accepted, now) !== 'ended');
  return [...accepted.releases, ...accepted.models].flatMap(({ reference, notice }): ReleaseNotice[] => {
    const naming = orders.filter(({ order }) => requires(order, reference)).map(({ orderDigest }) => orderDigest);
    return notice && naming.length > 0 ? [{ ...notice.change, id: notice.id, reference, orders: naming }] : [];
  });
}

function requires(order: DetectionOrder, reference: TargetReference): boolean {
  return requiredLists([order]).has(reference) || requiredModels([order]).has(reference);
}

function listRelease({ manifest, manifestDigest }: StoredRelease): NonNullable<ListStatus['release']> {
  const { version, file, form = 'plain', merkleRoot, notAfter } = manifest;
  const records = recordsOf(manifest);
  return {
    version,
    manifestDigest,
    fileDigest: file.sha256,
    form,
    merkleRoot,
    records,
    notAfter,
  };
}

function modelRelease({ manifest, manifestDigest }: StoredModel): NonNullable<ModelStatus['release']> {
  const { version, file, figures, notAfter } = manifest;
  return {
    version,
    manifestDigest,
    fileDigest: file.sha256,
    maySignal: figures.length > 0,
    notAfter,
  };
}

/** A release that is on the device and not in force has ended. */
function endOf(
  accepted: StoredRelease | StoredModel | undefined,
  inForce: StoredRelease | StoredModel | undefined,
): LodestoneError | undefined {
  if (!accepted || inForce) return undefined;
  const { reference, manifest } = accepted;
  return new LodestoneError(
    'ERR_TRUST_EXPIRED',
    `${reference}: version ${manifest.version} ended at ${manifest.notAfter}. Its authority must publish a newer one`,
  );
}

/** Why a list that is in force does not serve an order that names it. A round reports signatures that are absent. */
function problemOfList(
  { reference, purpose }: ListInForce,
  orders: readonly DetectionOrder[],
): LodestoneError | undefined {
  const items = orders.flatMap(({ detect }) => detect.filter((item) => item.kind === 'known'));
  const other = items.find((item) => item.list === reference && item.purpose !== purpose);
  return (
    other &&
    new LodestoneError(
      'ERR_TRUST_PURPOSE',
      `${reference}: its purpose is "${purpose}", and an order requires purpose "${other.purpose}". ` +
        'The order matches nothing on it',
    )
  );
}

/** Why a model that is in force may not be used as an order requires. */
function problemOf(
  { reference, manifest, manifestDigest }: StoredModel,
  { signals, pinned }: ModelUse,
): LodestoneError | undefined {
  if (signals && manifest.figures.length === 0)
    return new LodestoneError(
      'ERR_MODEL',
      `${reference}: an order signals on its findings, but its model card has no accuracy figures by group. ` +
        'The model never triggers a signal',
    );
  if (pinned.some((digest) => digest !== manifestDigest))
    return new LodestoneError(
      'ERR_MODEL',
      `${reference}: an order pins another release to confirm near matches, so this one confirms none of them. ` +
        'Its authority must publish the order again with the digest of the new manifest',
    );
  return undefined;
}
