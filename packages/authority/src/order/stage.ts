/**
 * Documents that wait for the next publication: orders and a provider's receiver keys. What is staged goes on being
 * published until it is withdrawn. Flow: order or keys → here → `staged/v1/…` → publish.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { printKeys, ReceiverKeys } from '@lodestone/protocol/keys';
import { Name, TargetPath } from '@lodestone/protocol/names';
import { DetectionOrder, printOrder } from '@lodestone/protocol/order';
import { checkBasis, orderState } from '@lodestone/trust';
import { checkPower, openAuthority, type Paths } from '../ceremony/authority.ts';
import { writeWhole } from '../repository/folder.ts';
import { checkLaw } from './law.ts';

/**
 * @throws {LodestoneError} `ERR_SCHEMA`; `ERR_TRUST_POWER` where apps would not take it from this authority;
 * `ERR_ORDER_LAW`; `ERR_TRUST_EXPIRED` where it has ended
 */
export async function stageOrder(options: {
  directory: string;
  order: unknown;
  now: number;
}): Promise<{ path: TargetPath }> {
  const { power, paths } = await openAuthority(options.directory);
  const order = check(DetectionOrder, options.order, 'order');
  checkBasis(order, power);
  checkLaw(order);
  if (orderState(order, options.now) === 'ended') {
    throw new LodestoneError('ERR_TRUST_EXPIRED', `order ${order.id}: it has ended on ${order.notAfter}`);
  }
  return stage(paths, `v1/orders/${order.id}.json`, printOrder(order));
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
  return stage(authority.paths, `v1/keys/${name}.json`, printKeys(check(ReceiverKeys, options.keys, 'receiver keys')));
}

async function stage({ staged }: Paths, target: string, bytes: Uint8Array): Promise<{ path: TargetPath }> {
  const place = check(TargetPath, target, 'target');
  await writeWhole(path.join(staged, place), bytes);
  return { path: place };
}

/** Takes a staged document back; the next publication is without it. @throws {LodestoneError} `ERR_USAGE` */
export async function withdraw(options: { directory: string; path: string }): Promise<void> {
  const { paths } = await openAuthority(options.directory);
  const file = path.join(paths.staged, check(TargetPath, options.path, 'target'));
  if (!existsSync(file)) throw new LodestoneError('ERR_USAGE', `${options.path} is not staged`);
  await rm(file);
}

/** Everything that is staged: target path → bytes. */
export async function readStaged({ staged }: Paths): Promise<Map<TargetPath, Uint8Array>> {
  if (!existsSync(staged)) return new Map();
  const all = await readdir(staged, { recursive: true, withFileTypes: true });
  const files = all
    .filter((file) => file.isFile() && !file.name.startsWith('.'))
    .map((file) => path.join(file.parentPath, file.name));
  const read = files.sort().map(async (file) => {
    const target = check(TargetPath, path.relative(staged, file).split(path.sep).join('/'), 'target');
    return [target, await readFile(file)] as const;
  });
  return new Map(await Promise.all(read));
}
