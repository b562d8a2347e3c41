/**
 * The commands that tell the provider's other systems about cases: signed lines of decisions, and what a lead asks of those systems.
 * Flow: program → here → events, cases/request. Spec: docs/design/receiver.md#events
 */
import { REQUEST_ACTIONS, type RequestAction } from '@lodestone/protocol/case-record';
import { LodestoneError } from '@lodestone/protocol/error';
import { type Command, InvalidArgumentError } from 'commander';
import { requestForCase } from '../cases/request.ts';
import { EVENT_SECRET_VARIABLE } from '../contests/secrets.ts';
import { exportEvents } from '../events/events.ts';
import { caseNumber, DATA, type DataOption, requiredToken, withDatabase } from './review-context.ts';

const REQUESTS: Readonly<Record<RequestAction, string>> = {
  preserve: 'ask a system of the provider to keep what it has about the account of a confirmed case (lead)',
  takedown: 'ask a system of the provider to take offline what the account of a confirmed case made available (lead)',
};

export function addEventCommands(lodestone: Command): void {
  lodestone
    .command('events')
    .description('print a signed JSON line for each decision about a case, and record it (lead)')
    .option('--since <number>', 'seq of the last line that was read', recordNumber, -1)
    .requiredOption(...DATA)
    .action(async ({ since, ...options }: DataOption & { since: number }) => {
      const token = requiredToken();
      const secret = process.env[EVENT_SECRET_VARIABLE];
      if (secret === undefined)
        throw new LodestoneError(
          'ERR_CASE',
          `set ${EVENT_SECRET_VARIABLE} to whsec_ and 24 to 64 random bytes in base64; it signs the lines`,
        );
      const lines = await withDatabase(options, (db) => exportEvents(db, token, { since, secret }, Date.now()));
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    });
  for (const action of REQUEST_ACTIONS)
    lodestone
      .command(action)
      .argument('<case>', 'number of the case', caseNumber)
      .description(REQUESTS[action])
      .requiredOption(...DATA)
      .action(async (caseNo: number, options: DataOption) => {
        const token = requiredToken();
        await withDatabase(options, (db) => requestForCase(db, token, { caseNo, action }, Date.now()));
        console.log(`${action} is asked for case ${caseNo}; callbacks list --state due shows the message.`);
      });
}

function recordNumber(text: string): number {
  if (!/^(0|[1-9]\d{0,8})$/.test(text)) throw new InvalidArgumentError('not a number from 0 on');
  return Number(text);
}
