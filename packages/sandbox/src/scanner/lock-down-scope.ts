/**
 * Takes away all that is not kept by name, before any content arrives, and freezes what is left. The second wall: the
 * first is the document's policy and its opaque origin, which refuse the network by themselves.
 * Promise: what cannot be taken away stops the scanner.
 */
import { type Judgement, KEPT, namesOf, NAVIGATOR_KEPT } from './capabilities.ts';

export function disarm(
  scope: object & { readonly navigator: object; readonly crypto: Crypto },
  kept: readonly Judgement[] = KEPT,
): void {
  keepOnly(scope.navigator, NAVIGATOR_KEPT);
  keepOnly(scope, kept);
  freezeBelow(scope, [scope.crypto, scope.crypto.subtle, ...MADE_BY_SYNTAX]);
}

/** Their prototypes have no name in any scope. */
const MADE_BY_SYNTAX = [async () => {}, function* () {}, async function* () {}, [].values(), new Map().entries()];

/** From the object, and from each prototype that hands something down to it alone. */
function keepOnly(from: object, judgements: readonly Judgement[]): void {
  const kept = namesOf(judgements);
  for (let owner: object | null = from; owner && owner !== Object.prototype; owner = Reflect.getPrototypeOf(owner)) {
    for (const key of Reflect.ownKeys(owner)) {
      if (kept.has(String(key)) || Reflect.deleteProperty(owner, key)) continue;
      throw new Error(`${String(key)} cannot be removed`);
    }
  }
}

/**
 * What is left stays what it is: nothing that is reached from the scope can be replaced. The scope itself stays open, as
 * every engine's own tools write to it; but each of its names is fixed.
 */
function freezeBelow(scope: object, others: readonly object[]): void {
  const seen = new Set<object>([scope]);
  const open: object[] = [];
  const find = (value: unknown): void => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
    seen.add(value);
    open.push(value);
  };
  const lookInto = (owner: object): void => {
    find(Reflect.getPrototypeOf(owner));
    for (const { value, get, set } of Object.values(Object.getOwnPropertyDescriptors(owner))) {
      for (const found of [value, get, set]) find(found);
    }
  };
  for (const key of Reflect.ownKeys(scope)) fix(scope, key);
  lookInto(scope);
  others.forEach(find);
  for (let owner = open.pop(); owner; owner = open.pop()) {
    lookInto(owner);
    Object.freeze(owner);
  }
}

function fix(owner: object, key: PropertyKey): void {
  const { value, configurable } = Reflect.getOwnPropertyDescriptor(owner, key) ?? {};
  if (configurable)
    Object.defineProperty(owner, key, { configurable: false, ...(value !== undefined && { writable: false }) });
}
