/**
 * The orders that one source publishes, and those that stay until their newer version takes effect.
 * Flow: round → here → source. Promise: an order that is refused changes no other order.
 * Spec: docs/design/signed-inputs.md#wider-orders
 */
import {
  type DetectionOrder,
  fromInstant,
  LIMITS,
  LodestoneError,
  type OrderDigest,
  parseOrder,
  parseTargetPath,
  type TargetFile,
} from '@lodestone/protocol';
import { checkOrderPower, effectiveDate } from '@lodestone/trust';
import type { StoredOrder } from '../storage/records.ts';
import { awaitingSuccessor, effectiveNow, inForce, orderStateAt, timeOf } from './in-force.ts';
import type { Accepted } from './judge.ts';
import { fetchTarget, type RoundSource, typedError } from './source.ts';

export interface OrderContext {
  /** The host's receiver; an order that names another is refused. */
  endpoint: string;
  now: () => number;
  /** At the start of the round. */
  accepted: Accepted;
  /** All that is stored of this source, also what does not count at the moment. */
  before: readonly StoredOrder[];
  /** Not every source has answered yet: orders act immediately. */
  isNewStorage: boolean;
}

export interface SourceOrders {
  orders: readonly StoredOrder[];
  /** Every order that the source lists was received, accepted or refused. */
  isComplete: boolean;
  /** Why an order was refused: the first one. */
  error?: LodestoneError;
}

/** Never rejects. The source must have been refreshed completely. */
export async function fetchOrders(source: RoundSource, context: OrderContext): Promise<SourceOrders> {
  const { before, accepted, now } = context;
  const listed = listedOrders(source);
  const published: StoredOrder[] = [];
  const errors: LodestoneError[] = [];
  const tooMany = listed.length > LIMITS.sourceOrders ? [tooManyOrders(source, listed.length)] : [];
  for (const file of listed) {
    const known = before.find(({ orderDigest }) => orderDigest === file.sha256);
    if (!known && tooMany.length > 0) continue;
    try {
      published.push(known ? stillPublished(known, source, context) : await fetchOrder(file, source, context));
    } catch (cause) {
      errors.push(typedError(cause, file.path));
    }
  }
  const [error] = [...tooMany, ...errors];
  return {
    orders: [...published, ...awaitingSuccessor(before, published, accepted, now())],
    isComplete: errors.every(({ code }) => !NO_ANSWER.has(code)),
    ...(error && { error }),
  };
}

const NO_ANSWER: ReadonlySet<string> = new Set(['ERR_NETWORK', 'ERR_NETWORK_POLICY', 'ERR_HTTP', 'ERR_STORAGE']);

function listedOrders({ config, trusted }: RoundSource): TargetFile[] {
  if (config.power === 'lists') return [];
  const files = [...(trusted?.targets?.files.values() ?? [])];
  return files.filter(({ path }) => parseTargetPath(path)?.kind === 'order');
}

async function fetchOrder(file: TargetFile, source: RoundSource, context: OrderContext): Promise<StoredOrder> {
  const { endpoint, now, isNewStorage } = context;
  const order = parseOrder(await fetchTarget(source, file, 'order'));
  checkPath(order, file);
  checkOrderPower(order, { power: source.config.power, endpoint });
  const time = timeAt(source, context);
  const effectiveFrom = effectiveDate(order, ordersBefore(order, source, context), time);
  const isWider = effectiveFrom > time;
  return {
    orderDigest: file.sha256 as OrderDigest,
    source: source.config.name,
    order,
    signers: source.trusted?.signers ?? [],
    firstSeen: now(),
    effectiveFrom: isNewStorage || !isWider ? effectiveNow(order, time) : effectiveFrom,
    isAcknowledged: !isWider && wereAcknowledged(context),
  };
}

/** A known order, judged by the host's options of today. It is published (again), so it has no successor. */
function stillPublished(
  { supersededBy: _, ...stored }: StoredOrder,
  { config, trusted }: RoundSource,
  { endpoint }: OrderContext,
): StoredOrder {
  checkOrderPower(stored.order, { power: config.power, endpoint });
  return { ...stored, signers: trusted?.signers ?? [] };
}

/** The path is the order's name in its source: versions of one order replace each other. */
function checkPath({ id }: DetectionOrder, { path }: TargetFile): void {
  const named = parseTargetPath(path);
  if (named?.kind !== 'order' || named.name !== id)
    throw new LodestoneError('ERR_TRUST_METADATA', `${path}: contains order ${id}; publish it as v1/orders/${id}.json`);
}

function ordersBefore(
  { id }: DetectionOrder,
  source: RoundSource,
  context: OrderContext,
): Parameters<typeof effectiveDate>[1] {
  const { accepted, now } = context;
  const { orders, unknown } = inForce(accepted, now());
  const time = timeAt(source, context);
  return {
    inForce: [...orders, ...unknown].map(({ order }) => order),
    announced: accepted.orders.filter(
      (stored) => stored.source === source.config.name && stored.order.id === id && stored.effectiveFrom > time,
    ),
  };
}

/** The current time, not before the one that the source's newest timestamp has signed: a clock set back shortens no announcement. */
function timeAt({ config, trusted }: RoundSource, { accepted, now }: OrderContext): number {
  const issued = trusted?.timestamp ? fromInstant(trusted.timestamp.issued) : 0;
  return Math.max(timeOf(config.name, accepted, now()), issued);
}

/** Was every order in force shown to the user? Then an order that is no wider adds nothing to show. */
function wereAcknowledged({ accepted, now }: OrderContext): boolean {
  const time = now();
  return accepted.orders.every(
    (stored) => stored.isAcknowledged || orderStateAt(stored, accepted, time) !== 'in-force',
  );
}

function tooManyOrders({ config }: RoundSource, count: number): LodestoneError {
  return new LodestoneError(
    'ERR_SIZE',
    `source ${config.name} lists ${count} orders, at most ${LIMITS.sourceOrders} are allowed: no new order of it is accepted`,
  );
}
