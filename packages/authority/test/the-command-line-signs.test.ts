/** The commands of holders and coordinators: what they print, ask and refuse. the-ceremony-runs-as-written has the whole sequence. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { createKeyFile } from '@lodestone/authority';
import { temporaryFolder } from './support/authority-folder.ts';
import { run, startProgram } from './support/command-line.ts';

const SIGNER = path.join(import.meta.dirname, 'programs/signer-command.ts');
const PASSPHRASE = 'correct horse battery';

vi.stubEnv('LODESTONE_PASSPHRASE', undefined);

/** Two holders with key files and one with a signer command; two must sign. */
async function newAuthority(): Promise<{ at: (name: string) => string; dir: string; passphrase: string[] }> {
  const folder = await temporaryFolder();
  const at = (name: string): string => path.join(folder, name);
  await writeFile(at('passphrase'), `${PASSPHRASE}\n`);
  const passphrase = ['--passphrase-file', at('passphrase')];
  const made = await run('key', 'create', at('alice.pem'), '--name', 'alice', ...passphrase);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toMatch(
    /alice\.pub\.json: give this file to the authority\nkey [0-9a-f]{64} of alice, signs root and targets\n$/,
  );
  await mkdir(at('token'));
  await run('key', 'create', at('token/key.pem'), '--name', 'unused', ...passphrase);
  await createKeyFile(at('token/plain.pem'), undefined);
  const described = await run('key', 'describe', at('bob.pub.json'), '--name', 'bob', '--signer', signerOf(at));
  expect(described).toMatchObject({ code: 0, err: '' });
  const dir = at('lists');
  const holders = ['--holder', at('alice.pub.json'), '--holder', at('bob.pub.json')];
  const init = await run('init', dir, '--name', 'demo-lists', '--power', 'lists', ...holders);
  expect(init).toMatchObject({ code: 0, err: '' });
  const [, keyId] = /^key ([0-9a-f]{64}) of alice/m.exec(made.out) ?? [];
  expect(init.out).toContain(`holder alice: key ${keyId}, signs root and targets\nholder bob: key `);
  expect(init.out).toContain(`prepared root 1 and targets 1 in ${dir}/draft\n`);
  return { at, dir, passphrase };
}

const signerOf = (at: (name: string) => string, fault = ''): string =>
  `'${process.execPath}' '${SIGNER}' '${at('token/plain.pem')}' ${fault}`;

test(
  'a holder signs with a key file, another with a signer command, and the coordinator publishes',
  { timeout: 120_000 },
  async () => {
    const { at, dir, passphrase } = await newAuthority();
    await cp(path.join(dir, 'draft'), at('copy'), { recursive: true });

    const sign = ['sign', at('copy'), '--key', at('alice.pem'), ...passphrase];
    const refused = await startProgram(sign, 'no\n');
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERR_USAGE: not signed: the answer was not "yes"\n') as unknown,
    });
    expect(refused.out).toContain('root 1, the first root, which apps pin');
    expect(await readdir(at('copy/signatures'))).toEqual([]);

    const silent = await startProgram(sign);
    expect(silent).toMatchObject({ code: 1, err: expect.stringContaining('not signed') as unknown });

    const signed = await startProgram(sign, 'yes\n');
    expect(signed).toMatchObject({ code: 0, err: 'Sign this? Enter "yes": ' });
    expect(signed.out).toMatch(/\nsigned: .+root-alice\.json\nsigned: .+targets-alice\.json\n$/);
    await cp(at('copy/signatures'), path.join(dir, 'draft/signatures'), { recursive: true });

    const early = await run('publish', dir);
    expect(early).toMatchObject({ code: 1, out: '' });
    expect(early.err).toMatch(
      /^ERR_REPOSITORY: signatures are missing; root 1 .+: 1 more of bob must sign; targets 1: 1 more of bob must sign\n$/,
    );

    const wrong = await run('sign', dir, '--signer', signerOf(at, 'wrong'), '--holder', at('bob.pub.json'), '--yes');
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^ERR_SIGNER: .+ of root 1 of demo-lists does not verify/) as unknown,
    });
    const byCommand = await run('sign', dir, '--signer', signerOf(at), '--holder', at('bob.pub.json'), '--yes');
    expect(byCommand).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(await readFile(at('bob.signed.json'), 'utf8'))).toMatchObject({ authority: 'demo-lists' });

    const status = await run('status', dir);
    expect(status.out).toContain('complete  root 1: signed by alice, bob\ncomplete  targets 1: signed by alice, bob\n');
    expect(status.out).toMatch(/\nready: run "lodestone-authority publish"\n$/);
    expect(await run('publish', dir)).toMatchObject({ code: 0, err: '' });
    expect((await run('verify', dir, '--root', path.join(dir, 'root.json'))).code).toBe(0);
  },
);

test('an error names the cause and the way out', { timeout: 120_000 }, async () => {
  const { at, dir, passphrase } = await newAuthority();
  const cases: [string[], RegExp][] = [
    [['sign', dir, '--key', at('token/key.pem'), '--yes', ...passphrase], /^ERR_SIGNER: key [0-9a-f]{16} may not sign/],
    [['sign', dir, '--yes'], /^ERR_USAGE: pass your key with --key, or a command with --signer/],
    [
      ['sign', at('token'), '--key', at('alice.pem'), '--yes', ...passphrase],
      /^ERR_REPOSITORY: .+ has no publication to sign; run/,
    ],
    [
      ['key', 'create', at('alice.pem'), '--name', 'alice', ...passphrase],
      /^ERR_SIGNER: .+ is never replaced; choose another name\n/,
    ],
    [['key', 'create', at('alice'), '--name', 'alice', ...passphrase], /^ERR_USAGE: .+ ends in \.pem\n/],
    [['key', 'create', at('x.pem'), '--name', 'A B', ...passphrase], /^ERR_SCHEMA: name: not a name/],
    [
      ['key', 'describe', at('x.pub.json'), '--name', 'x', '--signer', 'false'],
      /^ERR_SIGNER: the signer command "false": it exited with 1\n/,
    ],
    [['rotate', dir, '--remove', 'zoe'], /^ERR_USAGE: zoe is not a holder of demo-lists; its holders are alice, bob\n/],
    [['rotate', dir], /^ERR_USAGE: nothing to rotate/],
    [['publish', dir], /^ERR_REPOSITORY: signatures are missing/],
    [['publish', dir, '--timestamp-only'], /^ERR_REPOSITORY: nothing has been published yet/],
  ];
  for (const [args, sentence] of cases) {
    const { code, err } = await run(...args);
    expect({ code, err }, args.join(' ')).toEqual({ code: 1, err: expect.stringMatching(sentence) as unknown });
  }
  expect(await startProgram(['sign', dir, '--key', at('alice.pem'), '--yes'])).toMatchObject({
    code: 1,
    err: expect.stringMatching(
      /^ERR_USAGE: there is no terminal to ask for a passphrase; pass --passphrase-file/,
    ) as unknown,
  });
  expect(await readdir(path.join(dir, 'draft/signatures'))).toEqual([]);
});
