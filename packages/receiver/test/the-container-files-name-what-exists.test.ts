/** The Dockerfile and the compose file, which no test can build: their commands, packages, versions and addresses are those of this repository. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../src/cli/program.ts';

const PACKAGES = path.join(import.meta.dirname, '../..');
const read = (file: string): Promise<string> => readFile(path.join(PACKAGES, file), 'utf8');
const dockerfile = await read('receiver/deploy/Dockerfile');
const compose = await read('receiver/deploy/compose.yaml');

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
/** Our own packages that one needs, with itself. */
async function packagesOf(name: string, found: Set<string> = new Set()): Promise<Set<string>> {
  found.add(name);
  const { dependencies = {} } = JSON.parse(await read(`${name}/package.json`)) as Manifest;
  for (const [dependency, version] of Object.entries(dependencies)) {
    const own = dependency.replace('@lodestone/', '');
    if (version.startsWith('workspace:') && !found.has(own)) await packagesOf(own, found);
  }
  return found;
}

test('the image has every package that the receiver needs, and no other', async () => {
  const copied = [...dockerfile.matchAll(/packed\/lodestone-([a-z-]+)-\*\.tgz/g)].map(([, name = '']) => name);
  expect(new Set(copied)).toEqual(await packagesOf('receiver'));
});

test('both start the receiver with options that it has, at the port that is exposed and asked', () => {
  const [, cmd = ''] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  const command = JSON.parse(cmd) as string[];
  const [, listed = ''] = /^ {4}command: \[(.*)\]$/m.exec(compose) ?? [];
  expect(listed.split(', ').map((each) => each.replaceAll("'", ''))).toEqual(command);
  const serve = program().commands.find((each) => each.name() === command[0]);
  const options = serve?.options.map(({ long }) => long);
  for (const option of command.filter((each) => each.startsWith('--'))) expect(options).toContain(option);
  const port = command.at(-1);
  expect(/^EXPOSE (\d+)$/m.exec(dockerfile)?.[1]).toBe(port);
  expect(dockerfile).toContain(`http://127.0.0.1:${port}/readyz`);
  expect(compose).toContain(`ports: ['127.0.0.1:${port}:${port}']`);
});

test('the image has the version of Node.js that the tests run on, and secrets come from variables that the receiver reads', async () => {
  const { devDependencies = {} } = JSON.parse(await read('../package.json')) as Manifest;
  expect(/^FROM node:(\d+)-slim$/m.exec(dockerfile)?.[1]).toBe(devDependencies['node']?.split('.')[0]);
  let help = '';
  program()
    .configureOutput({ writeOut: (text) => void (help += text) })
    .outputHelp();
  for (const [variable] of compose.matchAll(/\b(?:LODESTONE_[A-Z_]+|DATABASE_URL)(?==)/g))
    expect(help).toContain(variable);
});
