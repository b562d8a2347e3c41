/**
 * The sandbox's window: checks itself, starts the scanner, and after that only starts and ends the workers of lazy parts. Content goes
 * to the scanner over a port, never through here. Promise: it starts nothing unless its origin is opaque, its build is the host's,
 * the document is as published, and its policy is in force; a refusal has a reason. Spec: docs/design/sandbox.md#boot
 */
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import type { PartName } from '@lodestone/protocol/lazy-parts';
import type { BootMessage, ModuleCodes, RefusedReason, SandboxEvent } from '@lodestone/protocol/sandbox';
import { isPolicyInForce } from './csp-self-check.ts';
import { layOut, NO_BUILD, type DocumentParts } from './document.ts';
import type { PinTable, ScannerStart, WorkerReply, WorkerRequest } from './parts/messages.ts';
import { createTrustedUrls } from './script-urls.ts';

/** The build writes the table in. The window checks the code of workers, the scanner checks code and runtimes of all parts. */
declare const PART_PINS: PinTable;

const build = document.documentElement.dataset['build'] as Digest;
const pins = PART_PINS;
const parts: DocumentParts = {
  policy: document.querySelector<HTMLMetaElement>('meta[http-equiv]')?.content ?? '',
  scanner: document.querySelector('#scanner')?.textContent ?? '',
  window: document.currentScript?.textContent ?? '',
};
const trustedUrl = createTrustedUrls();
// Keeps references: an unreferenced worker may be garbage-collected.
const workers = new Map<string, Worker>();
let scanner: Worker | undefined;
let isBooting = false;

addEventListener('message', ({ data, ports: [calls, events], source }: MessageEvent<BootMessage>) => {
  if (isBooting || source !== parent || data.type !== 'lodestone-boot' || !calls || !events) return;
  isBooting = true;
  void boot(data, calls, events);
});

async function boot(
  { build: expected, modules = {} }: BootMessage,
  calls: MessagePort,
  events: MessagePort,
): Promise<void> {
  const send = (event: SandboxEvent): void => events.postMessage(event);
  send({ type: 'started', build });
  const reason = (await refusal(expected)) ?? (await startScanner(modules));
  if (reason) return send({ type: 'refused', build, reason });
  const start: ScannerStart = { build, parts: pins };
  scanner?.postMessage(start, [calls, events]);
}

async function refusal(expected: Digest): Promise<RefusedReason | undefined> {
  if (self.origin !== 'null') return 'origin';
  if (expected !== build) return 'version';
  if ((await digestOf(layOut(parts, NO_BUILD))) !== build) return 'digest';
  if (!(await isPolicyInForce(parts.policy))) return 'policy';
  return undefined;
}

/** The scanner gets its ports after its first message. An inlined sandbox also has the host page's policy, which may block it. */
async function startScanner(modules: ModuleCodes): Promise<RefusedReason | undefined> {
  const code = `${await moduleTable(modules)}${parts.scanner}`;
  const { promise, resolve } = Promise.withResolvers<RefusedReason | undefined>();
  try {
    scanner = new Worker(trustedUrl(code), { type: 'module' });
    scanner.addEventListener(
      'message',
      ({ data }: MessageEvent<RefusedReason | 'running'>) => {
        scanner?.addEventListener('message', ({ data }: MessageEvent<WorkerRequest>) => void manageWorker(data));
        resolve(data === 'running' ? undefined : data);
      },
      { once: true },
    );
    scanner.addEventListener('error', () => resolve('worker'));
  } catch (error) {
    // Trusted Types throw a TypeError; WebKit throws a SecurityError if a policy blocks the worker.
    resolve(error instanceof TypeError ? 'trusted-types' : 'worker');
  }
  return promise;
}

/**
 * Pinned modules as functions in the scanner's own code, which calls them when they start. A worker that imports needs `data:` in
 * script-src, also in that of the page of an inlined sandbox.
 */
async function moduleTable(modules: ModuleCodes): Promise<string> {
  const rows: string[] = [];
  for (const [name, { kind, code: pinned }] of Object.entries(pins)) {
    const code = modules[name as PartName];
    if (kind !== 'module' || code === undefined || (await digestOf(code)) !== pinned) continue;
    rows.push(`${JSON.stringify(name)}: async () => {\n${code}\nreturn part;\n}`);
  }
  return `const PART_MODULES = {${rows.join(',\n')}};\n`;
}

/** Starts or ends a lazy part's worker, with the scanner's copy of its code. */
async function manageWorker(request: WorkerRequest): Promise<void> {
  const { part } = request;
  const answer = (reply: WorkerReply, ...ports: MessagePort[]): void => scanner?.postMessage(reply, ports);
  workers.get(part)?.terminate();
  workers.delete(part);
  if (request.type === 'end-worker') return;
  const text = new TextDecoder().decode(request.code);
  if ((await digestOf(text)) !== pins[part]?.code) return answer({ part, fault: 'digest' });
  const { port1, port2 } = new MessageChannel();
  try {
    const worker = new Worker(trustedUrl(text), { type: 'module' });
    workers.set(part, worker);
    worker.addEventListener('error', () => answer({ part, fault: 'ended' }));
    worker.postMessage(null, [port2]);
    answer({ part }, port1);
  } catch {
    answer({ part, fault: 'ended' });
  }
}

async function digestOf(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}
