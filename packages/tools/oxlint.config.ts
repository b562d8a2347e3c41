/**
 * Lint rules for the whole repository: wrong code, untyped code, and the borders of the packages.
 * `npm run check` runs it; for single files: `oxlint -c packages/tools/oxlint.config.ts PATHS`.
 */
import { defineConfig, type OxlintOverride } from 'oxlint';
import { BORDERS } from './src/check/borders.ts';

/** Every way in which a page or a worker makes a request. */
const NETWORK_GLOBALS = [
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'WebSocketStream',
  'EventSource',
  'WebTransport',
  'RTCPeerConnection',
  'importScripts',
  'Image',
  'Audio',
  'FontFace',
  'open',
  'caches',
];

/** Objects through which code could reach a global without naming it. */
const GLOBAL_OBJECTS = ['globalThis', 'window', 'self', 'frames', 'parent', 'top'];

function folderOf(name: string): string {
  return name.startsWith('model-') ? `models/${name.slice('model-'.length)}` : `packages/${name}`;
}

function withoutNetwork([name, border]: (typeof ROWS)[number]): OxlintOverride[] {
  if (border.network === 'anywhere') return [];
  // The client may not use the global objects, so it cannot reach a global by a computed name either.
  const restricted =
    name === 'client' ? [...NETWORK_GLOBALS, ...GLOBAL_OBJECTS, 'Worker', 'SharedWorker'] : NETWORK_GLOBALS;
  const message = 'the network is only in packages/client/src/network/egress';
  return [
    {
      files: [`**/${folderOf(name)}/src/**`],
      excludeFiles:
        border.network === 'nowhere' ? [] : border.network.map((file) => `**/${folderOf(name)}/src/${file}`),
      rules: {
        'no-restricted-globals': [
          'error',
          {
            globals: restricted.map((global) => ({ name: global, message })),
            checkGlobalObject: true,
            globalObjects: GLOBAL_OBJECTS,
          },
        ],
        'no-restricted-properties': ['error', { property: 'sendBeacon', message }],
        'no-console': 'error',
      },
    },
  ];
}

const ROWS = Object.entries(BORDERS);

export default defineConfig({
  options: { typeAware: true },
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'promise', 'vitest'],
  jsPlugins: ['./src/check/borders-plugin.ts'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    'borders/imports': 'error',
    eqeqeq: 'error',
    'no-warning-comments': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    // Type-only imports too: a circle of types is a circle in the reader's head.
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/consistent-type-imports': 'error',
    'unicorn/prefer-node-protocol': 'error',
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    // Tests often assert in helper functions and properties, which these rules cannot follow.
    'vitest/expect-expect': 'off',
    'vitest/no-conditional-expect': 'off',
    'vitest/no-conditional-tests': 'off',
    'vitest/no-standalone-expect': 'off',
    'vitest/require-to-throw-message': 'off',
    'vitest/require-mock-type-parameters': 'off',
    'vitest/valid-describe-callback': 'off',
    'vitest/valid-title': 'off',
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    // The compiler checks default imports, and knows Vite's queries (`file.mjs?raw`).
    'import/default': 'off',
    // The compiler checks this (strict, exhaustive switches), and knows `never`.
    'typescript/consistent-return': 'off',
    // Digests are branded by the caller, who knows what the bytes are: `sha256Hex<OrderDigest>(order)`.
    'typescript/no-unnecessary-type-parameters': 'off',
    // Correct here: field names of formats start with `_`, copies are sorted in place, `port.onmessage` also starts the port.
    'no-underscore-dangle': 'off',
    'no-shadow': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/prefer-add-event-listener': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'import/no-named-as-default-member': 'off',
    'import/no-unassigned-import': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'promise/always-return': 'off',
    'import/no-named-as-default': 'off',
    'typescript/no-misused-spread': 'off',
    'unicorn/no-useless-spread': 'off',
    // Objects are made of functions that do not use `this`; and a loop may wait for a value that changes elsewhere.
    'typescript/unbound-method': 'off',
    'no-unmodified-loop-condition': 'off',
    // The rule assumes a window's postMessage; most calls here are on ports.
    'unicorn/require-post-message-target-origin': 'off',
  },
  overrides: [
    ...ROWS.flatMap(withoutNetwork),
    // Scripts that pages load as they are; the compiler does not read them.
    {
      files: ['**/public/*.js'],
      rules: { 'typescript/no-unsafe-call': 'off', 'typescript/no-unsafe-member-access': 'off' },
    },
    // For hosts that set the option `debug`.
    { files: ['**/client/src/problem-log.ts'], rules: { 'no-console': 'off' } },
    // Playwright's `test` has other forms than Vitest's.
    { files: ['**/e2e/**'], rules: { 'vitest/no-disabled-tests': 'off' } },
  ],
});
