/** The commands about entries that many subjects matched at once. Flow: program → here → floods. Spec: docs/design/receiver.md#floods */
import { type Command, Option } from 'commander';
import { toDate } from '../cases/cases.ts';
import { FLOOD_STATES, type FloodState } from '../db/schema-floods.ts';
import { listFloods, questionEntry, releaseEntry } from '../floods/decide.ts';
import { caseNumber, DATA, type DataOption, requiredToken, table, withDatabase, withUser } from './review-context.ts';

const HEAD = ['FLOOD', 'LIST OR MODEL', 'ENTRY', 'STATE', 'SINCE', 'SUBJECTS', 'OPEN CASES'];

export function addFloodCommands(lodestone: Command): void {
  const floods = lodestone
    .command('floods')
    .description('entries that many subjects matched at once: only exact matches count until a lead decides');
  floods
    .command('list')
    .description('print them, the newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(FLOOD_STATES))
    .requiredOption(...DATA)
    .action(async ({ state, ...options }: DataOption & { state?: FloodState }) => {
      const all = await withUser(options, (db, user) => listFloods(db, user, state));
      const rows = all.map((each) => [
        String(each.floodNo),
        each.reference,
        each.kind === 'match' ? String(each.entry) : '-',
        each.state,
        toDate(each.sinceDay),
        String(each.subjects),
        String(each.cases),
      ]);
      console.log(rows.length === 0 ? 'No floods.' : table(HEAD, rows));
    });
  floods
    .command('release')
    .argument('<flood>', 'number of the flood', caseNumber)
    .description('let the entry count again, until ten times as many subjects match it; record it (lead)')
    .requiredOption(...DATA)
    .action(async (floodNo: number, options: DataOption) => {
      const token = requiredToken();
      const cases = await withDatabase(options, (db) => releaseEntry(db, token, floodNo, Date.now()));
      console.log(`Flood ${floodNo} is released. Undecided cases with its entry: ${cases}.`);
    });
  floods
    .command('question')
    .argument('<flood>', 'number of the flood', caseNumber)
    .description(
      'print the feedback that asks the list’s authority whether to suppress the entry, and record it; it stays held back (lead)',
    )
    .requiredOption(...DATA)
    .action(async (floodNo: number, options: DataOption) => {
      const token = requiredToken();
      process.stdout.write(await withDatabase(options, (db) => questionEntry(db, token, floodNo, Date.now())));
    });
}
