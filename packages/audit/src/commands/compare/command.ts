/** `lodestone-audit compare`: options and help. Browsers and proxy are loaded only when it runs. Spec: docs/design/audit.md#compare */
import { type AuditCommand, printProgress } from '../../cli/audit-command.ts';
import { addSessionOptions, type SessionFlags, wholeNumber } from '../../cli/options.ts';
import { loadAdapter } from '../../traffic/adapter.ts';
import { COMPARE_CLAIMS, LEAST_PAIRS } from './claims.ts';

interface Flags extends SessionFlags {
  matching: string;
  innocent: string;
  pairs: number;
  pause: number;
}

export const compareCommand: AuditCommand = {
  name: 'compare',
  description: 'test whether a network observer can tell sessions with matches from sessions without',
  title: 'Sessions with matches and sessions without, as a network observer sees them',
  claims: COMPARE_CLAIMS,
  declare: (command, write) =>
    void addSessionOptions(command)
      .requiredOption('--matching <dir>', 'folder of files that match')
      .requiredOption('--innocent <dir>', 'folder of the same number of files that do not match')
      .option('--pairs <n>', 'how many pairs of sessions', wholeNumber, LEAST_PAIRS)
      .option('--pause <seconds>', 'pause between files', wholeNumber, 3)
      .action(async (options: Flags) => {
        const [{ auditCompare }, { compareSections }] = await Promise.all([
          import('./run.ts'),
          import('./report-sections.ts'),
        ]);
        const report = await auditCompare({
          ...options,
          adapter: await loadAdapter(options.adapter),
          pauseMs: options.pause * 1_000,
          waitAfterMs: options.waitAfter * 1_000,
          say: printProgress,
        });
        await write(report, compareSections, options);
      }),
};
