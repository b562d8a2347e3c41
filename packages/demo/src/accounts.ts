/**
 * A tiny account service: people sign in and out, and it signs the subject ids of the account that is signed in and passes contests on. The
 * receiver has the public key only. Only this service can map a pseudonym to an account.
 * Flow: chat → here → signal → receiver. Spec: docs/design/contracts.md#subject-ids
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { DAY_MS, fromHex, LodestoneError, type Month, monthOf, toDay } from '@lodestone/protocol';
import { generateSubjectKey, importSubjectKey, issueSubjectIds, type SubjectKey } from '@lodestone/seal';
import { passOn } from './contests.ts';
import type { Handler, WebAnswer } from '@lodestone/tools/web-server';

/** Alice has two accounts, so that one device can be used with each of them. */
export const ACCOUNT_NAMES = ['alice', 'alice-work', 'bob', 'carol'] as const;
export type AccountName = (typeof ACCOUNT_NAMES)[number];

export interface Account {
  /** Id of the account, as the app sees it. */
  id: string;
  /** 16 random bytes in hex, chosen once. Nobody but this service can link them to the account. */
  pseudonym: string;
}

export interface Accounts {
  schema: 'lodestone/demo-accounts/v3';
  accounts: Record<AccountName, Account>;
  /** The key that signs subject ids. The receiver imports its public half. */
  subjectKey: SubjectKey;
}

/** Below this address of the chat's server. */
export const ACCOUNT_PATHS = {
  signIn: '/account/sign-in',
  signOut: '/account/sign-out',
  subjectIds: '/account/subject-ids',
  contests: '/account/contests',
  contestOutcome: '/account/contest-outcome',
} as const;

/** @param file stores the accounts; created on the first start, and again after a change of its form */
export async function openAccounts(file: string): Promise<Accounts> {
  const stored = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Partial<Accounts>,
    () => undefined,
  );
  if (stored?.schema === 'lodestone/demo-accounts/v3') return stored as Accounts; // this program wrote it
  const fresh = (): Account => ({ id: randomBytes(8).toString('hex'), pseudonym: randomBytes(16).toString('hex') });
  const accounts: Accounts = {
    schema: 'lodestone/demo-accounts/v3',
    accounts: { alice: fresh(), 'alice-work': fresh(), bob: fresh(), carol: fresh() },
    subjectKey: await generateSubjectKey(),
  };
  await writeFile(file, JSON.stringify(accounts), { mode: 0o600 });
  return accounts;
}

export interface AccountServiceOptions {
  accounts: Accounts;
  /** Address of the receiver, as orders name it. */
  endpoint: string;
  /** Default `Date.now`. */
  now?: () => number;
}

/**
 * Batches of one account in one month. Each device takes one, and one more after its storage was deleted. The limit
 * times 40 is the number of signals that an account can claim in a month. Ten would do for people. Auditors of this demo
 * start a fresh device for each session: `lodestone-audit compare` takes twelve batches, `capture` one. The count is kept
 * in memory, so it starts again with the demo.
 */
export const BATCHES_PER_MONTH = 50;

/**
 * Signing in needs no password, because all data is invented. A session is a random token in the request's body; a real
 * service would use its own sessions, such as a cookie.
 */
export function accountService({ accounts, endpoint, now = Date.now }: AccountServiceOptions): Handler {
  const sessions = new Map<string, Account>();
  const issued = new Map<string, number>();

  const signIn = (body: unknown): WebAnswer => {
    const wanted = textIn(body, 'name');
    const name = ACCOUNT_NAMES.find((each) => each === wanted);
    if (!name) return refusal(403, 'No such account.');
    const session = randomBytes(16).toString('hex');
    sessions.set(session, accounts.accounts[name]);
    return json({ account: accounts.accounts[name].id, session });
  };
  const signOut = (body: unknown): WebAnswer => {
    sessions.delete(textIn(body, 'session'));
    return { status: 204, type: 'text/plain', body: '' };
  };
  const subjectIds = async (body: unknown): Promise<WebAnswer> => {
    const wanted = textIn(body, 'month');
    const account = sessions.get(textIn(body, 'session'));
    if (!account) return refusal(403, 'Sign in first.');
    const month = issuableMonths(now()).find((each) => each === wanted);
    if (!month) return refusal(400, 'Ids are issued for this month and the one before.');
    const key = `${account.id} ${month}`;
    const count = issued.get(key) ?? 0;
    if (count >= BATCHES_PER_MONTH) return refusal(429, 'This account has all its batches of the month.');
    issued.set(key, count + 1);
    const pseudonym = fromHex(account.pseudonym);
    const batch = await issueSubjectIds(await importSubjectKey(accounts.subjectKey.privateKey), {
      endpoint,
      pseudonym,
      month,
    });
    return { type: 'application/octet-stream', body: batch, headers: NO_STORE };
  };
  /** Only of people who are signed in. A real service also limits how many an account may send a day. */
  const contest = async (body: unknown): Promise<WebAnswer> => {
    const request = { receipt: textIn(body, 'receipt'), text: textIn(body, 'text') };
    return sessions.has(textIn(body, 'session')) ? passOn(endpoint, '', request) : refusal(403, 'Sign in first.');
  };
  const contestOutcome = async (body: unknown): Promise<WebAnswer> => {
    const request = { receipt: textIn(body, 'receipt') };
    return sessions.has(textIn(body, 'session'))
      ? passOn(endpoint, '/outcome', request)
      : refusal(403, 'Sign in first.');
  };

  const routes = new Map<string, (body: unknown) => WebAnswer | Promise<WebAnswer>>([
    [ACCOUNT_PATHS.signIn, signIn],
    [ACCOUNT_PATHS.signOut, signOut],
    [ACCOUNT_PATHS.subjectIds, subjectIds],
    [ACCOUNT_PATHS.contests, contest],
    [ACCOUNT_PATHS.contestOutcome, contestOutcome],
  ]);
  return async ({ method, url, body }) => {
    const route = routes.get(url.pathname);
    if (!route) return undefined;
    if (method !== 'POST') return refusal(405, 'Use POST.');
    try {
      return await route(JSON.parse(body.toString('utf8')));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof LodestoneError) return refusal(400, 'Not such a request.');
      throw error;
    }
  };
}

/** @throws {LodestoneError} `ERR_SCHEMA` */
function textIn(body: unknown, key: string): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, key) : undefined;
  if (typeof value !== 'string') throw new LodestoneError('ERR_SCHEMA', `${key} is not a text`);
  return value;
}

const NO_STORE = { 'Cache-Control': 'no-store' };
const refusal = (status: number, why: string): WebAnswer => ({ status, type: 'text/plain', body: `${why}\n` });
const json = (value: unknown): WebAnswer => ({
  type: 'application/json',
  body: JSON.stringify(value),
  headers: NO_STORE,
});

/** Batches of the month before serve devices whose clock is behind; nothing is issued for a month that has not begun. */
function issuableMonths(now: number): Month[] {
  const month = monthOf(toDay(now));
  const lastOfBefore = Date.parse(`${month}-01T00:00:00Z`) - DAY_MS;
  return [month, monthOf(toDay(lastOfBefore))];
}
