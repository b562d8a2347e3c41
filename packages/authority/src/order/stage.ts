/**
 * Stages orders, and a provider's receiver keys, for the next publication.
 * Flow: order or keys → here → `staged/v1/…` → publish. Spec: docs/design/authority.md#orders
 */
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { printKeys, ReceiverKeys } from '@lodestone/protocol/keys';
import { ModelManifest } from '@lodestone/protocol/model';
import { Name } from '@lodestone/protocol/name';
import { keysPath, orderPath, type TargetPath, type TargetReference } from '@lodestone/protocol/paths';
import { checkOrder, printOrder } from '@lodestone/protocol/order';
import { checkBasis, orderState } from '@lodestone/trust';
import { checkPower, openAuthority } from '../keys/authority.ts';
import { checkModelAccuracy } from './model-accuracy.ts';
import { stageTarget } from '../repository/staged-targets.ts';
import { checkLaw, type Judgement } from './law.ts';
import { sendSlotWarnings } from './send-slots.ts';

export interface StagedOrder {
  path: TargetPath;
  /** What the legal rules say about the order. */
  judgement: Judgement;
  /** Problems that do not stop the order, one sentence each. */
  warnings: string[];
  /** Models on which the order signals and whose manifest was not given. Devices do not signal if such a model has no figures. */
  unchecked: TargetReference[];
}

/**
 * @throws {LodestoneError} `ERR_SCHEMA`; `ERR_TRUST_POWER` if apps would not accept the order from this authority;
 * `ERR_ORDER_LAW`; `ERR_MODEL` if the order signals on a model without figures; `ERR_TRUST_EXPIRED` if it has ended
 */
export async function stageOrder(options: {
  directory: string;
  order: unknown;
  /** Manifests of models that the order uses. */
  models?: readonly unknown[];
  /** Also stage an order whose lawfulness no rule decides. Default: false. */
  unjudged?: boolean;
  now: number;
}): Promise<StagedOrder> {
  const { power, paths } = await openAuthority(options.directory);
  const order = checkOrder(options.order);
  checkBasis(order, power);
  const judgement = checkLaw(order, { unjudged: options.unjudged ?? false });
  const models = (options.models ?? []).map((model) => check(ModelManifest, model, 'model manifest'));
  const unchecked = checkModelAccuracy(order, models);
  if (orderState(order, options.now) === 'ended') {
    throw new LodestoneError('ERR_TRUST_EXPIRED', `order ${order.id} ended on ${order.notAfter}`);
  }
  const { path } = await stageTarget(paths, orderPath(order.id), printOrder(order));
  return { path, judgement, warnings: sendSlotWarnings(order), unchecked };
}

/** @throws {LodestoneError} `ERR_SCHEMA`, `ERR_TRUST_POWER` */
export async function stageKeys(options: {
  directory: string;
  name: string;
  keys: unknown;
}): Promise<{ path: TargetPath }> {
  const authority = await openAuthority(options.directory);
  checkPower(authority, 'provider', 'keys');
  const name = check(Name, options.name, 'name');
  return stageTarget(authority.paths, keysPath(name), printKeys(check(ReceiverKeys, options.keys, 'receiver keys')));
}
