/**
 * A hostile sandbox inside a running app: it sends anything on its ports, above all what comlink would take for a call. If the
 * host acts on it, its page makes a request that our server counts. The control is a page that acts as comlink's `expose` does.
 * Chromium and Firefox. Flow: app → its frame's document is replaced → here. Spec: docs/design/message-gate.md#message-gate
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, firefox, type Page } from 'playwright';
import { requireBrowser, launchOptions } from '../../browsers/index.ts';
import { type Listeners, listen } from './listeners.ts';
import type { BrowserTabOptions } from './browser-tab.ts';

export interface HostAttack {
  id: string;
  title: string;
  /** Expression of the message; `code` is code that the host must never run. */
  message: string;
  /** How often it is sent; once by default. */
  times?: number;
}

const raw = (value: string): string => `{ type: 'RAW', value: ${value} }`;
const call = (type: string, path: string, list = ''): string =>
  `{ id: 'a', type: '${type}', path: ${path}, argumentList: [${list}] }`;

export const HOST_ATTACKS: readonly HostAttack[] = [
  {
    id: 'construct',
    title: 'comlink CONSTRUCT of a function',
    message: call('CONSTRUCT', "['constructor', 'constructor']", raw('code')),
  },
  {
    id: 'apply',
    title: 'comlink APPLY of the function constructor',
    message: call('APPLY', "['constructor', 'constructor']", raw('code')),
  },
  {
    id: 'apply-call',
    title: 'comlink APPLY through call',
    message: call('APPLY', "['constructor', 'constructor', 'call']", `${raw('null')}, ${raw('code')}`),
  },
  { id: 'get', title: 'comlink GET of the root object', message: `{ id: 'a', type: 'GET', path: [] }` },
  {
    id: 'set',
    title: 'comlink SET on the prototype',
    message: `{ id: 'a', type: 'SET', path: ['__proto__', 'toString'], value: ${raw('code')} }`,
  },
  { id: 'endpoint', title: 'comlink ENDPOINT', message: `{ id: 'a', type: 'ENDPOINT' }` },
  { id: 'release', title: 'comlink RELEASE', message: `{ id: 'a', type: 'RELEASE' }` },
  {
    id: 'handler',
    title: 'a response with a transfer handler',
    message: `{ id: 'a', type: 'HANDLER', name: 'proxy', value: null }`,
  },
  {
    id: 'thrown',
    title: 'a response that throws an error',
    message: `{ id: 'a', type: 'HANDLER', name: 'throw', value: { isError: true, value: { message: code, name: 'Error', stack: code } } }`,
  },
  { id: 'unasked', title: 'a response without a request', message: `{ id: 'a', ...${raw('{ ok: true }')} }` },
  {
    id: 'event',
    title: 'an event with an extra field',
    message: `{ type: 'progress', item: 1, sixteenths: 1, html: '<img src=x onerror="' + code + '">' }`,
  },
  {
    id: 'huge',
    title: 'a message of 64 MB',
    message: `{ type: 'progress', item: 1, sixteenths: 1, text: 'x'.repeat(64000000) }`,
  },
  {
    id: 'flood',
    title: '50,000 events',
    message: `{ type: 'bytes-wanted', item: 1, first: 0, count: 1 }`,
    times: 50_000,
  },
];

export interface HostAttacked {
  id: string;
  /** Bytes that the host's page sent; `undefined` if the app had no sandbox to replace. */
  bytes: number | undefined;
  /** Bytes that the control page sent, which show that the message works. */
  control: number;
}

export interface HostAttackOptions extends BrowserTabOptions {
  engine: 'chromium' | 'firefox';
  url: string;
}

/** How long an app may take to start a sandbox after it was opened. */
const START_MS = 30_000;
/**
 * How often an app is opened. One whose orders arrive after its first checks makes no sandbox then; when it is opened again, it has
 * them from the start.
 */
const OPENINGS = 3;
/** How long a page has to act on an attack after it was sent. */
const REACTION_MS = 3_000;
const PARALLEL = 4;

export async function attackHost(options: HostAttackOptions): Promise<HostAttacked[]> {
  const { engine, url, say, memoryFile } = options;
  const found = await requireBrowser(engine, { ...(memoryFile !== undefined && { memoryFile }) });
  const browser = await (engine === 'chromium' ? chromium : firefox).launch(launchOptions(found));
  const run = (name: string): Promise<Listeners> =>
    listen(
      HOST_ATTACKS.map(({ id }) => id),
      `${engine}-${name}`,
    );
  const [listeners, control] = await Promise.all([run('host'), run('naive')]);
  try {
    say(`${found.engine}: a hostile sandbox attacks ${url}`);
    const attacked: HostAttacked[] = [];
    let hasSandbox = true;
    const attack = async (one: HostAttack): Promise<void> => {
      const [isSent] = await Promise.all([
        hasSandbox && inApp(browser, url, attackerSandbox(one, listeners)),
        inNaiveHost(browser, attackerSandbox(one, control)),
      ]);
      attacked.push({
        id: one.id,
        bytes: isSent ? listeners.arrived(one.id).bytes : undefined,
        control: control.arrived(one.id).bytes,
      });
    };
    // The first attack shows whether the app has a sandbox. The others use separate pages, so a few run in parallel.
    const [first, ...others] = HOST_ATTACKS;
    if (first) await attack(first);
    hasSandbox = attacked[0]?.bytes !== undefined;
    const waiting = others.values();
    const attackInTurn = async (): Promise<void> => {
      for (const one of waiting) await attack(one);
    };
    await Promise.all(Array.from({ length: PARALLEL }, attackInTurn));
    return attacked;
  } finally {
    await browser.close();
    await listeners.close();
    await control.close();
  }
}

/** The attacker's message to the page's window, just before it attacks. */
const ATTACKS = 'lodestone-attacks';

/** Reports that it is ready, as a sandbox does, and then attacks on every port. */
function attackerSandbox({ id, message, times = 1 }: HostAttack, { targets }: Listeners): string {
  const code = `fetch(${JSON.stringify(targets[id]?.http)})`;
  return `<!doctype html><body><script>
const code = ${JSON.stringify(code)};
addEventListener('message', ({ data, ports: [calls, events] }) => {
  if (!calls || !events) return;
  for (const type of ['started', 'ready']) events.postMessage({ type, build: data.build, ...(type === 'ready' && { needsBitmap: false }) });
  setTimeout(() => {
    parent.postMessage('${ATTACKS}', '*');
    for (let i = 0; i < ${times}; i++) for (const way of [calls, events]) way.postMessage(${message});
    parent.postMessage(${message}, '*');
  }, 300);
  // Every request of the host gets the attack as its response.
  calls.onmessage = () => {
    parent.postMessage('${ATTACKS}', '*');
    calls.postMessage(${message});
  };
});
</script>`;
}

/** @returns whether the app had a sandbox, which was replaced and attacked */
async function inApp(browser: Browser, url: string, document: string): Promise<boolean> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(replaceSandbox, document);
    await page.addInitScript(recordAttack, ATTACKS);
    for (let opening = 0; opening < OPENINGS; opening++) {
      await page.goto(url, { waitUntil: 'domcontentloaded' });
      if (await isAttacked(page)) return true;
    }
    return false;
  } finally {
    await context.close();
  }
}

/** Waits until the page was attacked, and then as long as it may take to react. */
async function isAttacked(page: Page): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  // A page that is navigating has no context to evaluate in.
  while (!(await page.evaluate(() => 'lodestoneAttacked' in globalThis).catch(() => false))) {
    if (Date.now() > deadline) return false;
    await sleep(100);
  }
  await sleep(REACTION_MS);
  return true;
}

/** Runs in the app's page before its scripts, so it uses nothing from this module. */
function replaceSandbox(document: string): void {
  const own = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, 'srcdoc');
  Object.defineProperty(HTMLIFrameElement.prototype, 'srcdoc', {
    configurable: true,
    // Under Trusted Types the value is an object.
    set(this: HTMLIFrameElement, html: { toString(): string }) {
      own?.set?.call(this, html.toString().includes('data-build="') ? document : html);
    },
  });
}

/** Runs in the page before its scripts. */
function recordAttack(attacks: string): void {
  addEventListener('message', ({ data }) => {
    if (data === attacks) Object.assign(globalThis, { lodestoneAttacked: true });
  });
}

/** Acts on messages as comlink's `expose` does: the vulnerability that a host must not have. */
const NAIVE_HOST = `<!doctype html><title>naive</title><body><script>
const exposed = { progress() {} };
const walk = (path) => path.reduce((at, key) => at[key], exposed);
const values = (list) => (list ?? []).map(({ value }) => value);
const take = ({ data }) => {
  const { type, path = [], argumentList } = data ?? {};
  if (type === 'CONSTRUCT') new (walk(path))(...values(argumentList))();
  if (type === 'APPLY') { const made = walk(path.slice(0, -1))[path.at(-1)](...values(argumentList)); if (typeof made === 'function') made(); }
};
addEventListener('message', ({ data }) => { if (data === '${ATTACKS}') globalThis.lodestoneAttacked = true; });
const frame = document.createElement('iframe');
frame.setAttribute('sandbox', 'allow-scripts');
frame.srcdoc = __SANDBOX__;
frame.onload = () => {
  const calls = new MessageChannel(), events = new MessageChannel();
  calls.port1.onmessage = take;
  events.port1.onmessage = take;
  frame.contentWindow.postMessage({ type: 'lodestone-boot', build: '' }, '*', [calls.port2, events.port2]);
};
document.body.append(frame);
</script>`;

async function inNaiveHost(browser: Browser, sandbox: string): Promise<void> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const json = JSON.stringify(sandbox).replaceAll('<', String.raw`\u003C`);
    await page.setContent(NAIVE_HOST.replace('__SANDBOX__', () => json));
    await isAttacked(page);
  } finally {
    await context.close();
  }
}
