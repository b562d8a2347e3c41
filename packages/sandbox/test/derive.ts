/** Sandboxes for tests, made of the built one: the same policy, sandbox and code, with a change of their own, and a digest that fits. */
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import { layOut, NO_BUILD, type SandboxParts } from '../src/document.ts';

/** Runs the code in the scanner worker, before the scanner's own. */
export function withScannerProbe(html: string, code: string): Promise<string> {
  return derive(html, (parts) => ({ ...parts, scanner: `(() => {${code}})();\n${parts.scanner}` }));
}

/** Runs the code in the sandbox's window before the bootstrap; the policy's hash is taken anew. */
export function withWindowProbe(html: string, code: string): Promise<string> {
  return derive(html, (parts) => ({ ...parts, window: `(() => {${code}})();\n${parts.window}` }));
}

/** Takes other code for its classifier than the sandbox was built with. */
export async function withClassifier(html: string, agreed: string, other: string): Promise<string> {
  const [before, after] = await Promise.all([agreed, other].map(async (code) => toHex(await sha256(code))));
  return derive(html, (parts) => ({ ...parts, window: replaceOnce(parts.window, before ?? '', after ?? '') }));
}

/** The control: a sandbox that lets everything out, and does not mind. */
export function withoutSeal(html: string): Promise<string> {
  return derive(html, ({ scanner, window }) => ({
    policy: "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'",
    scanner: `self.fetch = () => Promise.reject(new TypeError());\n${scanner}`,
    window: replaceOnce(window, 'if (!await refusesInTheNameOf(parts.policy)) return "policy";', ''),
  }));
}

/** A document in an attacker's hands, whose scanner runs the code first: it says that it is the published one, and does not look. */
export async function impostorOf(html: string, code: string): Promise<string> {
  const before = partsOf(html);
  const parts = {
    ...before,
    scanner: `(() => {${code}})();\n${before.scanner}`,
    window: replaceOnce(before.window, 'if (await digestOf(layOut(parts, NO_BUILD)) !== build) return "digest";', ''),
  };
  return layOut(await admitted(before, parts), buildOf(html));
}

export async function derive(html: string, change: (parts: SandboxParts) => SandboxParts): Promise<string> {
  const before = partsOf(html);
  const parts = await admitted(before, change(before));
  return layOut(parts, toHex(await sha256(layOut(parts, NO_BUILD))) as Digest);
}

/** The policy admits the window's script as it is now. */
async function admitted(before: SandboxParts, now: SandboxParts): Promise<SandboxParts> {
  const policy = now.policy.replace(await sourceHash(before.window), await sourceHash(now.window));
  return { ...now, policy };
}

/** The digest that a sandbox document carries. */
export function buildOf(html: string): Digest {
  return /data-build="([0-9a-f]{64})"/.exec(html)?.[1] as Digest;
}

/** @throws where the text is no sandbox document */
function partsOf(html: string): SandboxParts {
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
  if (text.split(part).length !== 2) throw new Error(`not once in the sandbox: ${part.slice(0, 60)}`);
  return text.replace(part, () => by);
}
