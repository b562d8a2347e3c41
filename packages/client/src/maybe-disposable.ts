/** Explicit resource management, without demanding it. Spec: docs/design/client.md#guard */

/**
 * `Disposable`, where the host's compiler knows it, so that `using guard = createGuard(…)` compiles there. No host needs that library of types.
 */
export type MaybeDisposable = SymbolConstructor extends { readonly dispose: infer Dispose extends symbol }
  ? { readonly [key in Dispose]: () => void }
  : object;
