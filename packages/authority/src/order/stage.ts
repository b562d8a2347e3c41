/** Orders, and a provider's receiver keys, for the next publication. Flow: order or keys → here → `staged/v1/…` → publish. */
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { printKeys, ReceiverKeys } from '@lodestone/protocol/keys';
import { ModelManifest } from '@lodestone/protocol/model';
import { Name } from '@lodestone/protocol/name';
import { keysPath, orderPath, type TargetPath, type TargetReference } from '@lodestone/protocol/paths';
import { DetectionOrder, printOrder } from '@lodestone/protocol/order';
import { checkBasis, orderState } from '@lodestone/trust';
import { checkPower, openAuthority } from '../keys/authority.ts';
import { checkFigures } from '../model/figures.ts';
import { putStaged } from '../repository/staged.ts';
import { checkLaw } from './law.ts';

export interface StagedOrder {
  path: TargetPath;
  /** Models that it signals by, and whose manifest was not given: devices ignore the signal if they have no figures. */
  unjudged?: TargetReference[];
}

/**
 * @throws {LodestoneError} `ERR_SCHEMA`; `ERR_TRUST_POWER` where apps would not take it from this authority;
 * `ERR_ORDER_LAW`; `ERR_MODEL` where it signals by a model without figures; `ERR_TRUST_EXPIRED` where it has ended
 */
export async function stageOrder(options: {
  directory: string;
  order: unknown;
  /** Manifests of models that it names. */
  models?: readonly unknown[];
  now: number;
}): Promise<StagedOrder> {
  const { power, paths } = await openAuthority(options.directory);
  const order = check(DetectionOrder, options.order, 'order');
  checkBasis(order, power);
  checkLaw(order);
  const models = (options.models ?? []).map((model) => check(ModelManifest, model, 'model manifest'));
  const unjudged = checkFigures(order, models);
  if (orderState(order, options.now) === 'ended') {
    throw new LodestoneError('ERR_TRUST_EXPIRED', `order ${order.id}: it has ended on ${order.notAfter}`);
  }
  const staged = await putStaged(paths, orderPath(order.id), printOrder(order));
  return unjudged.length > 0 ? { ...staged, unjudged } : staged;
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
  return putStaged(authority.paths, keysPath(name), printKeys(check(ReceiverKeys, options.keys, 'receiver keys')));
}
