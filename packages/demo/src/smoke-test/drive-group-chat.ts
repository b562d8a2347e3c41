/**
 * Drives the group chat as two people do, each in their own headless browser profile: a picture that is on no list arrives, a listed one
 * does not leave. Flow: demo → here → report. Promise: each difference from what is expected is one sentence.
 */
import path from 'node:path';
import { type Browser, chromium, errors, type Page } from '@playwright/test';
import { launchOptions } from '@lodestone/audit/browsers';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import type { GroupChat } from '../group-chat.ts';

export interface GroupChatDrive {
  groupChat: GroupChat;
  /** Folder of what to try. */
  samples: string;
  say: (line: string) => void;
}

/** A step that takes longer has failed, even on a slow machine. */
const STEP_MS = 60_000;
const INNOCENT = 'mountains.jpg';
/** A near match, so that nothing is signalled. */
const EDITED = 'harbour-small.webp';
const WORDS = 'Hello from Alice';

/** @returns the differences */
export async function driveGroupChat({ groupChat, samples, say }: GroupChatDrive): Promise<string[]> {
  const started = performance.now();
  const found = await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say });
  const browser = await chromium.launch(launchOptions(found));
  try {
    const alice = await enter(browser, 'Alice', groupChat.address);
    const bob = await enter(browser, 'Bob', alice.url());
    const words = alice.getByRole('textbox', { name: 'Message to the group' });
    await words.fill(WORDS);
    await words.press('Enter');
    await bob.getByText(WORDS).waitFor();
    const attach = (file: string): Promise<void> =>
      alice.locator('input[type="file"]').setInputFiles(path.join(samples, file));
    await attach(INNOCENT);
    await bob.getByRole('img', { name: `Picture from Alice: ${INNOCENT}` }).waitFor();
    const before = groupChat.relay.stored().length;
    await attach(EDITED);
    await alice.getByText('Not sent').waitFor();
    const added = groupChat.relay.stored().length - before;
    const plain = groupChat.relay.stored().some((bytes) => Buffer.from(bytes).includes(WORDS));
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    say(`Group chat: Bob read Alice’s words and saw her picture; her listed one was stopped (${seconds} s)`);
    return [
      ...(added === 0 ? [] : [`group chat: a blocked picture left ${added} messages at the relay`]),
      ...(plain ? ['group chat: the relay has the words of a message'] : []),
    ];
  } catch (error) {
    if (error instanceof errors.TimeoutError) return [`group chat: ${error.message}`];
    throw error;
  } finally {
    await browser.close();
  }
}

async function enter(browser: Browser, name: string, address: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(STEP_MS);
  await page.goto(address);
  await page.getByRole('button', { name }).click();
  await page.getByText('Files are checked on this device', { exact: true }).waitFor();
  return page;
}
