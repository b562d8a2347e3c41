/**
 * Makes Node load packages from source (`exports` condition `source`) even if a tool started it without
 * `--conditions=source`. Configurations import it for this effect, before they import a package.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, { ...context, conditions: ['source', ...(context.conditions ?? [])] }),
});
