/** `lodestone-audit capture`: options and help. Browsers and proxy are loaded only when all input was read. Spec: docs/design/audit.md#capture */
import { type AuditCommand, printProgress } from '../../cli/audit-command.ts';
import { addSessionOptions, collect, collectOrigin, readLock, type SessionFlags } from '../../cli/options.ts';
import { readText } from '../../cli/read.ts';
import { loadAdapter } from '../../traffic/adapter.ts';
import { parseCanary } from '../../traffic/corpus.ts';
import { CAPTURE_CLAIMS } from './claims.ts';

interface Flags extends SessionFlags {
  corpus: string;
  contentTo: string[];
  canary: string[];
  canaries?: string;
  lock?: string;
  packets: boolean;
}

export const captureCommand: AuditCommand = {
  name: 'capture',
  description: 'run an app in a real browser, and compare every byte that leaves with its ledgers',
  title: 'An app’s traffic, compared with its ledgers',
  claims: CAPTURE_CLAIMS,
  declare: (command, write) =>
    void addSessionOptions(command)
      .requiredOption('--corpus <dir>', 'folder of pictures and files to attach; none of them may leave in any form')
      .option(
        '--content-to <origin>',
        'a server to which the app sends unencrypted content by its own design (repeatable)',
        collectOrigin,
        [],
      )
      .option('--canary <canary>', 'what else must not leave: text:…, hex:… or score:0.… (repeatable)', collect, [])
      .option('--canaries <file>', 'the same, one on each line')
      .option('--lock <file>', "sandbox.lock.json of the release: the app's sandbox must be that one")
      .option(
        '--packets',
        'run the browser in its own network namespace and record every packet (Chromium, as root on Linux)',
        false,
      )
      .action(async (options: Flags) => {
        const read = {
          adapter: await loadAdapter(options.adapter),
          canaries: (await canaryLines(options)).map(parseCanary),
          published: options.lock === undefined ? undefined : await readLock(options.lock),
        };
        const [{ auditCapture }, { captureSections }] = await Promise.all([
          import('./run.ts'),
          import('./report-sections.ts'),
        ]);
        const waitAfterMs = options.waitAfter * 1_000;
        const report = await auditCapture({ ...options, ...read, waitAfterMs, say: printProgress });
        await write(report, captureSections, options);
      }),
};

async function canaryLines({ canary, canaries }: Flags): Promise<string[]> {
  const lines = canaries === undefined ? [] : (await readText(canaries)).split(/\r?\n/);
  return [...canary, ...lines.filter((line) => line.trim() !== '')];
}
