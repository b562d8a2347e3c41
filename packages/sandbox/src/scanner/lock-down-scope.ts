/**
 * Removes every name from a worker's scope that is not kept, before content arrives, and freezes the rest. This is the second line
 * of defence; the first is the document's policy and its opaque origin, which block the network alone.
 * Promise: a name that cannot be removed stops the worker. Spec: docs/design/sandbox.md#scope-lockdown
 */
import { type NameGroup, KEPT, namesOf, NAVIGATOR_KEPT } from './capabilities.ts';

export function lockDownScope(
  scope: object & { readonly navigator: object; readonly crypto: Crypto },
  kept: readonly NameGroup[] = KEPT,
): void {
  keepOnly(scope.navigator, NAVIGATOR_KEPT);
  keepOnly(scope, kept);
  freezeBelow(scope, [scope.crypto, scope.crypto.subtle, ...MADE_BY_SYNTAX]);
}

/** Values whose prototypes have no name in any scope. */
const MADE_BY_SYNTAX = [async () => {}, function* () {}, async function* () {}, [].values(), new Map().entries()];

/** Removes names from the object and from each of its prototypes up to Object.prototype. */
function keepOnly(from: object, groups: readonly NameGroup[]): void {
  const kept = namesOf(groups);
  for (let owner: object | null = from; owner && owner !== Object.prototype; owner = Reflect.getPrototypeOf(owner)) {
    for (const key of Reflect.ownKeys(owner)) {
      if (kept.has(String(key)) || Reflect.deleteProperty(owner, key)) continue;
      throw new Error(`${String(key)} cannot be removed`);
    }
  }
}

/**
 * Freezes everything that can be reached from the scope. The scope itself stays extensible, because every engine's developer tools
 * write to it; but none of its names can be changed.
 */
function freezeBelow(scope: object, others: readonly object[]): void {
  const seen = new Set<object>([scope]);
  const open: object[] = [];
  const add = (value: unknown): void => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
    seen.add(value);
    open.push(value);
  };
  const addChildren = (owner: object): void => {
    add(Reflect.getPrototypeOf(owner));
    for (const { value, get, set } of Object.values(Object.getOwnPropertyDescriptors(owner))) {
      for (const found of [value, get, set]) add(found);
    }
  };
  for (const key of Reflect.ownKeys(scope)) fix(scope, key);
  addChildren(scope);
  others.forEach(add);
  for (let owner = open.pop(); owner; owner = open.pop()) {
    addChildren(owner);
    Object.freeze(owner);
  }
}

function fix(owner: object, key: PropertyKey): void {
  const { value, configurable } = Reflect.getOwnPropertyDescriptor(owner, key) ?? {};
  if (configurable)
    Object.defineProperty(owner, key, { configurable: false, ...(value !== undefined && { writable: false }) });
}
