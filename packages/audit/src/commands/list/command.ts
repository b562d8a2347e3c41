/** `lodestone-audit list`: options and help. Spec: docs/design/audit.md#list */
import path from 'node:path';
import { toHex } from '@lodestone/protocol/bytes';
import { LodestoneError } from '@lodestone/protocol/error';
import { parseEscrow } from '@lodestone/protocol/locked-escrow';
import { sha256Hex } from '@lodestone/trust';
import { type AuditCommand, printProgress } from '../../cli/audit-command.ts';
import { collect } from '../../cli/options.ts';
import { readBytes } from '../../cli/read.ts';
import { LIST_CLAIMS } from './claims.ts';
import type { Question } from './lookup.ts';
import { listSections } from './report-sections.ts';
import { auditList } from './run.ts';

interface Flags {
  root: string;
  list?: string;
  proveListed: string[];
  proveAbsent: string[];
  entry: string[];
  rebuild?: string;
}

export const listCommand: AuditCommand = {
  name: 'list',
  description: 'compare mirrors of an authority, and prove that a hash is listed or is not',
  title: 'Mirrors and entries of a list',
  claims: LIST_CLAIMS,
  declare: (command, write) =>
    void command
      .argument('<url...>', 'mirrors: addresses, or folders that contain "metadata" and "targets"')
      .requiredOption('--root <file>', 'the root.json that apps pin')
      .option('--list <name>', 'only this list')
      .option(
        '--prove-listed <hash>',
        'prove that it is listed: 64 hex digits (PDQ or SHA-256), or a file to hash (repeatable)',
        collect,
        [],
      )
      .option(
        '--prove-absent <hash>',
        'prove that neither it nor a picture near it is listed (repeatable)',
        collect,
        [],
      )
      .option(
        '--rebuild <escrow>',
        'write a locked list again from the file of "lodestone-authority publish --escrow", and compare it with the signed one',
      )
      .option('--entry <number>', 'prove which hashes an entry has (repeatable)', collect, [])
      .action(async (mirrors: string[], options: Flags) => {
        const root = await readBytes(options.root);
        const questions = await questionsOf(options);
        const now = Date.now();
        const { list, rebuild } = options;
        const escrow = rebuild === undefined ? undefined : parseEscrow(new Uint8Array(await readBytes(rebuild)));
        const report = await auditList({ mirrors, root, list, questions, escrow, now, say: printProgress });
        await write(report, listSections, options);
      }),
};

async function questionsOf({ proveListed, proveAbsent, entry }: Flags): Promise<Question[]> {
  return [
    ...(await Promise.all(proveListed.map((subject) => hashQuestion('listed', subject)))),
    ...(await Promise.all(proveAbsent.map((subject) => hashQuestion('absent', subject)))),
    ...entry.map((text): Question => ({ ask: 'entry', entry: entryNumber(text) })),
  ];
}

/** A picture is hashed by a browser, which is loaded only then. */
async function hashQuestion(ask: 'listed' | 'absent', subject: string): Promise<Question> {
  const hash = subject.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hash)) return { ask, name: `The hash ${hash}`, hashes: { sha256: hash, pdq: [hash] } };
  const bytes = await readBytes(subject);
  const sha256 = sha256Hex(bytes);
  const name = path.basename(subject);
  const { openPictureDecoder } = await import('../../traffic/pictures/picture-decoder.ts');
  const decoder = await openPictureDecoder('chromium', {});
  const hashed = await decoder.hashes(bytes);
  await decoder.close();
  const pdq = hashed.map(({ hash: one }) => toHex(one));
  const margins = hashed.map((one) => one.margins);
  return pdq.length > 0
    ? { ask, name: `The picture ${name} (PDQ ${pdq[0]}, in any orientation)`, hashes: { sha256, pdq, margins } }
    : { ask, name: `The file ${name} (SHA-256 ${sha256})`, hashes: { sha256 } };
}

function entryNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text))
    throw new LodestoneError('ERR_USAGE', `--entry "${text}" is not an entry number: use 1 to 10 digits`);
  return Number(text);
}
