/** Runs the linter on files that break a border, each at its place in a folder of the same layout, and reads what it reports. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BORDERS } from '../src/check/borders.ts';
import { lintCommand } from '../src/check/lint.ts';
import { ROOT } from '../src/run/program.ts';

interface Case {
  readonly what: string;
  readonly file: string;
  readonly code: string;
}

const NETWORK = 'no-restricted-globals';
const IMPORT = 'borders(imports)';

const REFUSED: readonly (Case & { readonly rule: string })[] = [
  { what: 'protocol imports client', file: 'protocol/src/a.ts', code: "import '@lodestone/client';", rule: IMPORT },
  { what: 'trust imports seal', file: 'trust/src/a.ts', code: "export * from '@lodestone/seal';", rule: IMPORT },
  { what: 'seal imports trust', file: 'seal/src/a.ts', code: "export { x } from '@lodestone/trust';", rule: IMPORT },
  { what: 'pdq imports anything', file: 'pdq/src/a.ts', code: "import '@lodestone/protocol/bytes';", rule: IMPORT },
  { what: 'sandbox imports client', file: 'sandbox/src/a.ts', code: "void import('@lodestone/client');", rule: IMPORT },
  { what: 'client imports pdq', file: 'client/src/a.ts', code: "void import('@lodestone/pdq');", rule: IMPORT },
  { what: 'client imports Node', file: 'client/src/b.ts', code: "import 'node:fs';", rule: IMPORT },
  { what: 'receiver imports client', file: 'receiver/src/a.ts', code: "import '@lodestone/client';", rule: IMPORT },
  { what: 'authority imports seal', file: 'authority/src/a.ts', code: "import '@lodestone/seal';", rule: IMPORT },
  { what: 'audit imports client', file: 'audit/src/a.ts', code: "import '@lodestone/client';", rule: IMPORT },
  { what: 'any package imports tools', file: 'audit/src/b.ts', code: "import '@lodestone/tools';", rule: IMPORT },
  {
    what: 'tools imports a package that it builds',
    file: 'tools/src/b.ts',
    code: "import '@lodestone/pdq';",
    rule: IMPORT,
  },
  { what: 'a test imports an unlisted package', file: 'trust/test/b.test.ts', code: "import 'hono';", rule: IMPORT },
  {
    what: 'a test imports another package by its path',
    file: 'client/test/a.test.ts',
    code: "import '../../seal/src/x.ts';",
    rule: IMPORT,
  },
  { what: 'a benchmark imports tools', file: 'pdq/bench/a.ts', code: "import '@lodestone/tools/run';", rule: IMPORT },
  { what: 'a script imports the client', file: 'pdq/scripts/a.ts', code: "import '@lodestone/client';", rule: IMPORT },
  {
    what: 'a build step imports another package by its path',
    file: 'sandbox/build/a.ts',
    code: "import '../../pdq/scripts/x.ts';",
    rule: IMPORT,
  },
  {
    what: 'a model imports a package by its path',
    file: '../models/shapes/test/a.ts',
    code: "import '../../../packages/sandbox/src/x.ts';",
    rule: IMPORT,
  },
  {
    what: 'an example imports audit in src',
    file: '../examples/vanilla-chat/src/a.ts',
    code: "import '@lodestone/audit';",
    rule: IMPORT,
  },
  { what: 'a name that only begins alike', file: 'trust/src/b.ts', code: "import 'zodiac';", rule: IMPORT },
  {
    what: 'a module from an address',
    file: 'client/src/c.ts',
    code: "import 'https://cdn.example/x.js';",
    rule: IMPORT,
  },
  {
    what: 'a computed import in the client',
    file: 'client/src/d.ts',
    code: 'void import(location.hash);',
    rule: IMPORT,
  },
  {
    what: 'reaching into another package',
    file: 'client/src/e.ts',
    code: "import '../../seal/src/x.ts';",
    rule: IMPORT,
  },
  {
    what: 'reaching out from a folder',
    file: 'client/src/content/e.ts',
    code: "import '../../package.json';",
    rule: IMPORT,
  },
  { what: 'a package without a row', file: 'newcomer/src/a.ts', code: "import 'zod';", rule: IMPORT },
  {
    what: 'content imports network',
    file: 'client/src/content/a.ts',
    code: "import '../network/egress.ts';",
    rule: IMPORT,
  },
  {
    what: 'network imports content',
    file: 'client/src/network/a.ts',
    code: "void import('../content/sandbox.ts');",
    rule: IMPORT,
  },
  {
    what: 'deep content imports network',
    file: 'client/src/content/message-gate/a.ts',
    code: "import { x } from '../../network/x.ts'; x();",
    rule: IMPORT,
  },
  {
    what: 'comlink exposes',
    file: 'client/src/f.ts',
    code: "import { expose } from 'comlink'; expose({});",
    rule: IMPORT,
  },
  {
    what: 'comlink proxies',
    file: 'client/src/g.ts',
    code: "import { proxy as p } from 'comlink'; p({});",
    rule: IMPORT,
  },
  {
    what: 'comlink marks a proxy',
    file: 'client/src/h.ts',
    code: "export { proxyMarker } from 'comlink';",
    rule: IMPORT,
  },
  { what: 'all of comlink', file: 'client/src/i.ts', code: "import * as c from 'comlink'; c.wrap(1);", rule: IMPORT },
  { what: 'all of comlink, later', file: 'client/src/j.ts', code: "void import('comlink');", rule: IMPORT },
  { what: 'all of comlink, passed on', file: 'client/src/k.ts', code: "export * from 'comlink';", rule: IMPORT },
  ...['protocol', 'trust', 'seal', 'pdq', 'sandbox', 'client'].map((name) => ({
    what: `${name} fetches`,
    file: `${name}/src/network.ts`,
    code: "void fetch('/');",
    rule: NETWORK,
  })),
  { what: 'fetch in content', file: 'client/src/content/b.ts', code: 'export const f = fetch;', rule: NETWORK },
  { what: 'fetch beside egress', file: 'client/src/network/b.ts', code: "void window.fetch('/');", rule: NETWORK },
  { what: 'fetch by another object', file: 'sandbox/src/b.ts', code: "void globalThis.fetch('/');", rule: NETWORK },
  { what: 'fetch by a computed name', file: 'client/src/l.ts', code: "globalThis['fe' + 'tch']('/');", rule: NETWORK },
  { what: 'XMLHttpRequest', file: 'client/src/m.ts', code: 'export const x = new XMLHttpRequest();', rule: NETWORK },
  { what: 'WebSocket', file: 'sandbox/src/c.ts', code: "export const x = new WebSocket('wss://x');", rule: NETWORK },
  { what: 'EventSource', file: 'trust/src/c.ts', code: "export const x = new EventSource('/');", rule: NETWORK },
  { what: 'WebTransport', file: 'client/src/n.ts', code: "export const x = new WebTransport('/');", rule: NETWORK },
  {
    what: 'RTCPeerConnection',
    file: 'sandbox/src/d.ts',
    code: 'export const x = new RTCPeerConnection();',
    rule: NETWORK,
  },
  { what: 'a picture of an address', file: 'client/src/o.ts', code: "new Image().src = '/';", rule: NETWORK },
  {
    what: 'a worker by address',
    file: 'client/src/p.ts',
    code: "export const w = new Worker('/w.js');",
    rule: NETWORK,
  },
  {
    what: 'sendBeacon',
    file: 'client/src/q.ts',
    code: "navigator.sendBeacon('/', 'x');",
    rule: 'no-restricted-properties',
  },
];

const ALLOWED: readonly Case[] = [
  { what: 'egress fetches', file: 'client/src/network/egress.ts', code: "void fetch('/');" },
  { what: 'a part of egress fetches', file: 'client/src/network/egress/send.ts', code: "void fetch('/');" },
  { what: 'client wraps', file: 'client/src/content/c.ts', code: "import { wrap } from 'comlink'; wrap(self0);" },
  {
    what: 'types of comlink',
    file: 'client/src/content/d.ts',
    code: "import type { ProxyMarked } from 'comlink'; export type P = ProxyMarked;",
  },
  { what: 'sandbox exposes', file: 'sandbox/src/e.ts', code: "import { expose } from 'comlink'; expose({});" },
  {
    what: 'sandbox loads a part of bytes',
    file: 'sandbox/src/f.ts',
    code: 'void import(`data:text/javascript,${code}`);',
  },
  { what: 'subpaths', file: 'trust/src/d.ts', code: "import { x } from '@lodestone/protocol/error'; x();" },
  {
    what: 'check.ts sees both sides',
    file: 'client/src/check.ts',
    code: "import './content/a.ts'; import './network/a.ts';",
  },
  { what: 'a server uses the network', file: 'receiver/src/b.ts', code: "import 'node:http'; void fetch('/');" },
  { what: 'tools imports audit', file: 'tools/src/a.ts', code: "import '@lodestone/audit/browsers';" },
  { what: 'a test imports fast-check', file: 'trust/test/a.test.ts', code: "import 'fast-check';" },
  {
    what: 'a test imports its package',
    file: 'trust/test/c.test.ts',
    code: "import '../src/a.ts'; import '@lodestone/trust';",
  },
  { what: 'a benchmark imports testkit', file: 'pdq/bench/b.ts', code: "import '@lodestone/testkit/bench/race';" },
  {
    what: 'a model test imports the sandbox',
    file: '../models/shapes/test/b.ts',
    code: "import '@lodestone/sandbox/x';",
  },
];

const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-borders-'));
let reported: readonly { readonly file: string; readonly rule: string }[];

beforeAll(async () => {
  for (const { file, code } of [...REFUSED, ...ALLOWED]) {
    const target = path.join(folder, 'packages', file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, `${code}\n`);
  }
  reported = await lint(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function lint(cwd: string): Promise<typeof reported> {
  const [program = '', ...args] = lintCommand();
  const { stdout } = await promisify(execFile)(program, [...args, '--format=json', 'packages', 'models', 'examples'], {
    cwd,
  }).catch((error: unknown) => error as { stdout: string });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  return diagnostics.map(({ filename, code }) => ({
    file: filename.replace(/^(packages\/|(?=models|examples))/, (start) => (start === '' ? '../' : '')),
    rule: code,
  }));
}

function bordersBrokenBy(file: string): string[] {
  return reported.filter((one) => one.file === file && /borders|restricted/.test(one.rule)).map((one) => one.rule);
}

test('every case has its own file', () => {
  const files = [...REFUSED, ...ALLOWED].map((one) => one.file);
  expect(new Set(files).size).toBe(files.length);
});

describe('refused', () => {
  test.each(REFUSED)('$what ($file)', ({ file, rule }) => {
    expect(bordersBrokenBy(file)).toContainEqual(expect.stringContaining(rule));
  });
});

describe('allowed', () => {
  test.each(ALLOWED)('$what ($file)', ({ file }) => {
    expect(bordersBrokenBy(file)).toEqual([]);
  });
});

describe('the table is complete', () => {
  const folders = readdirSync(path.join(ROOT, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const models = readdirSync(path.join(ROOT, 'models'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `model-${entry.name}`);
  const names = Object.keys(BORDERS);

  test('each package, model and example has a row, and each row has a folder', () => {
    const examples = readdirSync(path.join(ROOT, 'examples')).map((name) => `example-${name}`);
    expect([...names].sort()).toEqual([...folders, ...models, ...examples].sort());
  });

  test.each(names)('src of %s imports only packages of rows above its own', (name) => {
    const below = names.slice(names.indexOf(name)).map((other) => `@lodestone/${other}`);
    expect(BORDERS[name]?.imports.filter((one) => below.includes(one))).toEqual([]);
  });

  test.each(folders.filter((name) => name !== 'e2e' && name !== 'demo'))(
    'dependencies in package.json of %s are in its row',
    (name) => {
      const manifest = JSON.parse(readFileSync(path.join(ROOT, 'packages', name, 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>;
      };
      expect(BORDERS[name]?.imports).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies ?? {})));
    },
  );
});
