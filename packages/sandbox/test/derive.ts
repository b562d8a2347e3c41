/** Sandboxes for tests, derived from the built one: one change each, with the policy's hash and the build digest adjusted to it. */
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import { layOut, NO_BUILD, type DocumentParts } from '../src/document.ts';
import type { PartPins } from '../src/parts/messages.ts';

/** Runs the code in the scanner worker, before the scanner's own. */
export function withScannerProbe(html: string, code: string): Promise<string> {
  return derive(html, (parts) => ({ ...parts, scanner: `(() => {${code}})();\n${parts.scanner}` }));
}

/** Runs the code in the sandbox's window, before its own script. */
export function withWindowProbe(html: string, code: string): Promise<string> {
  return derive(html, (parts) => ({ ...parts, window: `(() => {${code}})();\n${parts.window}` }));
}

/** Pins other code for the classifier than the build did. */
export async function withClassifier(html: string, pinned: string, other: string): Promise<string> {
  const [before, after] = await Promise.all([pinned, other].map(async (code) => toHex(await sha256(code))));
  return derive(html, (parts) => ({ ...parts, window: replaceOnce(parts.window, before ?? '', after ?? '') }));
}

/** Adds a row to the table of lazy parts, for a part that only tests use. */
export async function withPart(html: string, name: string, row: Omit<PartPins, 'code'>, code: string): Promise<string> {
  const pins = JSON.stringify({ ...row, code: toHex(await sha256(code)) });
  return derive(html, (parts) => ({
    ...parts,
    window: replaceOnce(parts.window, 'const pins = {', `const pins = { ${JSON.stringify(name)}: ${pins},`),
  }));
}

/** The control: a sandbox without a policy, which does not check for one. */
export function withoutPolicy(html: string): Promise<string> {
  return derive(html, ({ scanner, window }) => ({
    policy: "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'",
    scanner: `self.fetch = () => Promise.reject(new TypeError());\n${scanner}`,
    window: replaceOnce(window, 'if (!await isPolicyInForce(parts.policy)) return "policy";', ''),
  }));
}

/** An attacker's document: its scanner runs the code first, it claims to be the published build and skips the digest check. */
export async function impostorOf(html: string, code: string): Promise<string> {
  const before = partsOf(html);
  const parts = {
    ...before,
    scanner: `(() => {${code}})();\n${before.scanner}`,
    window: replaceOnce(before.window, 'if (await digestOf(layOut(parts, NO_BUILD)) !== build) return "digest";', ''),
  };
  return layOut(await withScriptHash(before, parts), buildOf(html));
}

export async function derive(html: string, change: (parts: DocumentParts) => DocumentParts): Promise<string> {
  const before = partsOf(html);
  const parts = await withScriptHash(before, change(before));
  return layOut(parts, toHex(await sha256(layOut(parts, NO_BUILD))) as Digest);
}

/** Adjusts the policy to the window's changed script. */
async function withScriptHash(before: DocumentParts, now: DocumentParts): Promise<DocumentParts> {
  const policy = now.policy.replace(await sourceHash(before.window), await sourceHash(now.window));
  return { ...now, policy };
}

/** The digest that a sandbox document carries. */
export function buildOf(html: string): Digest {
  return /data-build="([0-9a-f]{64})"/.exec(html)?.[1] as Digest;
}

/** @throws if the text is not a sandbox document */
function partsOf(html: string): DocumentParts {
  const [, policy, scanner, window] =
    /content="([^"]*)"[^]*<script type="text\/plain" id="scanner">([^]*?)<\/script>\n<script>([^]*?)<\/script>/.exec(
      html,
    ) ?? [];
  if (policy === undefined || scanner === undefined || window === undefined) throw new Error('not a sandbox document');
  return { policy, scanner, window };
}

async function sourceHash(script: string): Promise<string> {
  return `'sha256-${btoa(String.fromCharCode(...(await sha256(script))))}'`;
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function replaceOnce(text: string, part: string, by: string): string {
  if (text.split(part).length !== 2) throw new Error(`the sandbox does not contain exactly once: ${part.slice(0, 60)}`);
  return text.replace(part, () => by);
}
