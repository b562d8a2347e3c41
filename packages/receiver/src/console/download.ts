/** An answer that the browser saves as a file. Flow: export-routes, report-routes, user-routes → here. Spec: docs/design/receiver.md#console */
import type { Context } from 'hono';

/** @param name of the file: letters, digits, dots and hyphens */
export function asFile(c: Context, name: string, type: string): void {
  c.header('Content-Type', type);
  c.header('Content-Disposition', `attachment; filename="${name}"`);
}
