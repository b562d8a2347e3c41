import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inThisProcess, type Printed } from '@lodestone/testkit/in-this-process';
import { run as runCommand } from '../src/cli/program.ts';
import type { Report } from '../src/index.ts';
import { type ClaimStatus, EXIT_CODE_MEANINGS, EXIT_CODES, statusOf } from '../src/report/report.ts';
import { get, ledgerOf, ndjson } from './fixture/ledger.ts';

const MAIN = path.join(import.meta.dirname, '../src/cli/main.ts');
const folder = mkdtempSync(path.join(tmpdir(), 'lodestone-audit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = path.join(folder, 'ledger.ndjson');
writeFileSync(file, ndjson(ledgerOf([get('/a')])));

const run = (...args: readonly string[]): Promise<Printed> => inThisProcess(runCommand, args);

function startProgram(...args: string[]): Printed {
  const program = spawnSync(process.execPath, ['--conditions=source', MAIN, ...args], { encoding: 'utf8' });
  return { code: program.status ?? -1, out: program.stdout, err: program.stderr };
}

test('the program prints the same as its function, and exits with the same code', { timeout: 120_000 }, async () => {
  const other = ['--origin', 'https://other.example'];
  for (const args of [
    ['--help'],
    [],
    ['nothing'],
    ['ledger', path.join(folder, 'nothing')],
    ['ledger', file, ...other],
  ]) {
    const [started, here] = [startProgram(...args), await run(...args)];
    expect({ ...started, out: '' }, args.join(' ')).toEqual({ ...here, out: '' });
    if (!args.includes(file)) expect(started.out).toEqual(here.out);
  }
});

test('the exit code is 0 if claims pass and none fails, 1 if one fails, and 2 if none could be tested', async () => {
  expect(await run('ledger', file)).toMatchObject({ code: 0, err: '' });
  expect((await run('ledger', file, '--origin', 'https://other.example')).code).toBe(1);
  const report = (...statuses: ClaimStatus[]): ClaimStatus =>
    statusOf({ claims: statuses.map((status) => ({ id: 'x', title: 'X', tested: '', result: '', status })) });
  expect(EXIT_CODES[report('pass', 'not-tested')]).toBe(0);
  expect(EXIT_CODES[report('pass', 'fail', 'not-tested')]).toBe(1);
  expect(EXIT_CODES[report('not-tested', 'not-tested')]).toBe(2);
  expect(EXIT_CODES[report()]).toBe(2);
});

const { out: help } = await run('--help');
const ROOT = path.join(import.meta.dirname, '../../..');

test.each(['packages/audit/README.md', 'docs/audit/guide.md', 'docs/design/audit.md'])(
  'the exit codes in %s are those of the code and of --help',
  (page) => {
    const [, table = ''] = readFileSync(path.join(ROOT, page), 'utf8').split(
      '| exit code | meaning |\n| --- | --- |\n',
    );
    const rows = Array.from(table.split('\n\n')[0]?.matchAll(/^\| (\d) \| (.*) \|$/gm) ?? [], ([, code, meaning]) => [
      code,
      meaning,
    ]);
    expect(rows).toEqual(Object.entries(EXIT_CODE_MEANINGS));
    expect(Object.keys(EXIT_CODE_MEANINGS).map(Number)).toEqual([...new Set(Object.values(EXIT_CODES))]);
    for (const [code, meaning] of rows) expect(help).toContain(`  ${code}: ${meaning}`);
  },
);

test.each([
  ['no command', []],
  ['an unknown command', ['nothing']],
  ['a missing argument', ['ledger']],
  ['a missing file', ['ledger', path.join(folder, 'nothing')]],
  ['a malformed digest', ['sandbox', file, '--build', 'abc']],
  ['a missing option', ['list', folder]],
])('%s exits with 2 and prints no stack trace', async (_what, args) => {
  const { code, out, err } = await run(...args);
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).not.toMatch(/^\s+at /m);
});

const DIGEST = 'ab'.repeat(32);
const adapter = path.join(folder, 'adapter.mjs');
writeFileSync(
  adapter,
  'const nothing = () => {};\nexport default { name: "none", ready: nothing, attach: nothing, ledgers: nothing };\n',
);
const BEFORE = { build: DIGEST, sha256: DIGEST, bytes: 1, script: "'sha256-'" };

test.each([
  ['sandbox', []],
  ['capture', ['--url', 'http://127.0.0.1:1/', '--adapter', adapter, '--corpus', folder]],
  ['probe', []],
  ['ledger', []],
])(
  '%s refuses a lock file of another version, and names the keys that it expected and found',
  async (command, more) => {
    const lock = path.join(folder, 'older.lock.json');
    writeFileSync(lock, JSON.stringify({ ...BEFORE, classifier: { code: DIGEST } }));
    const { code, out, err } = await run(command, ...(more.length > 0 ? more : [file]), '--lock', lock);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^ERR_USAGE: .*older\.lock\.json is not a sandbox\.lock\.json that this release \(\d/);
    expect(err).toContain('Expected: the keys build, sha256, bytes, script, parts');
    expect(err).toContain('Found: build, sha256, bytes, script, classifier');
  },
);

test('--help prints to standard output, lists the exit codes and exits with 0', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  expect(out).toContain('Exit codes:');
  expect((await run('list', '--help')).out).toContain('--root');
});

test('--json prints the whole report, and --html writes the page', () => {
  const page = path.join(folder, 'report.html');
  const { out, err } = startProgram('ledger', file, '--json', '--html', page);
  const report = JSON.parse(out) as Report;
  expect(report).toMatchObject({ schema: 'lodestone/audit/v1', command: 'ledger', subject: file });
  expect(err).toContain(page);
  expect(readFileSync(page, 'utf8')).toContain('lodestone-audit ledger');
});
