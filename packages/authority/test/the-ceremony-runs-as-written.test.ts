/**
 * docs/lists/ceremony.md, as written: three holders on three folders, one lost key. Its commands run in their order, with
 * "yes" as the answer and the passphrase in the environment; the outputs that it quotes must appear.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './support/authority-folder.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const MAIN = path.join(import.meta.dirname, '../src/cli/main.ts');
const PAGE = path.join(ROOT, 'docs/lists/ceremony.md');

function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);
}

/** A folder whose `lodestone-authority` runs this source. */
async function commandFolder(folder: string): Promise<string> {
  await mkdir(folder);
  const script = `#!/bin/sh\nexec '${process.execPath}' --conditions=source '${MAIN}' "$@"\n`;
  await writeFile(path.join(folder, 'lodestone-authority'), script);
  await chmod(path.join(folder, 'lodestone-authority'), 0o755);
  return folder;
}

function runScript(script: string, cwd: string, bin: string): Promise<{ code: number; out: string; err: string }> {
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    LODESTONE_PASSPHRASE: 'correct horse battery',
  };
  return new Promise((resolve) => {
    execFile('sh', ['-c', `yes yes | sh -eu -c "$0"`, script], { cwd, env, maxBuffer: 1 << 24 }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

interface RootFile {
  signed: {
    version: number;
    keys: Record<string, unknown>;
    roles: Record<string, { keyids: string[]; threshold: number }>;
  };
  signatures: { keyid: string }[];
}

test(
  'three holders publish, one loses a key, and the next publication uses the new one',
  { tags: '@all' },
  async () => {
    const folder = await temporaryFolder();
    const bin = await commandFolder(path.join(folder, 'bin'));
    const page = await readFile(PAGE, 'utf8');
    const blocks = blocksOf(page, 'sh');
    expect(blocks.length).toBeGreaterThan(8);

    const work = path.join(folder, 'work');
    await mkdir(work);
    const { code, out, err } = await runScript(blocks.join('\n'), work, bin);
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('ERR_') as unknown });
    for (const quoted of blocksOf(page, 'text')) expect(out).toContain(quoted);

    // What the ceremony promises: the roots, their signers, and what apps with the first root see.
    const repository = path.join(work, 'coordinator/lists/repository');
    const rootOf = async (version: number): Promise<RootFile> =>
      JSON.parse(await readFile(path.join(repository, `metadata/${version}.root.json`), 'utf8')) as RootFile;
    const [first, second] = [await rootOf(1), await rootOf(2)];
    const idOf = async (file: string): Promise<string> => {
      const { publicKey } = JSON.parse(await readFile(path.join(work, file), 'utf8')) as { publicKey: string };
      const entries = Object.entries({ ...first.signed.keys, ...second.signed.keys });
      return entries.find(([, key]) => JSON.stringify(key).includes(publicKey))?.[0] ?? 'none';
    };
    const [alice = '', bob = '', lost = '', carol = ''] = await Promise.all(
      ['alice/alice.pub.json', 'bob/bob.pub.json', 'coordinator/carol.pub.json', 'carol/carol-2.pub.json'].map(idOf),
    );
    expect(first.signed.roles['root']).toEqual({ keyids: [alice, bob, lost].sort(), threshold: 2 });
    expect(second.signed.roles['root']).toEqual({ keyids: [alice, bob, carol].sort(), threshold: 2 });
    expect(second.signed.roles['targets']).toEqual(second.signed.roles['root']);
    expect(second.signatures.map(({ keyid }) => keyid).sort()).toEqual([alice, bob].sort());
    expect(await readdir(path.join(repository, 'metadata'))).not.toContain('3.root.json');
    expect(out.match(/^verified: .+$/gm)).toEqual([
      'verified: targets 1, timestamp 1',
      'verified: targets 2, timestamp 3',
      'verified: targets 3, timestamp 4',
    ]);
    expect(out).toContain('in force, version 2, 3 pdq');
    expect(out.match(/^root {3}\d: .+ sign/gm)).toEqual([1, 2, 2].map((n) => `root   ${n}: 2 of 3 keys sign`));
    const third = JSON.parse(await readFile(path.join(repository, 'metadata/3.targets.json'), 'utf8')) as RootFile;
    expect(third.signatures.map(({ keyid }) => keyid).sort()).toEqual([bob, carol].sort());

    // No holder's private key reached the coordinator, and every private key is encrypted.
    const files = await readdir(work, { recursive: true });
    const keys = files.filter((file) => file.endsWith('.pem'));
    expect(keys.filter((file) => !file.startsWith('coordinator/')).sort()).toEqual([
      'alice/alice.pem',
      'bob/bob.pem',
      'carol/carol-2.pem',
    ]);
    expect(keys.filter((file) => /(?:root|targets)-\d/.test(file))).toEqual([]);
    for (const file of keys) {
      expect(await readFile(path.join(work, file), 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    }
  },
);
