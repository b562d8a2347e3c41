/**
 * The scanner worker's entry. Flow: it sends `running` to the window, which passes it two ports once: calls (comlink, exposed here,
 * wrapped by the host) and events (plain messages). Promise: before a port arrives, the policy is in force and everything that could
 * reach outside is removed; no call throws. Spec: docs/design/sandbox.md#scanner
 */
import { loadPdq, type Pdq } from '@lodestone/pdq';
import type { RefusedReason, SandboxCalls, SandboxEvent } from '@lodestone/protocol/sandbox';
import { expose } from 'comlink';
import { blocksRequests } from '../csp-self-check.ts';
import { chooseAnimationDecoder } from '../decode/animation.ts';
import { chooseStillDecoder } from '../decode/still.ts';
import type { ScannerStart } from '../parts/messages.ts';
import { BlockReader } from './content.ts';
import { HostBitmaps } from './host-bitmaps.ts';
import { LazyParts } from './lazy-parts.ts';
import { Lists } from './lists.ts';
import { lockDownScope } from './lock-down-scope.ts';
import { incomplete, scan } from './scan.ts';

const toWindow = (message: RefusedReason | 'running'): void => postMessage(message);

// A class of the video part has a method of this name, and cannot add it after the lockdown. WebKitGTK 2.50 does not have it.
if (!Reflect.has(Symbol, 'dispose')) Object.defineProperty(Symbol, 'dispose', { value: Symbol('Symbol.dispose') });

if (await blocksRequests()) {
  lockDownScope(globalThis);
  addEventListener(
    'message',
    ({ data, ports: [calls, events] }: MessageEvent<ScannerStart>) => {
      if (calls && events) void start(data, calls, events);
    },
    { once: true },
  );
  toWindow('running');
} else {
  toWindow('policy');
}

async function start({ build, parts: pins }: ScannerStart, calls: MessagePort, events: MessagePort): Promise<void> {
  const send = (event: SandboxEvent): void => events.postMessage(event);
  // A policy of the host page or of the server may block WebAssembly. The host has checked that the browser supports it.
  const pdq = await startPdq().catch(() => undefined);
  if (!pdq) return send({ type: 'refused', build, reason: 'wasm' });
  const decoder = await chooseStillDecoder();
  const decodeLaterFrames = await chooseAnimationDecoder();
  const lists = new Lists(pdq);
  const parts = new LazyParts(pins);
  const bitmaps = new HostBitmaps(events, send);
  const reader = new BlockReader(events, send);
  const tools = { pdq, decoder, decodeLaterFrames, lists, parts, bitmaps, reader, send };
  let turn: Promise<unknown> = Promise.resolve();

  const exposed: SandboxCalls = {
    async load(list) {
      const answer = lists.load(list);
      await lists.openLocked(parts);
      return answer;
    },
    unload: (fileDigest) => lists.unload(fileDigest),
    startPart: (part, code) => parts.start(part, code),
    loadIntoPart: (part, digest, data) => parts.load(part, digest, data),
    partFault: (part, digest) => parts.faultOf(part, digest),
    endPart: (part) => parts.end(part),
    /** One at a time, so that memory never holds the pictures of two items. */
    scan(job) {
      const verdict = turn
        .then(() => scan(job, tools))
        // An unforeseen failure, such as lack of memory, counts as content that does not decode.
        .catch(() => incomplete('unknown', 'decode'));
      turn = verdict;
      return verdict;
    },
  };
  expose(exposed, calls);
  send({ type: 'ready', build, needsBitmap: decoder.needsBitmap });
}

/** Hashes one picture: WebKit compiles WebAssembly even if the policy forbids to run it. */
async function startPdq(): Promise<Pdq> {
  const pdq = await loadPdq();
  pdq.hash({ width: 8, height: 8, data: new Uint8Array(8 * 8 * 4) });
  return pdq;
}
