/** The linter's command line, with the type-aware rules and the borders of `oxlint.config.ts`. */
import path from 'node:path';
import { commandOf, ROOT } from '../run/program.ts';

export function lintCommand(): string[] {
  return [
    process.execPath,
    commandOf('oxlint', 'oxlint'),
    `--config=${path.join(ROOT, 'packages/tools/oxlint.config.ts')}`,
    '--report-unused-disable-directives',
    // AssemblyScript looks like TypeScript but is another language.
    '--ignore-pattern=packages/*/assembly/**',
  ];
}
