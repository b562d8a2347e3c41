/** `lodestone-audit probe`: options and help. Browsers are loaded only when all input was read. Spec: docs/design/audit.md#probe */
import { InvalidArgumentError, Option } from 'commander';
import { PART_NAMES, type PartName } from '@lodestone/protocol/lazy-parts';
import { type Engine, ENGINES } from '../../browsers/engine.ts';
import { type AuditCommand, printProgress } from '../../cli/audit-command.ts';
import { fileNextTo, httpAddress, readLock } from '../../cli/options.ts';
import { readBytes } from '../../cli/read.ts';
import { PROBE_CLAIMS } from './claims.ts';
import { PARTS_IN_WORKERS } from './probed-place.ts';

interface Flags {
  lock?: string;
  part: Partial<Record<PartName, string>>;
  engine: Engine[];
  url?: string;
}

export const probeCommand: AuditCommand = {
  name: 'probe',
  description: 'try every known way out of the sandbox, in three engines, while servers listen',
  title: 'Ways out of the sandbox, tried in real browsers',
  claims: PROBE_CLAIMS,
  declare: (command, write) =>
    void command
      .argument('<sandbox>', 'sandbox.html of the release: a file or an address')
      .option('--lock <file>', 'sandbox.lock.json of the release (default: the one next to the document)')
      .addOption(
        new Option('--part <name=file>', `code of a lazy part of the release (repeatable: ${PART_NAMES.join(', ')})`)
          .argParser(collectPart)
          .default({}, 'NAME.mjs next to the document'),
      )
      .addOption(new Option('--engine <names...>', 'the browsers').choices(ENGINES).default([...ENGINES], 'all three'))
      .option('--url <address>', 'address of a running app, which a hostile sandbox then attacks', httpAddress)
      .action(async (file: string, options: Flags) => {
        const lock = options.lock ?? fileNextTo(file, 'sandbox.lock.json');
        const read = {
          sandbox: await readBytes(file),
          parts: await readParts(PARTS_IN_WORKERS, options.part, file),
          published: lock === undefined ? undefined : await readLock(lock),
        };
        const [{ auditProbe }, { probeSections }] = await Promise.all([
          import('./run.ts'),
          import('./report-sections.ts'),
        ]);
        const { engine: engines, url } = options;
        const report = await auditProbe({ ...read, name: file, engines, url, say: printProgress });
        await write(report, probeSections, options);
      }),
};

function collectPart(value: string, before: Flags['part']): Flags['part'] {
  const [, name = '', file = ''] = /^([a-z-]+)=(.+)$/.exec(value) ?? [];
  const part = PART_NAMES.find((one) => one === name);
  if (part === undefined) throw new InvalidArgumentError(`not NAME=FILE with one of: ${PART_NAMES.join(', ')}`);
  return { ...before, [part]: file };
}

async function readParts(
  names: readonly PartName[],
  given: Flags['part'],
  sandbox: string,
): Promise<Partial<Record<PartName, Uint8Array>>> {
  const parts: Partial<Record<PartName, Uint8Array>> = {};
  for (const name of names) {
    const file = given[name] ?? fileNextTo(sandbox, `${name}.mjs`);
    if (file !== undefined) parts[name] = await readBytes(file);
  }
  return parts;
}
