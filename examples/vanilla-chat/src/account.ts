/** Requests to the provider's account service: signing in and out, and subject ids. A real app uses its own sessions. */
import type { ServedConfiguration } from './configuration.ts';

export interface Session {
  /** Id of the account. */
  account: string;
  /** Proves to the account service who asks. */
  token: string;
}

export type AccountService = ServedConfiguration['accountService'];

export async function signIn({ signIn: address }: AccountService, name: string): Promise<Session> {
  const response = await post(address, { name });
  const { account, session } = (await response.json()) as { account: string; session: string };
  return { account, token: session };
}

export async function signOut({ signOut: address }: AccountService, { token }: Session): Promise<void> {
  await post(address, { session: token });
}

/** The bytes go to the SDK as they are. */
export async function fetchSubjectIds(address: string, { token }: Session, month: string): Promise<Uint8Array> {
  const response = await post(address, { session: token, month });
  return new Uint8Array(await response.arrayBuffer());
}

export async function post(address: string, body: object): Promise<Response> {
  const response = await fetch(address, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`account service: ${response.status}`);
  return response;
}
