/**
 * The page around the probed sandboxes: shows each in a frame as the client does, boots those that must be booted, and collects
 * their messages. It plays the host and exposes nothing. Flow: engine-run.ts → served here → a browser tab. Spec: docs/design/audit.md#probe
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Ending } from './injected-probe.ts';

export interface FrameOfRun {
  html: string;
  /** `null`: no attribute, as in the control. */
  sandboxAttribute: string | null;
  /** If set, the page boots the sandbox as a host with this build does. */
  build?: string;
}

/** Messages that the page received: reports of the injected script by place, and events of the sandboxes. */
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

/** A literal in a script element, which only "<" could end. */
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
// Answers every message on the channel, so that the attempt learns that it escaped.
const channel = new BroadcastChannel('lodestone-probe');
channel.onmessage = () => channel.postMessage('heard');
for (const { html, sandboxAttribute, build } of ${inScript(frames)}) {
  const frame = document.createElement('iframe');
  // Visible, although the client hides it, since engines throttle hidden frames.
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
