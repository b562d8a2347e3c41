/** `lodestone-audit sandbox`: options and help. Spec: docs/design/audit.md#sandbox */
import type { Digest } from '@lodestone/protocol/digest';
import type { AuditCommand } from '../../cli/audit-command.ts';
import { digest, fileNextTo, readLock } from '../../cli/options.ts';
import { readBytes } from '../../cli/read.ts';
import { SANDBOX_CLAIMS } from './claims.ts';
import { sandboxSections } from './report-sections.ts';
import { auditSandbox } from './run.ts';

interface Flags {
  lock?: string;
  build?: Digest;
}

export const sandboxCommand: AuditCommand = {
  name: 'sandbox',
  description: 'compare a sandbox.html with its release, and check its Content-Security-Policy',
  title: 'A sandbox document, compared with its release',
  claims: SANDBOX_CLAIMS,
  declare: (command, write) =>
    void command
      .argument('<file>', 'the document: a file, or the address at which an app serves it')
      .option(
        '--lock <file>',
        'sandbox.lock.json of the release, a file or an address (default: the one next to the document)',
      )
      .option('--build <digest>', 'build digest, as the release names it', digest)
      .action(async (file: string, options: Flags) => {
        const { build } = options;
        const lock = options.lock ?? (build === undefined ? fileNextTo(file, 'sandbox.lock.json') : undefined);
        const release = { ...(lock !== undefined && (await readLock(lock))), ...(build !== undefined && { build }) };
        const published = Object.keys(release).length > 0 ? release : undefined;
        const report = auditSandbox({ name: file, html: await readBytes(file), published });
        await write(report, sandboxSections, options);
      }),
};
