/**
 * A tiny account service: each person of the demo has an account with a constant random pseudonym. It signs the account's
 * subject ids; the receiver has the public key only. Only this service can map a pseudonym to an account.
 * Flow: chat → here → signal → receiver. Spec: docs/design/contracts.md#subject-ids
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fromHex, LodestoneError, type Month, monthOf, parseMonth, toDay } from '@lodestone/protocol';
import { generateSubjectKey, importSubjectKey, issueSubjectIds, type SubjectKey } from '@lodestone/seal';
import type { Handler } from '@lodestone/tools/web-server';

export const PEOPLE = ['alice', 'bob'] as const;
export interface Accounts extends Record<(typeof PEOPLE)[number], { account: string; pseudonym: string }> {
  /** The key that signs subject ids. The receiver imports its public half. */
  subjectKey: SubjectKey;
}

/** @param file stores the accounts; created on the first start */
export async function openAccounts(file: string): Promise<Accounts> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Accounts;
  } catch {
    const fresh = () => ({ account: randomBytes(8).toString('hex'), pseudonym: randomBytes(16).toString('hex') });
    const accounts: Accounts = { alice: fresh(), bob: fresh(), subjectKey: await generateSubjectKey() };
    await writeFile(file, JSON.stringify(accounts), { mode: 0o600 });
    return accounts;
  }
}

/**
 * `POST` of `{ account, month }` to `path` returns the account's subject ids for the current month or the one before. A
 * real service takes the account from the session, not the body, and limits the batches per account and month.
 */
export function accountService(path: string, accounts: Accounts, endpoint: string): Handler {
  return async ({ method, url, body }) => {
    if (url.pathname !== path) return undefined;
    if (method !== 'POST') return { status: 405, type: 'text/plain', body: 'Use POST to request subject ids.\n' };
    const wanted = requestIn(body);
    const found = PEOPLE.map((person) => accounts[person]).find(({ account }) => account === wanted?.account);
    if (!wanted || !found) return { status: 403, type: 'text/plain', body: 'No such account, or no such month.\n' };
    const key = await importSubjectKey(accounts.subjectKey.privateKey);
    const pseudonym = fromHex(found.pseudonym);
    const batch = await issueSubjectIds(key, { endpoint, pseudonym, month: wanted.month });
    return { type: 'application/octet-stream', body: batch, headers: { 'Cache-Control': 'no-store' } };
  };
}

/** Undefined for a request that is not JSON, or whose month is neither the current one nor the one before. */
function requestIn(body: Buffer): { account: unknown; month: Month } | undefined {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    if (typeof json !== 'object' || json === null || !('account' in json) || !('month' in json)) return undefined;
    const month = parseMonth(String(json.month));
    return issuableMonths(Date.now()).includes(month) ? { account: json.account, month } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof LodestoneError) return undefined;
    throw error;
  }
}

function issuableMonths(now: number): Month[] {
  const today = new Date(now);
  return [0, -1].map((offset) => monthOf(toDay(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + offset, 1))));
}
