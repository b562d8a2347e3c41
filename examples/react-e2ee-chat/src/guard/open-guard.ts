/** All options of Lodestone in this chat. One guard for a session: created outside of components, ended on sign-out. */
import { createGuard, type Guard } from '@lodestone/client';
import type { Configuration } from '../configuration.ts';

/** @returns the id of the account at the provider */
export async function accountOf(configuration: Configuration, name: string): Promise<string> {
  return (await signIn(configuration, name)).account;
}

/** @param device name of the database: one for each account, because several may use one browser */
export function openGuard(configuration: Configuration, name: string, account: string, device: string): Guard {
  return createGuard({
    ...configuration.guard,
    storageName: `lodestone-${device}`,
    whileUnknown: 'warn', // the person decides while nobody knows whether an order applies
    subject: {
      account,
      async fetchIds(month) {
        const { session } = await signIn(configuration, name);
        const response = await post(configuration.accountService.subjectIds, { session, month });
        return new Uint8Array(await response.arrayBuffer());
      },
    },
  });
}

/** The demo's accounts have no password; a real app uses its own sessions. */
async function signIn({ accountService }: Configuration, name: string): Promise<{ account: string; session: string }> {
  const response = await post(accountService.signIn, { name });
  return (await response.json()) as { account: string; session: string };
}

async function post(address: string, body: object): Promise<Response> {
  const response = await fetch(address, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`account service: ${response.status}`);
  return response;
}
