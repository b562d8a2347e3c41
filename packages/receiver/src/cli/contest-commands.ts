/** The commands about contests by receipt: what waits, callbacks, and feedback for lists. Flow: program → here → contests, callbacks, feedback. Spec: docs/design/receiver.md#contests */
import { Receipt } from '@lodestone/protocol/contest';
import { check } from '@lodestone/protocol/document';
import { Name } from '@lodestone/protocol/name';
import { type Command, Option } from 'commander';
import { listCallbacks, retryCallback } from '../callbacks/queue.ts';
import { findContest, listContests, type ListedContest } from '../contests/list-contests.ts';
import { CALLBACK_STATES, type CallbackState } from '../db/schema-contests.ts';
import { exportFeedback } from '../feedback/export.ts';
import { DATA, type DataOption, table, withUser } from './review-context.ts';

export function addContestCommands(lodestone: Command): void {
  const contests = lodestone.command('contests').description('what users contest by receipt');
  contests
    .command('list')
    .description('print contests of decided cases that nobody has judged, the most urgent first')
    .requiredOption(...DATA)
    .action(async (options: DataOption) => {
      const all = await withUser(options, (db, user) => listContests(db, user));
      console.log(all.length === 0 ? 'No contests.' : contestTable(all));
    });
  contests
    .command('find')
    .argument('<receipt>', 'as the user quotes it')
    .description('print the contest under a receipt, with its case')
    .requiredOption(...DATA)
    .action(async (text: string, options: DataOption) => {
      const receipt = check(Receipt, text.toUpperCase(), 'receipt');
      const found = await withUser(options, (db, user) => findContest(db, user, receipt));
      console.log(`${contestTable([found])}\n\n${found.text}`);
    });
  addCallbackCommands(lodestone);
  lodestone
    .command('feedback')
    .description(
      'print, for the authority of lists, the entries of overturned decisions (NDJSON); no subject is in it (lead)',
    )
    .requiredOption('--source <name>', 'name of the authority, as receiver.json has it')
    .requiredOption(...DATA)
    .action(async ({ source, ...options }: DataOption & { source: string }) => {
      const name = check(Name, source, '--source');
      process.stdout.write((await withUser(options, (db, user) => exportFeedback(db, user, name))).join(''));
    });
}

function addCallbackCommands(lodestone: Command): void {
  const callbacks = lodestone.command('callbacks').description('outcomes on their way to the account service');
  callbacks
    .command('list')
    .description('print callbacks in a state; what they say is not shown')
    .addOption(new Option('--state <state>', 'which').choices(CALLBACK_STATES).default('dead'))
    .requiredOption(...DATA)
    .action(async ({ state, ...options }: DataOption & { state: CallbackState }) => {
      const all = await withUser(options, (db, user) => listCallbacks(db, user, state));
      const rows = all.map((each) => [
        each.callbackId,
        each.state,
        String(each.attempts),
        each.nextAt ?? '-',
        each.lastAnswer ?? '-',
      ]);
      console.log(
        rows.length === 0 ? 'No callbacks.' : table(['CALLBACK', 'STATE', 'ATTEMPTS', 'NEXT', 'LAST ANSWER'], rows),
      );
    });
  callbacks
    .command('retry')
    .argument('<callback>', 'as callbacks list prints it')
    .description('try a dead callback again (lead, administrator)')
    .requiredOption(...DATA)
    .action(async (id: string, options: DataOption) => {
      await withUser(options, (db, user) => retryCallback(db, user, id, Date.now()));
      console.log(`${id} is due.`);
    });
}

/** @returns rows without the texts */
export function contestTable(contests: readonly ListedContest[]): string {
  const rows = contests.map(({ contestNo, caseNo, receivedDay, dueDay, outcome }) => [
    String(contestNo),
    caseNo === null ? '-' : String(caseNo),
    receivedDay,
    dueDay,
    outcome ?? '-',
  ]);
  return table(['CONTEST', 'CASE', 'RECEIVED', 'DUE', 'OUTCOME'], rows);
}
