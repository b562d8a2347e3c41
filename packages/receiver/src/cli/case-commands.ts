/** The commands with which people review cases. Flow: program → here → cases/list-cases, cases/act. Spec: docs/design/receiver.md#review */
import type { RecordEntry } from '@lodestone/protocol/case-record';
import {
  CASE_REASONS,
  CASE_STATES,
  type CaseAction,
  type CaseReason,
  type CaseState,
  REASONED_ACTIONS,
} from '@lodestone/protocol/case-review';
import { type Command, Option } from 'commander';
import { actAndEnd, ANSWERING } from '../cases/act.ts';
import { USER_CASE_ACTIONS, type UserCaseAction } from '../cases/allowed-actions.ts';
import { type CaseFile, type CaseProcess, type CaseSummary, listCases, readCaseFile } from '../cases/list-cases.ts';
import { readConfig } from '../config.ts';
import { contestTable } from './contest-commands.ts';
import { addExportCommand } from './export-command.ts';
import { caseNumber, DATA, type DataOption, requiredToken, table, withDatabase, withUser } from './review-context.ts';

const DESCRIPTIONS: Readonly<Record<UserCaseAction, string>> = {
  open: 'make a proposed case one that is reviewed, or review a case again whose dismissal was overturned (lead)',
  take: 'review a case; nobody else can until you decide or release it',
  release: 'stop reviewing a case without a decision; a lead can release a case of another user',
  confirm: 'decide that the case is what it seems; two different users have to',
  dismiss: 'decide that nothing follows from the case',
  report: 'note that a report was filed; the receiver files none (lead)',
  contest: 'note that the decision is contested',
  uphold: 'decide a contest: the decision stands',
  overturn: 'decide a contest: the decision does not stand',
  note: 'add a note',
};

const PAGE = 50;

interface ListOptions extends DataOption {
  state?: CaseState;
  after?: number;
  limit: number;
}

interface ActOptions extends DataOption {
  reason?: CaseReason;
  text?: string;
  answer?: string;
}

export function addCaseCommands(lodestone: Command): void {
  const cases = lodestone.command('cases').description('review cases');
  cases
    .command('list')
    .description('print cases, the most urgent first')
    .requiredOption(...DATA)
    .addOption(new Option('--state <state>', 'only cases in this state').choices(CASE_STATES))
    .option('--after <case>', 'continue after this case', caseNumber)
    .option('--limit <number>', 'at most 200', caseNumber, PAGE)
    .action(async ({ state, after, limit, ...options }: ListOptions) => {
      const page = await withUser(options, (db, user) => listCases(db, user, { state, after, limit }));
      console.log(page.length === 0 ? 'No cases.' : table(HEAD, page.map(rowOf)));
      if (page.length >= limit) console.error(`For the next page, add --after ${page.at(-1)?.caseNo}`);
    });
  cases
    .command('show')
    .argument('<case>', 'number of the case', caseNumber)
    .description('print one case: its evidence, its notes, and what was done')
    .requiredOption(...DATA)
    .action(async (caseNo: number, options: DataOption) => {
      console.log(caseText(await withUser(options, (db, user) => readCaseFile(db, user, caseNo))));
    });
  for (const action of USER_CASE_ACTIONS) addAction(cases, action);
  addExportCommand(cases);
}

function addAction(cases: Command, action: UserCaseAction): void {
  const command = cases
    .command(action)
    .argument('<case>', 'number of the case', caseNumber)
    .description(DESCRIPTIONS[action])
    .requiredOption(...DATA)
    .option('--text <text>', 'a note for those who review; it is not in the record');
  if ((REASONED_ACTIONS as readonly CaseAction[]).includes(action))
    command.addOption(
      new Option('--reason <reason>', 'why; it is in the record').choices(CASE_REASONS).makeOptionMandatory(),
    );
  if (ANSWERING.includes(action))
    command.option(
      '--answer <text>',
      'a sentence for the users who contested by receipt; it goes back with the outcome',
    );
  command.action(async (caseNo: number, { reason, text, answer, ...options }: ActOptions) => {
    const token = requiredToken();
    const step = { caseNo, action, reason, text, answer };
    const config = await readConfig(options.data);
    const { state } = await withDatabase(options, (db) => actAndEnd(db, config, token, step, Date.now()));
    const why = action === 'confirm' && state === 'contested' ? ' Its user had contested it before the decision.' : '';
    console.log(`Case ${caseNo} is ${state}.${why}`);
  });
}

const HEAD = ['CASE', 'STATE', 'HOLDER', 'OPENED', 'DUE', 'EXACT', 'ENTRIES', 'DAYS', 'ORDER'];

function rowOf(each: CaseProcess | CaseSummary): string[] {
  const { caseNo, state, holder, openedDay, dueDay } = each;
  const process = [String(caseNo), state, holder ?? '-', openedDay, dueDay ?? '-'];
  if (!('pseudonym' in each)) return process;
  const { exactEntries, entries, days, order } = each;
  return [...process, ...[exactEntries, entries, days].map(String), `${order.source}:${order.orderId}`];
}

function caseText({ case: shown, actions, evidence, notes, contests = [] }: CaseFile): string {
  const parts = [table(HEAD, [rowOf(shown)])];
  if ('pseudonym' in shown) {
    parts.push(`Subject ${shown.pseudonym}. Only the account service can map it to an account.`);
    if (shown.markedDay !== null)
      parts.push(
        `On ${shown.markedDay} an entry of it was found withdrawn by its list's authority, after the decision.${shown.state === 'reported' ? ' Tell those to whom it was reported.' : ''}`,
      );
    if (!shown.isAboveThreshold)
      parts.push('Withdrawn entries, or those of floods, leave the case below its threshold.');
  }
  if (evidence) parts.push(evidenceText(evidence));
  if (contests.length > 0)
    parts.push(
      [contestTable(contests), ...contests.map(({ contestNo, text }) => `Contest ${contestNo}:\n${text}`)].join('\n'),
    );
  parts.push(
    actions.length === 0
      ? 'Nobody has acted on it.'
      : actions.map((entry) => actionText(entry, notes?.get(entry.seq))).join('\n'),
  );
  return parts.join('\n\n');
}

function evidenceText({ entries, more }: NonNullable<CaseFile['evidence']>): string {
  const rows = entries.map((each) => [
    each.reference,
    each.version === null ? '-' : String(each.version),
    `${each.kind === 'match' ? each.entry : '-'}${each.isSuppressed ? ' (withdrawn)' : ''}${each.isFlood ? ' (flood)' : ''}`,
    each.kind === 'match' ? `${each.level} of 256 bits differ` : `bucket ${each.level} of 10`,
    each.firstDay,
    each.lastDay,
    String(each.signals),
  ]);
  const shown = table(['LIST OR MODEL', 'VERSION', 'ENTRY', 'CLOSEST MATCH', 'FIRST DAY', 'LAST DAY', 'SIGNALS'], rows);
  const claim =
    'A signal is a claim by the subject’s own device, not proof of content. The receiver has no content: what can follow is to ask the user, a report of the user, or an order of a court.';
  return `${shown}${more > 0 ? `\nand ${more} more entries` : ''}\n${claim}`;
}

function actionText(entry: RecordEntry, note: string | undefined): string {
  const reason = 'reason' in entry ? ` (${entry.reason})` : '';
  const change = entry.type === 'case' && entry.before !== entry.after ? `, now ${entry.after}` : '';
  return `${entry.time} ${entry.actor} (${entry.role}): ${entry.action}${reason}${change}${note === undefined ? '' : `\n  ${note}`}`;
}
