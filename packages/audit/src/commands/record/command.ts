/** `lodestone-audit record`: options and help. Spec: docs/design/audit.md#record */
import type { Digest } from '@lodestone/protocol/digest';
import type { AuditCommand } from '../../cli/audit-command.ts';
import { digest } from '../../cli/options.ts';
import { readBytes } from '../../cli/read.ts';
import { RECORD_CLAIMS } from './claims.ts';
import { recordSections } from './report-sections.ts';
import { auditRecord } from './run.ts';

export const recordCommand: AuditCommand = {
  name: 'record',
  description:
    'verify an exported record of review: the form of its lines, its chain, and the rules that people followed',
  title: 'An exported record of review',
  claims: RECORD_CLAIMS,
  declare: (command, write) =>
    void command
      .argument('<file>', 'the export (NDJSON) of lodestone-receiver record export')
      .option(
        '--known <digest>',
        'digest of an entry that you noted at an earlier audit (repeatable); a record without it fails',
        (text: string, before: readonly Digest[]) => [...before, digest(text)],
        [] as readonly Digest[],
      )
      .action(async (file: string, options: { known: readonly Digest[] }) => {
        const report = auditRecord({ name: file, bytes: await readBytes(file), known: options.known });
        await write(report, recordSections, options);
      }),
};
