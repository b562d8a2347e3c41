/**
 * node --conditions=source packages/e2e/bench/transfers.ts [--rows N,N]
 * Measures what a large list costs the page from the first request until it is in force: the longest task of its main thread,
 * from Chromium's trace, and the peak memory of its process. Default: 1,000,000 and 10,000,000 rows.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readFileSync } from 'node:fs';
import { launchOptions } from '@lodestone/audit/browsers';
import { signRepository } from '@lodestone/client/testing';
import {
  type Digest,
  LODE_HEADER_BYTES,
  type Name,
  printManifest,
  printOrder,
  type TargetPath,
  toInstant,
  toHex,
} from '@lodestone/protocol';
import { exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import { ensureBrowser } from '@lodestone/tools/engines/install';
import { MEMORY_FILE } from '@lodestone/tools/engines/chosen';
import { sha256Hex } from '@lodestone/trust';
import { type Browser, chromium, type Page } from '@playwright/test';
import { build } from 'esbuild';
import { longestTasks, traced } from './trace.ts';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000,10000000' } } });
const DAY_MS = 86_400_000;

const found = await ensureBrowser('chromium', { memoryFile: MEMORY_FILE, say: console.error });
console.log(
  `${'from nothing to the list in force'.padEnd(34)}  by clock processor    tasks  elapsed  peak memory of the page`,
);
for (const rows of values.rows.split(',').map(Number)) {
  const browser = await chromium.launch(launchOptions(found));
  const servers = await serveList(rows);
  try {
    console.log(await measured(browser, servers.page, rows));
  } finally {
    await browser.close();
    for (const server of servers.all) server.close();
  }
}

async function measured(browser: Browser, url: string, rows: number): Promise<string> {
  const page = await browser.newPage();
  await page.goto(url);
  const before = await peakMegabytes(browser, page);
  const started = Date.now();
  const events = await traced(page, async () => {
    await page.evaluate('startGuard()');
    await page.waitForFunction('document.title !== ""', undefined, { timeout: 540_000, polling: 500 });
  });
  const seconds = `${((Date.now() - started) / 1_000).toFixed(1)} s`.padStart(8);
  if ((await page.title()) !== 'in force') throw new Error(`the list is not in force: ${await page.title()}`);
  const peak = (await peakMegabytes(browser, page)) - before;
  const { byClock, byProcessor, count } = longestTasks(events, page.url());
  const ms = (time: number): string => `${time.toFixed(1)} ms`.padStart(9);
  return `${`${rows.toLocaleString('en')} rows`.padEnd(34)} ${ms(byClock)} ${ms(byProcessor)} ${String(count).padStart(8)} ${seconds}  ${before} MB + ${peak} MB`;
}

/** The largest resident set that the page's process ever had; Linux only. */
async function peakMegabytes(browser: Browser, page: Page): Promise<number> {
  await page.title();
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const peaks = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? '0');
  return Math.round(Math.max(...peaks.map(Number)) / 1_024);
}

/** One server for the page, one of another origin for the authorities, which answers ranges. */
async function serveList(rows: number): Promise<{ page: string; all: Server[] }> {
  const now = Date.now();
  const file = listFile(rows);
  const filePath = 'v1/lists/demo/1.lode' as TargetPath;
  const manifest = printManifest({
    schema: 'lodestone/list/v1',
    list: 'demo' as Name,
    purpose: 'verified',
    version: 1,
    counts: { pdq: rows, sha256: 0, vpdq: 0 },
    file: { path: filePath, length: file.length, sha256: sha256Hex(file) },
    merkleRoot: '0'.repeat(64) as Digest, // only auditors check it
    notAfter: toInstant(now + 30 * DAY_MS),
  });
  const order = exampleOrder({
    notBefore: toInstant(now - DAY_MS),
    notAfter: toInstant(now + 30 * DAY_MS),
    detect: [exampleKnown({ signal: undefined })],
  });
  const repositories = {
    orders: await signRepository(new Map([['v1/orders/demo.json' as TargetPath, printOrder(order)]]), { now }),
    lists: await signRepository(
      new Map([
        [filePath, file],
        ['v1/lists/demo/manifest.json' as TargetPath, manifest],
      ]),
      { now },
    ),
    provider: await signRepository(new Map(), { now }),
  };
  const files = new Map<string, Uint8Array>(
    Object.entries(repositories).flatMap(([name, { files: all }]) =>
      [...all].map(([place, bytes]) => [`/${name}/${place}`, bytes] as const),
    ),
  );
  const authorities = createServer((request, response) =>
    sendFile(files.get(request.url ?? ''), request.headers.range, response),
  );
  const origin = await listen(authorities);
  const source = (name: keyof typeof repositories): object => ({
    name,
    url: `${origin}/${name}/`,
    root: toHex(repositories[name].root),
  });
  const script = await bundle({ orders: [source('orders')], lists: [source('lists')], provider: source('provider') });
  const pages = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(
      `<!doctype html><title></title><script>${script.replaceAll('</script', String.raw`<\/script`)}</script>`,
    );
  });
  return { page: `${await listen(pages)}/`, all: [authorities, pages] };
}

/** PDQ rows in order; the last 28 bytes of each are noise. */
function listFile(rows: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(LODE_HEADER_BYTES + rows * 36);
  file.set([0x4c, 0x4f, 0x44, 0x45, 1]);
  const view = new DataView(file.buffer);
  view.setUint32(8, rows, true);
  let noise = 1;
  for (let row = 0; row < rows; row++) {
    const at = LODE_HEADER_BYTES + row * 32;
    view.setUint32(at, row);
    for (let i = 4; i < 32; i += 4)
      view.setUint32(at + i, (noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0));
    view.setUint32(LODE_HEADER_BYTES + rows * 32 + row * 4, row + 1, true);
  }
  return file;
}

function sendFile(bytes: Uint8Array | undefined, range: string | undefined, response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Headers', 'Range');
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (!bytes) response.writeHead(404).end();
  else if (first === undefined) response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
  else response.writeHead(206).end(bytes.subarray(Number(first), Number(last) + 1));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bundle(authorities: object): Promise<string> {
  const contents = `
import { createGuard } from '@lodestone/client';
const fromHex = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
const source = ({ name, url, root }) => ({ name, url, root: fromHex(root) });
const { orders, lists, provider } = ${JSON.stringify(authorities)};
globalThis.startGuard = () => {
  const guard = globalThis.guard = createGuard({
    authorities: { orders: orders.map(source), lists: lists.map(source), provider: source(provider) },
    endpoint: 'https://signals.example/v1/signals',
    storageName: crypto.randomUUID(),
  });
  guard.subscribe(() => {
    const { sources, lists: [list] } = guard.status;
    const error = list?.error ?? sources.find((one) => one.error)?.error;
    if (list?.release) document.title = 'in force';
    else if (error) document.title = String(error);
  });
};`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: path.join(import.meta.dirname, '..') },
    bundle: true,
    write: false,
    format: 'iife',
    conditions: ['source'],
  });
  return outputFiles[0]?.text ?? '';
}
