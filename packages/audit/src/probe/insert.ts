/**
 * Puts a script into a published room, and leaves all else as it is: the policy but for the hash of the window's script, and the
 * digest that it states of itself. Flow: room.html → here → a frame of the probe's page.
 */
import { createHash } from 'node:crypto';
import { LodestoneError } from '@lodestone/protocol/error';

/** Runs first in the window. */
export function intoWindow(html: string, script: string): string {
  const window = theOnly(html, /<script>([^]*?)<\/script>/g, 'script that runs');
  const changed = `${script};\n${window}`;
  return withOwnDigest(html.replace(window, () => changed).replace(sourceOf(window), () => sourceOf(changed)));
}

/** Runs first in the scanner's worker, a module; the scanner waits for what it awaits. */
export function intoWorker(html: string, script: string): string {
  const mark = '<script type="text/plain" id="scanner">';
  if (html.split(mark).length !== 2) throw notARoom('scanner');
  return withOwnDigest(html.replace(mark, () => `${mark}${script};\n`));
}

export function buildOf(html: string): string {
  return theOnly(html, /data-build="([0-9a-f]{64})"/g, 'build digest');
}

function withOwnDigest(html: string): string {
  const blank = html.replace(buildOf(html), '0'.repeat(64));
  return blank.replace('0'.repeat(64), createHash('sha256').update(blank).digest('hex'));
}

function sourceOf(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}

function theOnly(html: string, pattern: RegExp, what: string): string {
  const found = [...html.matchAll(pattern)];
  if (found.length !== 1 || found[0]?.[1] === undefined) throw notARoom(what);
  return found[0][1];
}

function notARoom(what: string): LodestoneError<'ERR_USAGE'> {
  return new LodestoneError('ERR_USAGE', `this is no room that can be probed: it has no single ${what}`);
}
