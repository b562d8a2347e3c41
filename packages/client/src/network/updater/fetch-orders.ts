/**
 * The orders that one source publishes, and those that stay until their newer version takes effect.
 * Flow: refresh → here → source. Promise: an order that is refused changes no other order.
 * Spec: docs/design/signed-inputs.md#wider-orders
 */
import {
  type OrderDigest,
  type DetectionOrder,
  type LodestoneError,
  parseOrder,
  parseTargetPath,
  type TargetFile,
} from '@lodestone/protocol';
import { checkOrderPower, effectiveDate, type OrdersBefore } from '@lodestone/trust';
import type { Egress } from '../egress.ts';
import type { StoredOrder } from '../storage/records.ts';
import { type Accepted, awaitingSuccessor, inForce } from './in-force.ts';
import { fetchTarget, type TrustedSource, typedError } from './source.ts';

export interface OrderContext {
  /** The host's receiver; an order that names another is refused. */
  endpoint: string;
  egress: Egress;
  now: () => number;
  accepted: Accepted;
}

export interface SourceOrders {
  orders: readonly StoredOrder[];
  /** Why an order was refused: the first one. */
  error?: LodestoneError;
}

/** Never rejects. Without metadata of the source, its orders stay as they are. */
export async function fetchOrders(source: TrustedSource, context: OrderContext): Promise<SourceOrders> {
  const { config, targets } = source;
  if (config.power === 'lists') return { orders: [] };
  const before = context.accepted.orders.filter((stored) => stored.source === config.name);
  if (!targets) return { orders: before };

  const published: StoredOrder[] = [];
  const errors: LodestoneError[] = [];
  for (const file of targets.files.values()) {
    if (parseTargetPath(file.path)?.kind !== 'order') continue;
    const known = before.find(({ orderDigest }) => orderDigest === file.sha256);
    try {
      published.push(known ? asPublished(known) : await fetchOrder(file, source, context));
    } catch (cause) {
      errors.push(typedError(cause, file.path));
    }
  }
  const [error] = errors;
  const orders = [...published, ...awaitingSuccessor(before, published, context.now())];
  return { orders, ...(error && { error }) };
}

async function fetchOrder(file: TargetFile, source: TrustedSource, context: OrderContext): Promise<StoredOrder> {
  const { endpoint, egress, now, accepted } = context;
  const order = parseOrder(await fetchTarget(source, file, 'order', egress));
  checkOrderPower(order, { power: source.config.power, endpoint });
  return {
    orderDigest: file.sha256 as OrderDigest,
    source: source.config.name,
    order,
    effectiveFrom: source.isNew ? now() : effectiveDate(order, ordersBefore(order, source, accepted, now()), now()),
  };
}

function ordersBefore(
  { id }: DetectionOrder,
  { config }: TrustedSource,
  accepted: Accepted,
  now: number,
): OrdersBefore {
  return {
    inForce: inForce(accepted, now).orders.map(({ order }) => order),
    announced: accepted.orders.filter(
      (stored) => stored.source === config.name && stored.order.id === id && stored.effectiveFrom > now,
    ),
  };
}

/** An order that is published (again) has no successor. */
function asPublished({ supersededBy: _, ...stored }: StoredOrder): StoredOrder {
  return stored;
}
