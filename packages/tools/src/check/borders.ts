/**
 * The borders of the packages as one table, and the judgement of one import by it. Pure; `borders-plugin.ts` feeds it.
 * Promise: what a package's row does not name, its `src/` does not import, and only the files named there may use the
 * network. Lint stops mistakes; that nothing leaves a running app is proven by a capture, not here. Spec: DESIGN §2.
 */
export interface Border {
  /** The packages (with their subpaths) that `src/` may import, statically or by `import()`; `node:` is all of Node. */
  readonly imports: readonly string[];
  /** Of these packages only these names; types are free. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  /** Two folders of `src/` that never import each other. */
  readonly apart?: readonly [string, string];
  /** Whether `import()` may be given something that is computed: what it loads then is beyond this table. */
  readonly computedImports?: boolean;
  /** Where in `src/` the network may be used: nowhere, in the files of these patterns, or anywhere. */
  readonly network: 'nowhere' | 'anywhere' | readonly string[];
}

/** `tools` has no row: it imports anything, and nothing imports it. */
export const BORDERS: Readonly<Record<string, Border>> = {
  protocol: { imports: ['zod'], network: 'nowhere' },
  trust: { imports: ['@lodestone/protocol', '@noble/hashes', 'zod'], network: 'nowhere' },
  seal: { imports: ['@lodestone/protocol', 'hpke'], network: 'nowhere' },
  pdq: { imports: [], network: 'nowhere' },
  sandbox: {
    imports: ['@lodestone/protocol', '@lodestone/pdq', 'comlink', 'mediabunny', 'onnxruntime-web'],
    // Its parts are handed in as bytes and loaded as `data:` modules; the sandbox's policy lets nothing else load.
    computedImports: true,
    // It asks the browser for a `data:` address, to see that the sandbox's policy refuses it.
    network: ['csp-self-check.ts'],
  },
  client: {
    imports: ['@lodestone/protocol', '@lodestone/trust', '@lodestone/seal', 'comlink', 'idb', 'zod'],
    // The host wraps, the sandbox exposes: whatever a host exposes to the sandbox opens the host's page to it (DESIGN §1).
    names: { comlink: ['wrap', 'transfer', 'releaseProxy'] },
    apart: ['content', 'network'],
    network: ['network/egress.ts', 'network/egress/**'],
  },
  authority: {
    imports: [
      '@lodestone/protocol',
      '@lodestone/pdq',
      '@lodestone/trust',
      '@tufjs/models',
      'commander',
      'sharp',
      'zod',
      'node:',
    ],
    network: 'anywhere',
  },
  receiver: {
    imports: [
      '@lodestone/protocol',
      '@lodestone/trust',
      '@lodestone/seal',
      '@electric-sql/pglite',
      '@hono/node-server',
      'commander',
      'hono',
      'kysely',
      'pg',
      'pino',
      'zod',
      'node:',
    ],
    network: 'anywhere',
  },
  audit: {
    // PDQ, because who looks for a picture's hash in what left must be able to make it.
    imports: [
      '@lodestone/protocol',
      '@lodestone/pdq',
      '@lodestone/trust',
      'commander',
      'mockttp',
      'playwright',
      'node:',
    ],
    // An auditor's adapter is a module that the command line names.
    computedImports: true,
    network: 'anywhere',
  },
};

export interface Import {
  /** `undefined` where it is computed. */
  readonly specifier: string | undefined;
  /** The names taken, `*` for the whole module; none for an import of types. */
  readonly names: readonly string[];
}

/** @param file the importing file, from its package's `src/` on @returns why the import is refused, if it is */
export function refusal(packageName: string, file: string, { specifier, names }: Import): string | undefined {
  if (['tools', 'demo', 'e2e', 'testkit'].includes(packageName)) return undefined;
  const border = BORDERS[packageName];
  if (border === undefined) return `the package ${packageName} has no row in the table of borders`;
  if (specifier === undefined)
    return border.computedImports ? undefined : `${packageName} may import only what is named`;
  if (specifier.startsWith('.')) return refusalWithin(packageName, border, file, specifier);

  const allowed = border.imports.find((one) => isOf(specifier, one));
  if (allowed === undefined) return `${packageName} may not import ${specifier}`;
  const free = border.names?.[allowed];
  const taken = free === undefined ? undefined : names.find((name) => !free.includes(name));
  return taken === undefined ? undefined : `${packageName} may not take ${taken} from ${specifier}`;
}

function refusalWithin(packageName: string, border: Border, file: string, specifier: string): string | undefined {
  const target = new URL(specifier, `file:///src/${file}`).pathname;
  if (!target.startsWith('/src/') || /(^|\/)\.\..*\/src\//.test(specifier)) {
    return `${packageName} may not reach out of its src by ${specifier}`;
  }
  const from = folderOf(file);
  const to = folderOf(target.slice('/src/'.length));
  const pair: readonly string[] = border.apart ?? [];
  return from !== to && pair.includes(from) && pair.includes(to)
    ? `${from} and ${to} never import each other`
    : undefined;
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

function isOf(specifier: string, allowed: string): boolean {
  return allowed.endsWith(':')
    ? specifier.startsWith(allowed)
    : specifier === allowed || specifier.startsWith(`${allowed}/`);
}
