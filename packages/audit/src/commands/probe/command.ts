/** `lodestone-audit probe`: options and help. Browsers are loaded only when it runs. Spec: docs/design/audit.md#probe */
import { Option } from 'commander';
import { type Engine, ENGINES } from '../../browsers/engine.ts';
import { type AuditCommand, printProgress } from '../../cli/audit-command.ts';
import { fileNextTo, httpAddress, readLock } from '../../cli/options.ts';
import { readBytes } from '../../cli/read.ts';
import { PROBE_CLAIMS } from './claims.ts';

interface Flags {
  lock?: string;
  classifier?: string;
  engine: Engine[];
  url?: string;
}

export const probeCommand: AuditCommand = {
  name: 'probe',
  description: 'try every known way out of the sandbox, in three engines, while servers listen',
  title: 'Nothing gets out of the sandbox but by openings that are known',
  claims: PROBE_CLAIMS,
  declare: (command, write) =>
    void command
      .argument('<sandbox>', 'sandbox.html of the release: a file or an address')
      .option('--lock <file>', 'sandbox.lock.json of the release (default: the one next to the document)')
      .option('--classifier <file>', 'classifier.mjs of the release (default: the one next to the document)')
      .addOption(new Option('--engine <names...>', 'the browsers').choices(ENGINES).default([...ENGINES], 'all three'))
      .option('--url <address>', 'address of a running app, which a hostile sandbox then attacks', httpAddress)
      .action(async (file: string, options: Flags) => {
        const lock = options.lock ?? fileNextTo(file, 'sandbox.lock.json');
        const classifier = options.classifier ?? fileNextTo(file, 'classifier.mjs');
        const [{ auditProbe }, { probeSections }] = await Promise.all([
          import('./run.ts'),
          import('./report-sections.ts'),
        ]);
        const report = await auditProbe({
          name: file,
          sandbox: await readBytes(file),
          classifier: classifier === undefined ? undefined : await readBytes(classifier),
          published: lock === undefined ? undefined : await readLock(lock),
          engines: options.engine,
          url: options.url,
          say: printProgress,
        });
        await write(report, probeSections, options);
      }),
};
