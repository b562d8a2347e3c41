/**
 * Injects a script into a published sandbox. Promise: changes nothing else, apart from the hash of the window's script in the
 * policy, the digest of a lazy part if its code was changed, and the digest that the sandbox states of itself.
 * Flow: sandbox.html → here → a frame of the probe's page. Spec: docs/design/audit.md#probe
 */
import { createHash } from 'node:crypto';
import { LodestoneError } from '@lodestone/protocol/error';

/** The script runs first in the window. */
export function injectIntoWindow(html: string, script: string): string {
  return changeWindow(html, (window) => `${script};\n${window}`);
}

/** The script runs first in the scanner's worker, a module, so the scanner waits for its top-level awaits. */
export function injectIntoScanner(html: string, script: string): string {
  const mark = '<script type="text/plain" id="scanner">';
  if (html.split(mark).length !== 2) throw notASandbox('scanner');
  return withOwnDigest(html.replace(mark, () => `${mark}${script};\n`));
}

/**
 * The script runs first in the worker of a lazy part, a module. The sandbox then accepts the changed code and no other.
 * @throws {LodestoneError} `ERR_USAGE` if the sandbox starts other code
 */
export function injectIntoPart(
  html: string,
  { name, code }: { name: string; code: string },
  script: string,
): { html: string; code: string } {
  const changed = `${script};\n${code}`;
  const digest = sha256Of(code, 'hex');
  return {
    code: changed,
    html: changeWindow(html, (window) => {
      if (window.split(digest).length === 2) return window.replace(digest, sha256Of(changed, 'hex'));
      throw new LodestoneError(
        'ERR_USAGE',
        `this sandbox starts other code for the lazy part ${name} than the given one (SHA-256 ${digest}): use --part ${name}=FILE with ${name}.mjs of the same release`,
      );
    }),
  };
}

export function buildOf(html: string): string {
  return onlyMatch(html, /data-build="([0-9a-f]{64})"/g, 'build digest');
}

function changeWindow(html: string, change: (window: string) => string): string {
  const window = onlyMatch(html, /<script>([^]*?)<\/script>/g, 'script that runs');
  const changed = change(window);
  return withOwnDigest(html.replace(window, () => changed).replace(sourceOf(window), () => sourceOf(changed)));
}

function withOwnDigest(html: string): string {
  const blank = html.replace(buildOf(html), '0'.repeat(64));
  return blank.replace('0'.repeat(64), sha256Of(blank, 'hex'));
}

function sourceOf(script: string): string {
  return `'sha256-${sha256Of(script, 'base64')}'`;
}

function sha256Of(text: string, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(text).digest(encoding);
}

function onlyMatch(html: string, pattern: RegExp, what: string): string {
  const found = [...html.matchAll(pattern)];
  if (found.length !== 1 || found[0]?.[1] === undefined) throw notASandbox(what);
  return found[0][1];
}

function notASandbox(what: string): LodestoneError<'ERR_USAGE'> {
  return new LodestoneError(
    'ERR_USAGE',
    `this document is not a sandbox that can be probed: it does not have exactly one ${what}`,
  );
}
