/**
 * The borders of the packages: one table of allowed imports for each package and area, and the rule that checks one
 * import by it. Pure; `borders-plugin.ts` calls it. Promise: a package imports only packages above its row, and only the
 * files named here use the network. Lint stops mistakes, not malice. Spec: docs/design/overview.md#packages
 */
export interface Border {
  /** The packages (with their subpaths) that `src/` may import, statically or by `import()`; `node:` is all of Node. */
  readonly imports: readonly string[];
  /** Packages that other areas may import in addition to `src/`, the package itself, and `EVERYWHERE`. */
  readonly areas?: Readonly<Partial<Record<DevArea, readonly string[]>>>;
  /** Allowed names of these packages, in `src/`; types are free. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  /** Two folders of `src/` that never import each other. */
  readonly apart?: readonly [string, string];
  /** Whether `import()` in `src/` accepts a computed value: the table cannot see what that loads. */
  readonly computedImports?: boolean;
  /** Where `src/` may use the network: nowhere, in the files of these patterns, or anywhere. */
  readonly network: 'nowhere' | 'anywhere' | readonly string[];
}

/** Files outside of these folders, such as configurations, count as scripts. */
export const DEV_AREAS = ['test', 'bench', 'scripts', 'build'] as const;
export type DevArea = (typeof DEV_AREAS)[number];

/** Packages that every package may import in an area that is not published. */
const EVERYWHERE: Readonly<Record<DevArea, readonly string[]>> = {
  test: ['node:', 'vitest', 'fast-check', '@lodestone/testkit'],
  bench: ['node:', '@lodestone/testkit'],
  scripts: ['node:'],
  build: ['node:'],
};

/** Lower rows may import upper rows, never the reverse. Models have the prefix `model-`, examples `example-`. */
export const BORDERS: Readonly<Record<string, Border>> = {
  protocol: { imports: ['zod'], network: 'nowhere' },
  trust: {
    imports: ['@lodestone/protocol', '@noble/hashes', 'zod'],
    areas: { test: ['@tufjs/models', 'tuf-js'] },
    network: 'nowhere',
  },
  seal: {
    // Of `node`, an export of its own, which no browser code imports.
    imports: ['@lodestone/protocol', 'hpke', 'node:'],
    network: 'nowhere',
  },
  pdq: {
    // Of `shown-pictures`, an export of its own, which no browser code imports.
    imports: ['sharp'],
    areas: { bench: ['blockhash-core', 'sharp-phash'], scripts: ['assemblyscript'] },
    network: 'nowhere',
  },
  'locked-list': {
    // Of `node`, an export of its own, which no browser code imports.
    imports: ['@lodestone/protocol', 'argon2id', 'hash-wasm', 'node:'],
    areas: {
      bench: ['@lodestone/pdq'],
      test: ['@lodestone/pdq', 'sharp'],
      scripts: ['@lodestone/pdq', '@lodestone/testkit', 'sharp'],
    },
    network: 'nowhere',
  },
  sandbox: {
    imports: [
      '@lodestone/protocol',
      '@lodestone/pdq',
      '@lodestone/locked-list',
      '@noble/hashes',
      'comlink',
      'mediabunny',
      'onnxruntime-web',
    ],
    areas: {
      test: ['@lodestone/model-shapes', '@lodestone/model-sensitive-image', 'sharp'],
      build: ['rolldown'],
    },
    // Lazy parts arrive as bytes and are loaded as `data:` modules; the sandbox's policy lets nothing else load.
    computedImports: true,
    // Requests a `data:` address, to check that the sandbox's policy refuses it.
    network: ['csp-self-check.ts'],
  },
  client: {
    imports: ['@lodestone/protocol', '@lodestone/trust', '@lodestone/seal', 'comlink', 'idb', 'react', 'zod'],
    areas: { test: ['@lodestone/model-shapes', '@lodestone/sandbox', 'react-dom'], scripts: ['@lodestone/sandbox'] },
    // The host wraps, the sandbox exposes: anything that a host exposes opens the host's page to the sandbox.
    names: { comlink: ['wrap', 'transfer', 'releaseProxy'] },
    apart: ['content', 'network'],
    network: ['network/egress.ts', 'network/egress/**'],
  },
  authority: {
    imports: [
      '@lodestone/protocol',
      '@lodestone/pdq',
      '@lodestone/locked-list',
      '@lodestone/trust',
      'commander',
      'csv-parse',
      'sharp',
      'zod',
      'node:',
    ],
    // The sandbox's fixtures, with the hashes that both must give.
    areas: { test: ['tuf-js', '@lodestone/sandbox'] },
    network: 'anywhere',
  },
  testkit: {
    imports: ['@lodestone/client', '@lodestone/protocol', '@lodestone/trust', 'fast-check', 'sharp', 'node:'],
    network: 'nowhere',
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
      'otpauth',
      'pg',
      'pino',
      'uqr',
      'zod',
      'node:',
    ],
    network: 'anywhere',
  },
  audit: {
    // PDQ, because the search for a picture's hash in the traffic needs the hash.
    imports: [
      '@lodestone/protocol',
      '@lodestone/pdq',
      '@lodestone/locked-list',
      '@lodestone/trust',
      'commander',
      'dns-packet',
      'mockttp',
      'playwright',
      'node:',
    ],
    areas: { test: ['@lodestone/authority'] },
    // An auditor's adapter is a module that the command line names.
    computedImports: true,
    network: 'anywhere',
  },
  tools: {
    imports: [
      '@lodestone/audit',
      '@lodestone/protocol',
      '@lodestone/testkit',
      '@arethetypeswrong/core',
      '@hono/node-server',
      '@playwright/test',
      '@vitest/browser',
      '@vitest/browser-playwright',
      'esbuild',
      'github-slugger',
      'hono',
      'mdast-util-from-markdown',
      'mdast-util-to-string',
      'unist-util-visit',
      'vite',
      'vitest',
      'zod',
      'node:',
    ],
    areas: { scripts: ['knip', 'oxlint'] },
    computedImports: true,
    network: 'anywhere',
  },
  'model-shapes': {
    imports: ['@lodestone/protocol', 'onnx-proto', 'node:'],
    areas: { test: ['@lodestone/sandbox', 'onnxruntime-web', 'sharp'] },
    network: 'nowhere',
  },
  'model-sensitive-image': {
    imports: ['@lodestone/protocol', 'onnx-proto', 'onnxruntime-web', 'node:'],
    // The optimiser's file in the installed onnxruntime-web.
    computedImports: true,
    areas: {
      test: ['@lodestone/sandbox', ...tensorflow(), 'sharp'],
      bench: tensorflow(),
      scripts: ['@lodestone/model-shapes', '@lodestone/sandbox', 'sharp', 'wasmparser'],
    },
    network: 'nowhere',
  },
  'example-vanilla-chat': {
    imports: ['@lodestone/client'],
    areas: { scripts: ['@lodestone/audit', 'vite'] },
    network: 'anywhere',
  },
  'example-provider': {
    imports: ['@lodestone/client'],
    areas: { scripts: ['@hono/node-server', '@lodestone/protocol', '@lodestone/seal', 'esbuild', 'hono', 'node:'] },
    network: 'anywhere',
  },
  'example-react-e2ee-chat': {
    imports: ['@lodestone/client', 'idb', 'react', 'react-dom', 'ts-mls', 'zod'],
    // The relay is a server; the app never imports it.
    areas: { scripts: ['@hono/node-server', 'hono', 'vite', 'ws', 'node:'] },
    network: 'anywhere',
  },
  demo: {
    imports: [
      '@lodestone/audit',
      '@lodestone/authority',
      '@lodestone/client',
      '@lodestone/example-react-e2ee-chat',
      '@lodestone/example-vanilla-chat',
      '@lodestone/model-sensitive-image',
      '@lodestone/model-shapes',
      '@lodestone/pdq',
      '@lodestone/protocol',
      '@lodestone/receiver',
      // The hash of its script, for a page's policy.
      '@lodestone/sandbox',
      '@lodestone/seal',
      '@lodestone/testkit',
      '@lodestone/tools',
      '@lodestone/trust',
      '@playwright/test',
      'pino',
      'sharp',
      'vite',
      'node:',
    ],
    network: 'anywhere',
  },
  e2e: {
    imports: [],
    areas: {
      test: [
        'axe-core',
        '@lodestone/audit',
        '@lodestone/authority',
        '@lodestone/client',
        '@lodestone/demo',
        '@lodestone/example-vanilla-chat',
        '@lodestone/model-shapes',
        '@lodestone/pdq',
        '@lodestone/protocol',
        '@lodestone/receiver',
        '@lodestone/sandbox',
        '@lodestone/seal',
        '@lodestone/tools',
        '@lodestone/trust',
        '@playwright/test',
        '@rollup/plugin-node-resolve',
        'esbuild',
        'rollup',
        'sharp',
        'vite',
        'webpack',
      ],
      bench: [
        '@lodestone/audit',
        '@lodestone/client',
        '@lodestone/protocol',
        '@lodestone/tools',
        '@lodestone/trust',
        '@playwright/test',
        'esbuild',
      ],
      // `fuzz/`, `media/`, `quality/`, and the configuration.
      scripts: [
        '@lodestone/audit',
        '@lodestone/client',
        '@lodestone/locked-list',
        '@lodestone/pdq',
        '@lodestone/protocol',
        '@lodestone/sandbox',
        '@lodestone/testkit',
        '@lodestone/tools',
        '@playwright/test',
        'esbuild',
        'sharp',
      ],
    },
    network: 'anywhere',
  },
};

/** The source model's own runtime: oracle of the parity tests and peer of the benchmark. */
function tensorflow(): string[] {
  return ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'];
}

/** A file by its place in the repository. */
export interface Place {
  /** Key of `BORDERS`. */
  readonly name: string;
  readonly area: 'src' | DevArea;
  /** From the package's folder: `src/guard.ts`. */
  readonly file: string;
}

export interface Import {
  /** `undefined` if it is computed. */
  readonly specifier: string | undefined;
  /** The imported names, `*` for the whole module; empty for an import of types. */
  readonly names: readonly string[];
}

const PLACE = /(packages|models|examples)\/([^/]+)\/((?:([^/]+)\/)?.+)$/;
const PREFIX: Readonly<Record<string, string>> = { packages: '', models: 'model-', examples: 'example-' };

/** @returns `undefined` for a file outside of packages, models and examples */
export function placeOf(filename: string): Place | undefined {
  const [, kind = '', name = '', file = '', folder] = PLACE.exec(filename.replaceAll('\\', '/')) ?? [];
  if (file === '') return undefined;
  const area = folder === 'src' ? 'src' : (DEV_AREAS.find((one) => one === folder) ?? 'scripts');
  return { name: `${PREFIX[kind]}${name}`, area, file };
}

/** @returns why the import is refused, or `undefined` if it is allowed */
export function refusal(place: Place, { specifier, names }: Import): string | undefined {
  const { name, area } = place;
  const border = BORDERS[name];
  if (border === undefined) return `${name} has no row in the table of borders (packages/tools/src/check/borders.ts)`;
  if (specifier === undefined) {
    return area !== 'src' || border.computedImports ? undefined : `${name} may not compute the name of an import`;
  }
  if (specifier.startsWith('.')) return refusalWithin(place, border, specifier);

  const allowed = allowedIn(place, border).find((one) => isOf(specifier, one));
  if (allowed === undefined) return `${area} of ${name} may not import ${specifier}`;
  const free = area === 'src' ? border.names?.[allowed] : undefined;
  const taken = free === undefined ? undefined : names.find((one) => !free.includes(one));
  return taken === undefined ? undefined : `${name} may not import ${taken} from ${specifier}`;
}

function allowedIn({ name, area }: Place, border: Border): readonly string[] {
  if (area === 'src') return border.imports;
  return [...border.imports, ...EVERYWHERE[area], ...(border.areas?.[area] ?? []), `@lodestone/${name}`];
}

function refusalWithin({ name, area, file }: Place, border: Border, specifier: string): string | undefined {
  const home = area === 'src' ? '/package/src/' : '/package/';
  // One folder deeper than any package, so that a path that leaves the package does not resolve to a path inside it.
  const target = new URL(specifier, `file:///outside/package/${file}`).pathname.replace(/^\/outside/, '');
  if (!target.startsWith(home))
    return `${name} may not import outside of its ${area === 'src' ? 'src' : 'folder'}: ${specifier}`;
  if (area !== 'src') return undefined;
  const from = folderOf(file.slice('src/'.length));
  const to = folderOf(target.slice(home.length));
  const pair: readonly string[] = border.apart ?? [];
  return from !== to && pair.includes(from) && pair.includes(to)
    ? `${from} and ${to} may not import each other`
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
