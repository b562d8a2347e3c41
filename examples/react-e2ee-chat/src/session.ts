/**
 * A person on this device: the guard, the conversation, and the link of the group. Opened outside of components, once.
 * Promise: one tab at a time opens a person, because two would use the same keys twice.
 */
import { createContext, use } from 'react';
import type { Guard } from '@lodestone/client';
import { Conversation } from './chat/conversation.ts';
import { DeviceStore } from './chat/device-store.ts';
import { type Configuration, loadConfiguration } from './configuration.ts';
import { Link } from './crypto/link.ts';
import { accountOf, openGuard } from './guard/open-guard.ts';

/** The demo's accounts. */
export const PEOPLE = ['Alice', 'Bob', 'Carol'] as const;
export type Person = (typeof PEOPLE)[number];

export interface Session {
  person: Person;
  guard: Guard;
  conversation: Conversation;
  /** The address that invites others. */
  invitation: string;
  close(): void;
}

export type Opened = { session: Session } | { refused: 'open in another tab' };

/** @param fragment of the page's address: an invitation, or nothing */
export async function openSession(person: Person, fragment: string): Promise<Opened> {
  const configuration = await loadConfiguration();
  const device = `${configuration.installation}-${person.toLowerCase()}`;
  const release = await lock(device);
  if (!release) return { refused: 'open in another tab' };
  const store = await DeviceStore.open(`cairn-${device}`);
  const known = await store.membership();
  const invited = known ? await Link.of(known.link) : await Link.parse(fragment);
  const link = invited ?? (await Link.create());
  const guard = openGuard(configuration, person.toLowerCase(), await accountIn(configuration, person), device);
  const options = { name: person, link, relay: configuration.relay, store, founder: !invited };
  const conversation = await Conversation.open(options);
  history.replaceState(undefined, '', link.fragment);
  remember(person);
  const close = (): void => {
    guard.dispose();
    conversation.close();
    release();
    forget();
  };
  return { session: { person, guard, conversation, invitation: location.href, close } };
}

/** Kept, so that the app opens without the network. */
async function accountIn(configuration: Configuration, person: Person): Promise<string> {
  const key = `account ${configuration.installation} ${person}`;
  const account = localStorage.getItem(key) ?? (await accountOf(configuration, person.toLowerCase()));
  localStorage.setItem(key, account);
  return account;
}

/** @returns how to release it; undefined if another tab has it */
function lock(device: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    void navigator.locks.request(`cairn-${device}`, { ifAvailable: true }, async (held) => {
      if (!held) return resolve(undefined);
      await new Promise<void>((release) => resolve(release));
    });
  });
}

/** Each tab may be another person; a new one, or the installed app, opens the last person. */
export function lastPerson(): Person | undefined {
  const name = sessionStorage.getItem('person') ?? localStorage.getItem('person');
  return PEOPLE.find((person) => person === name);
}
function remember(person: Person): void {
  sessionStorage.setItem('person', person);
  localStorage.setItem('person', person);
}
function forget(): void {
  sessionStorage.removeItem('person');
  localStorage.removeItem('person');
}

export const SessionContext: React.Context<Session | undefined> = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('no session');
  return session;
}
