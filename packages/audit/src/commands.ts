/** The table of commands: a new one is a folder in commands/ and a line here. Spec: docs/design/audit.md#claims */
import type { AuditCommand } from './cli/audit-command.ts';
import { captureCommand } from './commands/capture/command.ts';
import { compareCommand } from './commands/compare/command.ts';
import { ledgerCommand } from './commands/ledger/command.ts';
import { listCommand } from './commands/list/command.ts';
import { probeCommand } from './commands/probe/command.ts';
import { recordCommand } from './commands/record/command.ts';
import { sandboxCommand } from './commands/sandbox/command.ts';

export const COMMANDS: readonly AuditCommand[] = [
  ledgerCommand,
  sandboxCommand,
  listCommand,
  captureCommand,
  compareCommand,
  probeCommand,
  recordCommand,
];
