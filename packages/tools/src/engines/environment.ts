/**
 * What test files in one process share besides modules: globals, environment variables, the working directory, output.
 * Promise: `changesSince` names all of it that differs, so that a file that leaves a change behind fails, and not a later file.
 */
export type Environment = ReadonlyMap<string, unknown>;

/** What loading a library changes for good. No test depends on these: each file may be the first that loads one. */
const BY_LIBRARIES: ReadonlySet<string> = new Set([
  ...['global __zod_globalConfig', 'global __zod_globalRegistry'], // zod
  ...['global Request', 'global Response'], // @hono/node-server wraps them
  ...['global _tfGlobals', 'global _tfengine'], // TensorFlow.js
  'global Worker', // onnxruntime-web
  ...['process chdir', 'process cwd'], // graceful-fs, in Playwright, caches the working directory
  'process allowedNodeEnvironmentFlags', // Node computes it on first use
  'variable VIPSHOME', // sharp
]);
/** Vitest's own, and the counts of listeners in `process`. */
const IGNORED = /^(global __(vitest|vite)|process _)/;

export function environment(): Environment {
  const all = new Map<string, unknown>([
    ['working directory', process.cwd()],
    ['exit code', process.exitCode],
    ['standard output', process.stdout.write],
    ['standard error', process.stderr.write],
  ]);
  for (const [name, value] of Object.entries(process.env)) all.set(`variable ${name}`, value);
  for (const [owner, object] of Object.entries({ global: globalThis, process, console, Date, Math, performance }))
    for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(object)))
      all.set(`${owner} ${name}`, get ?? value);
  return all;
}

/** The names of what was added, replaced or removed. */
export function changesSince(before: Environment, now: Environment = environment()): string[] {
  const names = [...new Set([...before.keys(), ...now.keys()])];
  return names.filter(
    (name) => !IGNORED.test(name) && !BY_LIBRARIES.has(name) && !Object.is(before.get(name), now.get(name)),
  );
}
