/**
 * The scanner worker's entry. Flow: it says `runs` to the window, which passes two ports here, once: calls (comlink,
 * exposed here, wrapped by the host) and events (plain messages). Promise: the policy is in force, and what could reach
 * outside is gone, before a port is there; and no call throws.
 */
import { loadPdq, type Pdq } from '@lodestone/pdq';
import type { Digest } from '@lodestone/protocol/digest';
import type { RefusedReason, SandboxCalls, SandboxEvent } from '@lodestone/protocol/sandbox';
import { expose } from 'comlink';
import { chooseStillDecoder } from '../decode/still.ts';
import { refusesRequests } from '../csp-self-check.ts';
import { Classifier } from './classifier.ts';
import { BlockReader } from './content.ts';
import { disarm } from './lock-down-scope.ts';
import { Lists } from './lists.ts';
import { incomplete, scan } from './scan.ts';

const toWindow = (word: RefusedReason | 'runs'): void => postMessage(word);

if (await refusesRequests()) {
  disarm(globalThis);
  addEventListener(
    'message',
    ({ data: build, ports: [calls, events] }: MessageEvent<Digest>) => {
      if (calls && events) void start(build, calls, events);
    },
    { once: true },
  );
  toWindow('runs');
} else {
  toWindow('policy');
}

async function start(build: Digest, calls: MessagePort, events: MessagePort): Promise<void> {
  const tell = (event: SandboxEvent): void => events.postMessage(event);
  // A policy of the host page, or of the server, may refuse WebAssembly. That its features are there, the host has seen.
  const pdq = await startPdq().catch(() => undefined);
  if (!pdq) return tell({ type: 'refused', build, reason: 'wasm' });
  const decoder = await chooseStillDecoder();
  const lists = new Lists(pdq);
  const classifier = new Classifier();
  const instruments = { pdq, decoder, lists, classifier, reader: new BlockReader(events, tell), tell };
  let turn: Promise<unknown> = Promise.resolve();

  const exposed: SandboxCalls = {
    load: (list) => lists.load(list),
    unload: (digest) => lists.unload(digest),
    startClassifier: (part) => classifier.start(part),
    loadModel: (model) => classifier.load(model),
    modelFault: (digest) => classifier.faultOf(digest),
    endClassifier: () => classifier.end(),
    /** One at a time, so that one item's picture is gone before the next one's is there. */
    scan(job) {
      const verdict = turn
        .then(() => scan(job, instruments))
        // What nobody foresaw, such as memory that ran out, is an item that did not decode.
        .catch(() => incomplete('unknown', 'decode'))
        .finally(() => job.bitmap?.close());
      turn = verdict;
      return verdict;
    },
  };
  expose(exposed, calls);
  tell({ type: 'ready', build, needsBitmap: decoder.needsBitmap });
}

/** WebKit compiles what it then refuses to run, so a first picture is hashed. */
async function startPdq(): Promise<Pdq> {
  const pdq = await loadPdq();
  pdq.hash({ width: 8, height: 8, data: new Uint8Array(8 * 8 * 4) });
  return pdq;
}
