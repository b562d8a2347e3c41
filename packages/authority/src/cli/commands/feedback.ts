/** `feedback`: what receivers learned about entries of a list, by a file of `lodestone-receiver feedback`. It changes nothing. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseFeedback } from '@lodestone/protocol/feedback';
import { LodestoneError } from '@lodestone/protocol/error';
import { type EntryFeedback, readFeedback } from '../../release/feedback.ts';

export function feedback(cli: Command): void {
  cli
    .command('feedback')
    .description('print which entries of a list overturned decisions were about; suppress disables one')
    .argument('<dir>', 'folder of the authority')
    .argument('<file>', 'NDJSON of lodestone-receiver feedback')
    .requiredOption('--list <name>', 'name of the list')
    .action(async (directory: string, file: string, { list }: { list: string }) => {
      const text = await readFile(file, 'utf8').catch((cause: unknown) => {
        throw new LodestoneError('ERR_USAGE', `cannot read ${file}`, { cause });
      });
      const entries = await readFeedback({ directory, list, lines: parseFeedback(text) });
      for (const entry of entries) console.log(sentenceOf(entry));
      console.log(`${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} of ${list}`);
    });
}

function sentenceOf({ entry, standing, reasons }: EntryFeedback): string {
  const said = reasons.map(([reason, times]) => `${times} × ${reason}`).join(', ');
  return `${entry} (${standing}): ${said}`;
}
