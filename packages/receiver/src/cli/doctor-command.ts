/** The command that checks a receiver. It changes nothing. Flow: program → here → doctor. Spec: docs/design/receiver.md#doctor */
import { type Command, InvalidArgumentError } from 'commander';
import { examine } from '../doctor/doctor.ts';
import { findingText } from '../doctor/finding.ts';
import { DATA, type DataOption } from './review-context.ts';

interface DoctorCommandOptions extends DataOption {
  keys?: string;
  port?: number;
  host: string;
}

export function addDoctorCommand(lodestone: Command): void {
  lodestone
    .command('doctor')
    .description(
      'check configuration, keys, database, clock, sources, port and retention; says what is wrong and the fix',
    )
    .requiredOption(...DATA)
    .option('--keys <dir>', 'folder of the private keys (default: secrets in the data folder)')
    .option('--port <n>', 'also check that serve could listen on this port', toPort)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .action(async ({ data, keys, port, host }: DoctorCommandOptions) => {
      let problems = 0;
      const options = { dataDir: data, keysDir: keys, databaseUrl: process.env['DATABASE_URL'], port, host };
      for await (const finding of examine({ ...options, now: Date.now, env: process.env })) {
        console.log(findingText(finding));
        if (!finding.isOk) problems += 1;
      }
      console.log(problems === 0 ? 'doctor: nothing is wrong' : `doctor: ${problems} to repair`);
      if (problems > 0) process.exitCode = 1;
    });
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('Use a whole number from 1 to 65535.');
  return port;
}
