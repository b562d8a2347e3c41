/**
 * Drives the chat as a person does, in a headless browser: attaches files, reads the inspector, exports the ledgers.
 * Records every request of the browser from outside the page. Flow: demo → here → expectations → report.
 */
import type { RequestSummary } from '@lodestone/audit';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { chromium, type BrowserContext, type Page, type Request } from '@playwright/test';
import { launchOptions } from '@lodestone/audit/browsers';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import { type LedgerEntry, parseLedger } from '@lodestone/protocol';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';

/** One check of a picture or video on one device, as the inspector shows it. */
export interface PictureCheck {
  file: string;
  surface: 'send' | 'receive';
  outcome: string;
  action: string;
  reason: string | undefined;
  milliseconds: string;
}

/** A request as the browser made it. */
export type Recorded = RequestSummary;

export interface Observed {
  checks: PictureCheck[];
  requests: Recorded[];
  /** One ledger for each device. */
  ledgers: LedgerEntry[][];
}

export interface DriveOptions {
  chat: string;
  /** Files that Alice attaches, one after the other. */
  files: readonly string[];
  /** How many signals must be sent before the page is left alone. */
  signals: number;
  say: (line: string) => void;
}

/** A step that takes longer has failed, even on a slow machine. */
const STEP_MS = 60_000;
/** After the last signal, long enough to see an unexpected further one: send slots are a second apart on average. */
const QUIET_MS = 4_000;

export async function driveChat({ chat, files, signals, say }: DriveOptions): Promise<Observed> {
  const found = await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say });
  const browser = await chromium.launch(launchOptions(found));
  try {
    const context = await browser.newContext({ acceptDownloads: true });
    const requests = record(context);
    const page = await context.newPage();
    page.setDefaultTimeout(STEP_MS);
    await page.goto(chat);
    await page.locator('#alice .guard-line[data-state="on"][data-armed="true"]').waitFor();
    await page.locator('#bob .guard-line[data-state="on"]').waitFor();
    for (const file of files) await attach(page, file);
    await page.locator('#inspector .ways li:not([data-action])').waitFor({ state: 'detached' });
    await page
      .locator('#inspector tr[data-purpose="signal"]')
      .nth(signals - 1)
      .waitFor();
    await page.waitForTimeout(QUIET_MS);
    const checks = await readChecks(page);
    const ledgers = [await exportLedger(page, 'Alice’s device'), await exportLedger(page, 'Bob’s device')];
    return { checks, requests: await requests(), ledgers };
  } finally {
    await browser.close();
  }
}

async function attach(page: Page, file: string): Promise<void> {
  const answered = page.locator('#inspector .ways li[data-surface="send"][data-action]');
  const before = await answered.count();
  const chooser = page.waitForEvent('filechooser');
  await page.locator('#alice').getByRole('button', { name: 'Attach a picture or video' }).click();
  await (await chooser).setFiles(file);
  await answered.nth(before).waitFor();
}

async function readChecks(page: Page): Promise<PictureCheck[]> {
  const items = await page.locator('#inspector .ways li').all();
  const checks = items.map(async (item): Promise<PictureCheck> => {
    const data = await item.evaluate((element) => ({ ...(element as HTMLElement).dataset }));
    const { file = '', outcome = '', action = '', reason } = data;
    const surface = data['surface'] === 'receive' ? 'receive' : 'send';
    return { file, surface, outcome, action, reason, milliseconds: await item.locator('.figure').innerText() };
  });
  return (await Promise.all(checks)).reverse();
}

async function exportLedger(page: Page, device: string): Promise<LedgerEntry[]> {
  await page.getByRole('button', { name: device }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  return parseLedger(await readFile(await (await download).path(), 'utf8'));
}

/** Records every request of the context, including those of the sandbox's frames and workers. */
function record(context: BrowserContext): () => Promise<Recorded[]> {
  const made: Request[] = [];
  const sockets: string[] = [];
  context.on('request', (request) => made.push(request));
  context.on('page', (page) => page.on('websocket', (socket) => sockets.push(socket.url())));
  return async () => {
    const network = made.filter((request) => /^https?:/.test(request.url()));
    const requests = network.map(async (request): Promise<Recorded> => {
      const body = request.postDataBuffer() ?? Buffer.alloc(0);
      const sha256 = createHash('sha256').update(body).digest('hex');
      const status = (await request.response().catch(() => null))?.status() ?? 0;
      return { method: request.method(), url: request.url(), body: { bytes: body.length, sha256 }, status };
    });
    const opened = sockets.map((url): Recorded => ({
      method: 'WEBSOCKET',
      url,
      body: { bytes: 0, sha256: '' },
      status: 0,
    }));
    return [...(await Promise.all(requests)), ...opened];
  };
}
