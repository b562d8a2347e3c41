/** The chat and the outcome `sensitive`: Alice confirms before sending, Bob decides, and pictures stay blurred until a person shows them. */
import '../src/style/page.css';
import '../src/style/chat.css';
import '../src/style/inspector.css';
import type { Check } from '@lodestone/client';
import { createFakeGuard, testPicture } from '@lodestone/client/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { Device, type Person } from '../src/device.ts';
import { Inspector } from '../src/inspector/inspector.ts';
import type { Contests } from '../src/contest.ts';
import { Pane } from '../src/ui/chat-pane.ts';
import { connect } from '../src/encrypted-channel.ts';

const NO_CONTESTS: Contests = { contest: () => Promise.reject(), outcome: () => Promise.resolve(undefined) };
const ALICE: Person = { id: 'alice', name: 'Alice' };
const BOB: Person = { id: 'bob', name: 'Bob' };

afterEach(() => document.body.replaceChildren());

async function openChat(answer: Check) {
  const [one, other] = await connect();
  const alice = new Device(ALICE, BOB, createFakeGuard({ answer }), one);
  const bob = new Device(BOB, ALICE, createFakeGuard({ answer }), other);
  const panes = [alice, bob].map((device) => new Pane(device, [], { trayOpen: false, contests: NO_CONTESTS }));
  const main = document.createElement('main');
  main.append(...panes.map(({ section }) => section), new Inspector([alice, bob]).section);
  document.body.append(main);
  return {
    send: () => alice.sendFile(new File([testPicture()], 'holiday.png', { type: 'image/png' })),
    pane: (person: Person) => {
      const pane = document.querySelector<HTMLElement>(`#${person.id}`);
      if (!pane) throw new Error(`no pane of ${person.name}`);
      return pane;
    },
  };
}

/** Finds a visible button by its name, also inside the blur. */
function button(pane: HTMLElement, name: string): HTMLElement | undefined {
  const blur = pane.querySelector('[data-lodestone-blur]')?.shadowRoot;
  return [...pane.querySelectorAll('button'), ...(blur?.querySelectorAll('button') ?? [])].find(
    (one) => one.textContent === name && one.checkVisibility(),
  );
}
function press(pane: HTMLElement, name: string): void {
  const found = button(pane, name);
  if (!found) throw new Error(`no button ${name}`);
  found.click();
}
const isSeen = (pane: HTMLElement): boolean => {
  const frame = pane.querySelector<HTMLElement>('.message .picture-frame');
  return frame !== null && !frame.inert && !getComputedStyle(frame).filter.includes('blur');
};

test('on send Alice is asked, her picture is blurred, and Bob never gets it if she declines', async () => {
  const { send, pane } = await openChat({ outcome: 'sensitive', action: 'warn', orders: [] });
  await send();
  expect(pane(ALICE).textContent).toContain('Do you want to send this?');
  expect(isSeen(pane(ALICE))).toBe(false);
  press(pane(ALICE), 'Show it anyway');
  expect(isSeen(pane(ALICE))).toBe(true);
  press(pane(ALICE), 'Hide it again');
  expect(isSeen(pane(ALICE))).toBe(false);
  press(pane(ALICE), 'Do not send');
  expect(pane(ALICE).querySelector('.message')).toBeNull();
  expect(pane(BOB).querySelector('.message')).toBeNull();
});

test('on receive Bob sees the picture only after he shows it, and can hide or remove it', async () => {
  const { send, pane } = await openChat({ outcome: 'sensitive', action: 'warn', orders: [] });
  await send();
  press(pane(ALICE), 'Send anyway');
  await vi.waitFor(() => expect(button(pane(BOB), 'Show it anyway')).toBeDefined(), { timeout: 10_000 });
  expect(isSeen(pane(ALICE)), 'sent, it stays blurred').toBe(false);
  expect(isSeen(pane(BOB))).toBe(false);
  expect(document.querySelector('#inspector canvas'), 'nor does the inspector show it').toBeNull();
  press(pane(BOB), 'Show it anyway');
  expect(isSeen(pane(BOB))).toBe(true);
  press(pane(BOB), 'Hide it again');
  expect(isSeen(pane(BOB))).toBe(false);
  press(pane(BOB), 'Remove');
  expect(pane(BOB).querySelector('.message')).toBeNull();
});

test('a blocked picture is explained and not shown', async () => {
  const { send, pane } = await openChat({ outcome: 'sensitive', action: 'block', orders: [] });
  await send();
  expect(pane(ALICE).textContent).toContain(
    'It may be sensitive, which is not allowed here. It stayed on this device.',
  );
  expect(pane(ALICE).querySelector('.message img')).toBeNull();
  expect(button(pane(ALICE), 'Send anyway')).toBeUndefined();
});

test('a match with the action warn is confirmed without a blur', async () => {
  const { send, pane } = await openChat({ outcome: 'match', action: 'warn', orders: [] });
  await send();
  press(pane(ALICE), 'Send anyway');
  await vi.waitFor(() => expect(button(pane(BOB), 'Show anyway')).toBeDefined(), { timeout: 10_000 });
  expect(pane(BOB).querySelector('.message img')).toBeNull();
  press(pane(BOB), 'Show anyway');
  expect(isSeen(pane(BOB))).toBe(true);
});
