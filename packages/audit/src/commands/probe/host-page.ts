/**
 * The page around the sandboxes of one run: it shows each in a frame as the client does, boots those that are to be booted, and
 * keeps what comes out of them. It plays the host, and exposes nothing. Flow: run.ts → served here → a tab.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Ending } from './injected-probe.ts';

export interface FrameOfRun {
  html: string;
  /** `null`: no attribute, as in a control run. */
  sandboxAttribute: string | null;
  /** Boots the sandbox as a host of this build does. */
  build?: string;
}

/** What the page has heard: of the script inside, by places, and of the sandboxes themselves. */
export interface Heard {
  endings: Record<string, Ending[]>;
  /** Events of the sandboxes that were booted. */
  events: { type: string; reason?: unknown }[];
}

export interface Pages {
  /** Address of a page with these frames. */
  show(frames: readonly FrameOfRun[]): string;
  close(): Promise<void>;
}

export async function servePages(): Promise<Pages> {
  const pages = new Map<string, string>();
  const server = createServer((request, response) => {
    const html = pages.get(request.url ?? '');
    response.writeHead(html === undefined ? 404 : 200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
    });
    response.end(html ?? '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    show(frames) {
      const path = `/${pages.size + 1}`;
      pages.set(path, pageOf(frames));
      return `${origin}${path}`;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** As a literal; only a "<" could end the script element around it. */
export function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003C`);
}

function pageOf(frames: readonly FrameOfRun[]): string {
  return `<!doctype html>
<meta charset="utf-8">
<title>Lodestone probe</title>
<body>
<script>
const heard = window.lodestoneProbe = { endings: {}, events: [] };
const take = (data) => {
  if (data?.type === 'lodestone-probe') heard.endings[data.phase] = [...(heard.endings[data.phase] ?? []), ...data.endings];
  else if (typeof data?.type === 'string' && heard.events.length < 100) heard.events.push({ type: data.type, reason: data.reason });
};
const sandboxes = new Set();
addEventListener('message', ({ data, source }) => sandboxes.has(source) && take(data));
// Whoever in a sandbox is heard here gets an answer, so that it knows.
const channel = new BroadcastChannel('lodestone-probe');
channel.onmessage = () => channel.postMessage('heard');
for (const { html, sandboxAttribute, build } of ${inScript(frames)}) {
  const frame = document.createElement('iframe');
  // Shown, where the client hides it: engines do less for what is hidden.
  if (sandboxAttribute !== null) frame.setAttribute('sandbox', sandboxAttribute);
  frame.srcdoc = html;
  if (build) frame.addEventListener('load', () => {
    const calls = new MessageChannel(), events = new MessageChannel();
    events.port1.onmessage = ({ data }) => take(data);
    frame.contentWindow.postMessage({ type: 'lodestone-boot', build }, '*', [calls.port2, events.port2]);
  }, { once: true });
  document.body.append(frame);
  sandboxes.add(frame.contentWindow);
}
</script>
`;
}
