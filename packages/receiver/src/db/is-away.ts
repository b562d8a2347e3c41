/** Whether an error says that the database is away or hangs, and not that a statement is wrong. Flow: console → here. */
import { LateError } from '../within.ts';

/** Classes of SQLSTATE: connection, resources, operator, system. */
const AWAY = /^(?:08|53|57|58)[0-9A-Z]{3}$/;
const SYSTEM = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
/** What `pg` says without a code. */
const MESSAGE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof LateError) return true;
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return AWAY.test(code) || SYSTEM.has(code) || MESSAGE.test(error.message) || isDatabaseAway(error.cause);
}
