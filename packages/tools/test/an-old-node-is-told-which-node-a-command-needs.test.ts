/** Each command of the packages says in one sentence which Node it needs, before an old Node meets a built-in module that it lacks. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { OLDEST_NODE, oldNode } from '@lodestone/protocol/node-version';
import { expect, test } from 'vitest';
import { packagesOf } from '../src/run/packages.ts';
import { ROOT } from '../src/run/program.ts';

/** A Node of this version, as far as a command can see: it reports the version, and lacks the modules that came later. */
function preloadOf(version: string): string {
  return `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module';
    Object.defineProperty(process.versions, 'node', { value: ${JSON.stringify(version)} });
    const lacks = ['node:sqlite', 'node:test'];
    registerHooks({
      resolve(specifier, context, next) {
        if (lacks.includes(specifier)) throw new Error('No such built-in module: ' + specifier);
        return next(specifier, context);
      },
    });`)}`;
}

interface Manifest {
  bin?: Record<string, string>;
  engines?: { node: string };
}

const manifests = packagesOf().map(({ folder }) => ({
  folder,
  ...(JSON.parse(readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8')) as Manifest),
}));
/** Of the packages that need a Node; `pdq` runs in browsers and under older ones. */
const commands = manifests
  .filter(({ engines }) => engines)
  .flatMap(({ folder, bin = {}, engines }) =>
    Object.entries(bin).map(([name, file]) => ({
      name,
      engines,
      source: path.join(ROOT, folder, file.replace('/dist/', '/src/').replace(/\.js$/, '.ts')),
    })),
  );

test('three packages with a command need a Node', () => {
  expect(commands.map(({ name }) => name).sort()).toStrictEqual([
    'lodestone-audit',
    'lodestone-authority',
    'lodestone-receiver',
  ]);
});

test.for(commands)('$name under Node 20 prints one sentence', async ({ name, source, engines }) => {
  expect(engines).toStrictEqual({ node: `>=${OLDEST_NODE}` });
  const args = ['--conditions=source', '--import', preloadOf('20.20.2'), source, '--help'];
  const ended = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
  expect(ended).toStrictEqual({
    code: name === 'lodestone-audit' ? 2 : 1, // an audit's 1 means that a claim fails
    stdout: '',
    stderr: `ERR_UNSUPPORTED: ${name} needs Node 24.7 or newer, and this is Node 20.20.2: install a newer Node, then run the command again\n`,
  });
});

test.each([
  ['24.6.0', false],
  ['24.7.0', true],
  ['24.21.1', true],
  ['26.0.0', true],
  ['9.99.0', false],
])('Node %s is new enough: %s', (version, isEnough) => {
  expect(oldNode('lodestone-receiver', version) === undefined).toBe(isEnough);
});
