/** Plays the host in tests: boots the built document in a sandboxed iframe, sends it content, and records its events. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { LIMITS } from '@lodestone/protocol/limits';
import type { Digest } from '@lodestone/protocol/digest';
import {
  type BitmapMessage,
  type BootMessage,
  type BytesMessage,
  PICTURE_ENDS,
  type PlanList,
  type PlanModel,
  type SandboxCalls,
  type SandboxEvent,
  type SandboxList,
} from '@lodestone/protocol/sandbox';
import type { Verdict } from '@lodestone/protocol/verdict';
import { type Remote, wrap } from 'comlink';
import containers from '../dist/containers.mjs?raw';
import lockedLists from '../dist/locked-lists.mjs?raw';
import builtDocument from '../dist/sandbox.html?raw';
import video from '../dist/video.mjs?raw';
import { buildOf } from './derive.ts';

export { builtDocument };

export interface OpenSandbox {
  readonly frame: HTMLIFrameElement;
  readonly calls: Remote<SandboxCalls>;
  /** Everything that arrived on the events port, including reports of probes. */
  readonly events: unknown[];
  /** Resolves with the first event of this type. Rejects after `timeoutMs`. */
  event<T extends string>(type: T, timeoutMs?: number): Promise<Extract<SandboxEvent, { type: T }>>;
  /** Starts lazy parts that are modules. Rejects if one does not start. */
  start(...parts: readonly (keyof typeof MODULES)[]): Promise<void>;
  scan(content: Uint8Array<ArrayBuffer>, lists: readonly PlanList[], claims?: Claims): Promise<Verdict>;
  close(): void;
}

/** Overrides of a job: its size, its id (by default the next number), its models (by default none). */
export interface Claims {
  readonly sizeBytes?: number;
  readonly contentId?: number;
  readonly models?: readonly PlanModel[];
}

export interface OpenOptions {
  readonly html?: string;
  readonly sandboxAttribute?: string;
  readonly build?: Digest;
  /** Code of modules, by default of all. */
  readonly modules?: Readonly<Record<string, string>>;
}

const BOOT_MS = 10_000;
const MODULES = { containers, video, 'locked-lists': lockedLists };

export async function openSandbox(options: OpenOptions = {}): Promise<OpenSandbox> {
  const {
    html = builtDocument,
    sandboxAttribute = 'allow-scripts',
    build = buildOf(html),
    modules = MODULES,
  } = options;
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', sandboxAttribute);
  frame.srcdoc = html;
  const loaded = new Promise((done) => frame.addEventListener('load', done, { once: true }));
  document.body.append(frame);
  await loaded;

  const [calls, events] = [new MessageChannel(), new MessageChannel()];
  const log: { type: string }[] = [];
  const waiters = new Set<() => void>();
  const contents = new Map<number, Uint8Array<ArrayBuffer>>();
  events.port1.addEventListener('message', ({ data }: MessageEvent<SandboxEvent>) => {
    log.push(data);
    for (const wake of waiters) wake();
    const content = 'contentId' in data ? contents.get(data.contentId) : undefined;
    if (data.type === 'bytes-wanted' && content) feed(events.port1, data, content);
    if (data.type === 'bitmap-wanted' && content) void sendBitmap(events.port1, data, content);
  });
  events.port1.start();
  const boot: BootMessage = { type: 'lodestone-boot', build, modules };
  frame.contentWindow?.postMessage(boot, '*', [calls.port2, events.port2]);

  const remote = wrap<SandboxCalls>(calls.port1);
  const event: OpenSandbox['event'] = (type, timeoutMs = BOOT_MS) =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = log.find((entry) => entry.type === type);
        if (!found) return;
        waiters.delete(check);
        clearTimeout(timer);
        resolve(found as Extract<SandboxEvent, { type: typeof type }>);
      };
      const timer = setTimeout(
        () => reject(new Error(`the sandbox sent no "${type}" event within ${timeoutMs} ms`)),
        timeoutMs,
      );
      waiters.add(check);
      check();
    });

  let items = 0;
  return {
    frame,
    calls: remote,
    events: log,
    event,
    async start(...parts) {
      await event('ready');
      for (const part of parts) {
        const answer = await remote.startPart(part, {});
        if (!answer.ok) throw new Error(`the lazy part ${part} did not start: ${answer.fault}`);
      }
    },
    async scan(content, lists, { sizeBytes = content.length, contentId = ++items, models = [] } = {}) {
      await event('ready');
      contents.set(contentId, content);
      return remote.scan({ contentId, sizeBytes, plan: { lists: [...lists], models: [...models] } });
    },
    close: () => frame.remove(),
  };
}

function feed(port: MessagePort, wanted: Extract<SandboxEvent, { type: 'bytes-wanted' }>, content: Uint8Array): void {
  const from = wanted.first * LIMITS.blockBytes;
  const { buffer: bytes } = content.slice(from, from + wanted.count * LIMITS.blockBytes);
  const message = { type: 'bytes', contentId: wanted.contentId, first: wanted.first, bytes } as BytesMessage;
  port.postMessage(message, [message.bytes]);
}

/** As the client's `host-bitmap.ts` does it, which this package cannot import. */
async function sendBitmap(
  port: MessagePort,
  { contentId, format, size }: Extract<SandboxEvent, { type: 'bitmap-wanted' }>,
  content: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const blob = new Blob([content, Uint8Array.from(PICTURE_ENDS[format])], { type: format });
  const whole = await createImageBitmap(blob).catch(() => undefined);
  if (!whole) return port.postMessage({ type: 'bitmap', contentId } satisfies BitmapMessage);
  const { width, height } = whole;
  const resizeWidth = Math.min(width, LIMITS.bitmapSide);
  const resizeHeight = Math.min(height, LIMITS.bitmapSide);
  const reduced = { resizeWidth, resizeHeight, resizeQuality: 'high' } as const;
  const isWhole = size === 'full' || width * height <= LIMITS.exactPixels;
  const bitmap = isWhole ? whole : await createImageBitmap(whole, reduced);
  port.postMessage({ type: 'bitmap', contentId, picture: { bitmap, width, height } } satisfies BitmapMessage, [bitmap]);
}

/** A list as the host loads it. To the sandbox its digest is only a name. */
export function sandboxList(
  name: string,
  file: Uint8Array<ArrayBuffer>,
  suppressed: readonly number[] = [],
): SandboxList {
  return { fileDigest: nameAsDigest(name), file: file.slice().buffer, suppressed: Uint32Array.from(suppressed) };
}

export function planList(name: string, line: Partial<Omit<PlanList, 'digest'>> = {}): PlanList {
  return { fileDigest: nameAsDigest(name), media: ['image'], maxDistance: 31, minQuality: 50, variants: [], ...line };
}

function nameAsDigest(name: string): AnyDigest {
  return Array.from(name, (c) => c.charCodeAt(0).toString(16).padStart(2, '0'))
    .join('')
    .padEnd(64, '0') as AnyDigest;
}
