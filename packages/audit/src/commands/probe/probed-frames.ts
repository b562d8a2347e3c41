/**
 * The frames in which the attempts run: the published sandbox with the injected script, and the control document.
 * Flow: injected-probe, inject-script → here → engine-run.ts. Spec: docs/design/audit.md#probe
 */
import type { PartName } from '@lodestone/protocol/lazy-parts';
import { attemptsAt } from './attempts/attempts.ts';
import type { ProbedPlace } from './probed-place.ts';
import { buildOf, injectIntoPart, injectIntoScanner } from './inject-script.ts';
import { attemptsScript, withTargets } from './injected-probe.ts';
import type { Listeners } from './listeners.ts';
import { type FrameOfRun, inScript } from './host-page.ts';

/** The servers of the attempts, for each place. */
export type ByPlace = Partial<Record<ProbedPlace, Listeners>>;

export interface ProbedPart {
  name: PartName;
  /** As published. */
  code: string;
}

/** As the client sets it. */
export const SANDBOX_ATTRIBUTE = 'allow-scripts';

/** Attempts run before the scanner's code, which waits for them, and again after the scope lockdown. */
export function probedScanner(sandbox: string, { worker, content }: ByPlace): FrameOfRun {
  const attempts = attemptsScript(attemptsAt('worker'));
  const html = injectIntoScanner(
    sandbox,
    `{
const attempt = ${attempts};
const later = self.setTimeout.bind(self);
const report = (port, phase, endings) => port.postMessage({ type: 'lodestone-probe', phase, endings });
self.addEventListener('message', ({ ports: [, events] }) => {
  if (events) later(async () => {
    report(events, 'worker', before);
    report(events, 'content', await attempt(${JSON.stringify(content?.targets)}));
  }, ${STARTED_MS});
}, { once: true });
const before = await attempt(${JSON.stringify(worker?.targets)});
}`,
  );
  return { html, sandboxAttribute: SANDBOX_ATTRIBUTE, build: buildOf(html) };
}

/** By then the scanner has started and locked down its scope. */
const STARTED_MS = 800;

/**
 * The same in the worker of a lazy part. The scanner passes its code to the window, as it does when a plan needs the part, and
 * forwards the messages of the port that the window returns.
 */
export function probedPart(sandbox: string, { name, code: published }: ProbedPart, at: ByPlace): FrameOfRun {
  const attempts = attemptsScript(attemptsAt('worker'));
  const { html, code } = injectIntoPart(
    sandbox,
    { name, code: published },
    `{
const attempt = ${attempts};
const later = self.setTimeout.bind(self);
const report = (port, phase, endings) => port.postMessage({ type: 'lodestone-probe', phase, endings });
const given = new Promise((resolve) => self.addEventListener('message', ({ ports: [port] }) => resolve(port), { once: true }));
const before = await attempt(${JSON.stringify(at[`${name}-policy`]?.targets)});
later(async () => {
  const port = await given;
  // The message may have arrived while the part's code was still waiting.
  dispatchEvent(new MessageEvent('message', { ports: [port] }));
  report(port, '${name}-policy', before);
  report(port, '${name}', await attempt(${JSON.stringify(at[name]?.targets)}));
});
}`,
  );
  const starts = injectIntoScanner(
    html,
    `{
const code = new TextEncoder().encode(${inScript(code)}).buffer;
const later = self.setTimeout.bind(self);
let toHost;
self.addEventListener('message', ({ data, ports: [port, events] }) => {
  if (events) {
    toHost = events;
    later(() => postMessage({ type: 'start-worker', part: '${name}', code }), ${STARTED_MS});
  } else {
    toHost.postMessage({ type: '${name}', reason: data.fault ?? 'started' });
    port?.addEventListener('message', ({ data }) => toHost.postMessage(data));
    port?.start();
  }
});
}`,
  );
  return { html: starts, sandboxAttribute: SANDBOX_ATTRIBUTE, build: buildOf(starts) };
}

export function controlWorker({ worker }: ByPlace): FrameOfRun {
  const attempts = withTargets(attemptsScript(attemptsAt('worker')), worker?.targets ?? {});
  const code = `${attempts}.then((endings) => postMessage({ type: 'lodestone-probe', phase: 'worker', endings }))`;
  const script = `const worker = new Worker('data:text/javascript,' + encodeURIComponent(${JSON.stringify(code)}), { type: 'module' });
worker.onmessage = ({ data }) => parent.postMessage(data, '*')`;
  return { html: controlDocument(script), sandboxAttribute: null };
}

/** A document of the same kind without a policy. */
export function controlDocument(script: string): string {
  // Only this sequence could end the script element.
  return `<!doctype html>\n<meta charset="utf-8">\n<body>\n<script>${script.replaceAll('</', String.raw`<\/`)}</script>\n`;
}
