/** `lodestone-audit ledger`: options and help. Spec: docs/design/audit.md#ledger */
import type { Digest } from '@lodestone/protocol/digest';
import type { AuditCommand } from '../../cli/audit-command.ts';
import { collect, digest, readLock } from '../../cli/options.ts';
import { readText } from '../../cli/read.ts';
import { LEDGER_CLAIMS } from './claims.ts';
import { ledgerSections } from './report-sections.ts';
import { auditLedger } from './run.ts';

interface Flags {
  origin: string[];
  build?: Digest;
  lock?: string;
}

export const ledgerCommand: AuditCommand = {
  name: 'ledger',
  description: 'verify an exported ledger: the form of its lines, its chain, and the requests that it records',
  title: 'An exported ledger',
  claims: LEDGER_CLAIMS,
  declare: (command, write) =>
    void command
      .argument('<file>', 'the export (NDJSON) as the app saves it')
      .option(
        '--origin <origin>',
        'a server that may appear in it (repeatable); any other fails the claim',
        collect,
        [],
      )
      .option('--build <digest>', 'build digest of the published sandbox', digest)
      .option('--lock <file>', 'sandbox.lock.json of the release, which contains the build digest')
      .action(async (file: string, options: Flags) => {
        const { origin: origins, lock } = options;
        const build = options.build ?? (lock === undefined ? undefined : (await readLock(lock)).build);
        const report = auditLedger({ name: file, ndjson: await readText(file), origins, build });
        await write(report, ledgerSections, options);
      }),
};
