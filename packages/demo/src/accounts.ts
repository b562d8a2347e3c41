/**
 * A tiny account service: each person of the demo has an account with a constant random pseudonym. It shares the subject
 * key with the receiver; only this service can map a pseudonym to an account. Flow: chat → here → signal → receiver.
 * Spec: docs/design/contracts.md#subject-id
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fromHex } from '@lodestone/protocol';
import { issueSubjectId } from '@lodestone/seal';
import type { Handler } from '@lodestone/tools/web-server';

export const PEOPLE = ['alice', 'bob'] as const;
export type Accounts = Record<(typeof PEOPLE)[number], { account: string; pseudonym: string }>;

/** @param file stores the accounts; created on the first start */
export async function openAccounts(file: string): Promise<Accounts> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Accounts;
  } catch {
    const fresh = () => ({ account: randomBytes(8).toString('hex'), pseudonym: randomBytes(16).toString('hex') });
    const accounts: Accounts = { alice: fresh(), bob: fresh() };
    await writeFile(file, JSON.stringify(accounts), { mode: 0o600 });
    return accounts;
  }
}

/** `POST` of `{ account }` to `path` returns a subject id. A real service takes the account from the session, not the body. */
export function accountService(path: string, accounts: Accounts, subjectKey: Uint8Array): Handler {
  return async ({ method, url, body }) => {
    if (url.pathname !== path) return undefined;
    if (method !== 'POST') return { status: 405, type: 'text/plain', body: 'Use POST to request a subject id.\n' };
    const wanted = accountIn(body);
    const found = Object.values(accounts).find(({ account }) => account === wanted);
    if (!found) return { status: 403, type: 'text/plain', body: 'No such account.\n' };
    const subject = await issueSubjectId(subjectKey, fromHex(found.pseudonym));
    return { type: 'application/octet-stream', body: subject, headers: { 'Cache-Control': 'no-store' } };
  };
}

function accountIn(body: Buffer): unknown {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return typeof json === 'object' && json !== null && 'account' in json ? json.account : undefined;
  } catch {
    return undefined;
  }
}
