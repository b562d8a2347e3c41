/**
 * Lets Node take packages' sources (`exports` condition `source`) also where a tool's own command started it without
 * `--conditions=source`. Imported for its effect by the tools' configurations, before they import a package.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, { ...context, conditions: ['source', ...(context.conditions ?? [])] }),
});
