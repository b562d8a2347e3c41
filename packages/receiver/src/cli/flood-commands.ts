/** The commands about entries that many subjects matched at once. Flow: program → here → floods. Spec: docs/design/receiver.md#floods */
import { FLOOD_REASONS, type FloodAction, type FloodReason } from '@lodestone/protocol/case-record';
import { type Command, Option } from 'commander';
import { FLOOD_STATES, type FloodState } from '../db/schema-floods.ts';
import { decideFlood, type FloodDecided } from '../floods/decide.ts';
import { listFloods } from '../floods/list.ts';
import { caseNumber, DATA, type DataOption, requiredToken, table, withDatabase, withUser } from './review-context.ts';

const HEAD = ['FLOOD', 'LIST OR MODEL', 'ENTRY', 'STATE', 'SINCE', 'SUBJECTS', 'SIGNALS', 'EXACT', 'OPEN CASES'];
const PAGE = 200;

interface ListOptions extends DataOption {
  state?: FloodState;
  after?: number;
}

interface DecisionOptions extends DataOption {
  reason: FloodReason;
  text: string;
}

export function addFloodCommands(lodestone: Command): void {
  const floods = lodestone
    .command('floods')
    .description('entries that many subjects matched at once: only exact matches count until a lead decides');
  floods
    .command('list')
    .description(`print them, the newest first, at most ${PAGE}`)
    .addOption(new Option('--state <state>', 'only those in this state').choices(FLOOD_STATES))
    .option('--after <flood>', 'continue after this flood, the last of the page before', caseNumber)
    .requiredOption(...DATA)
    .action(async ({ state, after, ...options }: ListOptions) => {
      const page = { states: state && [state], after, limit: PAGE };
      const all = await withUser(options, (db, user) => listFloods(db, user, page));
      const rows = all.map((each) => {
        const isSeen = 'entry' in each;
        const counts = isSeen ? [each.now.signals, each.now.exactSignals, each.now.cases] : [];
        return [
          String(each.floodNo),
          isSeen ? each.reference : '-',
          isSeen && each.kind === 'match' ? String(each.entry) : '-',
          each.state,
          each.sinceDay,
          String(each.subjects),
          ...[0, 1, 2].map((i) => String(counts[i] ?? '-')),
        ];
      });
      console.log(rows.length === 0 ? 'No floods.' : table(HEAD, rows));
    });
  addDecision(floods, 'release-entry', {
    name: 'release',
    about: 'let the entry count again, until ten times as many subjects match it; record it (lead)',
    say: (floodNo, { cases }) => console.log(`Flood ${floodNo} is released. Undecided cases with its entry: ${cases}.`),
  });
  addDecision(floods, 'keep-entry', {
    name: 'keep',
    about: 'leave the entry in quarantine; record it (lead)',
    say: (floodNo, { cases }) =>
      console.log(`Flood ${floodNo} stays in quarantine. Undecided cases with its entry: ${cases}.`),
  });
  addDecision(floods, 'question-entry', {
    name: 'question',
    about:
      'print the feedback that asks the list’s authority whether to suppress the entry, and record it; it stays held back (lead)',
    say: (_, { feedback }) => void process.stdout.write(feedback),
  });
}

interface Decision {
  name: string;
  about: string;
  say: (floodNo: number, decided: FloodDecided) => void;
}

function addDecision(floods: Command, action: FloodAction, { name, about, say }: Decision): void {
  floods
    .command(name)
    .argument('<flood>', 'number of the flood', caseNumber)
    .description(about)
    .addOption(new Option('--reason <reason>', 'why; it is in the record').choices(FLOOD_REASONS).makeOptionMandatory())
    .requiredOption('--text <text>', 'what explains it, for the people who review; it is not in the record')
    .requiredOption(...DATA)
    .action(async (floodNo: number, { reason, text, ...options }: DecisionOptions) => {
      const token = requiredToken();
      const step = { floodNo, action, reason, text };
      say(floodNo, await withDatabase(options, (db) => decideFlood(db, token, step, Date.now())));
    });
}
