/**
 * A tiny account service: one account for each person of the demo, with a random pseudonym that stays the same. It shares
 * the subject key with the receiver, and only it knows whose account a pseudonym is. Flow: chat → here → signal → receiver.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fromHex } from '@lodestone/protocol';
import { issueSubject } from '@lodestone/seal';
import type { Handler } from '@lodestone/tools/web-server';

export const PEOPLE = ['alice', 'bob'] as const;
export type Accounts = Record<(typeof PEOPLE)[number], { account: string; pseudonym: string }>;

/** @param file where accounts are kept; made at the first start */
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

/** `POST` of `{ account }` at `path` → 32 bytes. A real service takes the account from the session, not from the body. */
export function accountService(path: string, accounts: Accounts, subjectKey: Uint8Array): Handler {
  return async ({ method, url, body }) => {
    if (url.pathname !== path) return undefined;
    if (method !== 'POST') return { status: 405, type: 'text/plain', body: 'POST asks for a subject.\n' };
    const wanted = accountIn(body);
    const found = Object.values(accounts).find(({ account }) => account === wanted);
    if (!found) return { status: 403, type: 'text/plain', body: 'No such account.\n' };
    const subject = await issueSubject(subjectKey, fromHex(found.pseudonym));
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
