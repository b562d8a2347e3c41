/**
 * The sandbox's window: it starts the scanner and drops out. Content goes to the scanner over its own port, never through here.
 * It runs nothing unless its origin is opaque (no network, no storage, no way to the host's page), its build is the host's,
 * it is the document that was published, and its policy is in force. What it refuses, it refuses by name.
 */
import type { Digest } from '@lodestone/protocol/digest';
import type { BootMessage, RefusedReason, SandboxEvent } from '@lodestone/protocol/sandbox';
import { layOut, NO_BUILD, type SandboxParts } from './document.ts';
import { scriptUrls } from './script-urls.ts';
import { refusesInTheNameOf } from './csp-self-check.ts';

const build = document.documentElement.dataset['build'] as Digest;
const parts: SandboxParts = {
  policy: document.querySelector<HTMLMetaElement>('meta[http-equiv]')?.content ?? '',
  scanner: document.querySelector('#scanner')?.textContent ?? '',
  window: document.currentScript?.textContent ?? '',
};
/** SHA-256 of the classifier's code; the build writes it in. */
declare const CLASSIFIER_DIGEST: string;
/** Once: a window may make a policy of one name a single time. */
const asScriptUrl = scriptUrls();
// A worker that nobody refers to may be collected.
let scanner: Worker | undefined;
let classifier: Worker | undefined;
let isAsked = false;

addEventListener('message', ({ data, ports: [calls, events], source }: MessageEvent<BootMessage>) => {
  if (isAsked || source !== parent || data.type !== 'lodestone-boot' || !calls || !events) return;
  isAsked = true;
  void boot(data.build, calls, events);
});

async function boot(wanted: Digest, calls: MessagePort, events: MessagePort): Promise<void> {
  const tell = (event: SandboxEvent): void => events.postMessage(event);
  tell({ type: 'started', build });
  const reason = (await refusal(wanted)) ?? (await startScanner());
  if (reason) tell({ type: 'refused', build, reason });
  else scanner?.postMessage(build, [calls, events]);
}

/** The scanner hands over the classifier's code when a plan needs it, and says "end" when none does. */
async function tendClassifier(code: ArrayBuffer | 'end'): Promise<void> {
  classifier?.terminate();
  classifier = undefined;
  if (code === 'end') return;
  const text = new TextDecoder().decode(code);
  if ((await digestOf(text)) !== CLASSIFIER_DIGEST) return scanner?.postMessage('part');
  const { port1, port2 } = new MessageChannel();
  try {
    classifier = new Worker(asScriptUrl(text), { type: 'module' });
    classifier.addEventListener('error', () => scanner?.postMessage('worker'));
    classifier.postMessage(null, [port2]);
    scanner?.postMessage('started', [port1]);
  } catch {
    scanner?.postMessage('worker');
  }
}

async function refusal(wanted: Digest): Promise<RefusedReason | undefined> {
  if (self.origin !== 'null') return 'origin';
  if (wanted !== build) return 'version';
  if ((await digestOf(layOut(parts, NO_BUILD))) !== build) return 'digest';
  if (!(await refusesInTheNameOf(parts.policy))) return 'policy';
  return undefined;
}

async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, '0')).join('');
}

/** The scanner says one word when it runs, and gets its ports only then. An inlined sandbox has the host page's policy too. */
function startScanner(): Promise<RefusedReason | undefined> {
  const { promise, resolve } = Promise.withResolvers<RefusedReason | undefined>();
  try {
    scanner = new Worker(asScriptUrl(parts.scanner), { type: 'module' });
    scanner.addEventListener(
      'message',
      ({ data }: MessageEvent<RefusedReason | 'runs'>) => {
        scanner?.addEventListener('message', ({ data: wish }) => void tendClassifier(wish));
        resolve(data === 'runs' ? undefined : data);
      },
      { once: true },
    );
    scanner.addEventListener('error', () => resolve('worker'));
  } catch (error) {
    // Trusted Types throw a TypeError, and WebKit a SecurityError where the policy refuses the worker.
    resolve(error instanceof TypeError ? 'trusted-types' : 'worker');
  }
  return promise;
}
